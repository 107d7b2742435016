from django.contrib.auth.management import create_permissions
from django.db import migrations

from bookings.groups import PERMISSIONS, make_groups


def make(apps, schema_editor):
    # Django makes permissions only after all migrations; the group needs them now.
    from django.apps import apps as real_apps

    create_permissions(real_apps.get_app_config("bookings"), verbosity=0, apps=apps, using=schema_editor.connection.alias)
    make_groups(apps.get_model("auth", "Group"), apps.get_model("auth", "Permission"))


def remove(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=PERMISSIONS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0002_no_two_at_once"),
        ("directory", "0005_directory_editor"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make, remove)]

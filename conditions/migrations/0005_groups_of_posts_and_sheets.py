from django.contrib.auth.management import create_permissions
from django.db import migrations

from conditions.groups import make_groups


def make(apps, schema_editor):
    # Django makes permissions only after all migrations; the groups need them now.
    from django.apps import apps as real_apps

    create_permissions(real_apps.get_app_config("conditions"), verbosity=0, apps=apps, using=schema_editor.connection.alias)
    make_groups(apps.get_model("auth", "Group"), apps.get_model("auth", "Permission"))


class Migration(migrations.Migration):
    dependencies = [("conditions", "0004_posts_and_sheets")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]

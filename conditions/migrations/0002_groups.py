from django.contrib.auth.management import create_permissions
from django.db import migrations

from conditions.groups import make_groups_of

# As they were at the time; a later migration has what came since.
PARTS = ("redflag", "cause", "treatmentuse", "section", "relatedpage", "citation")
SEE = [f"view_{model}" for model in ("page", "version", "redflagcard", "source", "signature", *PARTS)]
PERMISSIONS = {
    "Editor": [
        *SEE,
        *(f"{verb}_{part}" for verb in ("add", "change", "delete") for part in PARTS),
        *(f"{verb}_{model}" for verb in ("add", "change") for model in ("version", "redflagcard", "source")),
        "delete_version",
    ],
    "Clinical reviewer": [*SEE, "sign_version"],
    "Publisher": [*SEE, "publish_version"],
}


def make(apps, schema_editor):
    # Django makes permissions only after all migrations; the groups need them now.
    from django.apps import apps as real_apps

    create_permissions(real_apps.get_app_config("conditions"), verbosity=0, apps=apps, using=schema_editor.connection.alias)
    groups, permissions = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    make_groups_of("conditions", PERMISSIONS, groups, permissions)


def remove(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=PERMISSIONS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("conditions", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make, remove)]

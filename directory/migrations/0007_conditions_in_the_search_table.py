from collections import defaultdict

from django.db import migrations, models


def set_bits(apps, schema_editor):
    """As directory.models.condition_bit has it; a search by condition finds nobody whose bit is not set."""
    through = apps.get_model("directory", "Physiotherapist").conditions_treated.through
    point = apps.get_model("directory", "SearchPoint")
    people = defaultdict(set)
    treated = defaultdict(int)
    for person, page in through.objects.values_list("physiotherapist_id", "page_id").iterator():
        treated[person] |= 1 << page % 63
    for person, bits in treated.items():
        people[bits].add(person)
    for bits, some in people.items():
        ids = sorted(some)
        for start in range(0, len(ids), 500):
            point.objects.filter(physiotherapist__in=ids[start : start + 500]).update(conditions=bits)


class Migration(migrations.Migration):
    # PostgreSQL refuses to change a table in the transaction that has just changed its rows.
    atomic = False

    dependencies = [
        ("directory", "0006_sent_files"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="searchpoint",
            name="search_point_covering",
        ),
        migrations.AddField(
            model_name="searchpoint",
            name="conditions",
            field=models.BigIntegerField(default=0),
        ),
        migrations.RunPython(set_bits, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="searchpoint",
            index=models.Index(
                fields=[
                    "band",
                    "longitude",
                    "latitude",
                    "flags",
                    "languages",
                    "conditions",
                    "shown_until",
                    "visit_miles",
                    "physiotherapist",
                    "clinic",
                ],
                name="search_point_covering",
            ),
        ),
    ]

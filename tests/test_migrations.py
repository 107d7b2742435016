"""Each migration can run while the release before it is serving: that release goes on reading and writing.

So a column or a table goes in the release after the one that stopped using it, and what is added may be left
out by whoever does not know it. docs/decisions/0021-migrations.md says how each change is made in steps.
"""

from collections.abc import Iterator, Sequence

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.models import NOT_PROVIDED

# Before the first release nobody was serving.
BASELINE = {"bookings": 4, "conditions": 5, "directory": 7, "library": 2, "places": 1}
# (app, migration, operation) → why the release before it does not mind.
ALLOWED: dict[tuple[str, str, str], str] = {}

GOES = "the release before still reads it: stop using it now, and remove it in the next release"
RENAMED = "the release before knows the old name only: add, copy, and remove in the next release"
REQUIRED = "the release before leaves it out of what it writes: null=True or db_default"
LOCKS = "nobody can write to the table meanwhile: AddIndexConcurrently, or add it with the table"
ONE_WAY = "there is no way back: give it a reverse, migrations.RunPython.noop at the least"


def may_be_left_out(field: models.Field) -> bool:
    return field.null or field.db_default is not NOT_PROVIDED or field.many_to_many or field.generated


def complaint(operation: Operation, made_here: set[str]) -> str | None:
    """``made_here``: the tables that the same migration makes, which nobody uses yet."""
    model = getattr(operation, "model_name_lower", "")
    match operation:
        case migrations.RemoveField() | migrations.DeleteModel():
            return GOES
        case migrations.RenameField() | migrations.RenameModel() | migrations.AlterModelTable():
            return RENAMED
        case migrations.AddField() if model not in made_here and not may_be_left_out(operation.field):
            return REQUIRED
        case migrations.AlterField() if model not in made_here and not may_be_left_out(operation.field):
            return REQUIRED
        case AddIndexConcurrently() | RemoveIndexConcurrently():
            return None
        case migrations.AddIndex() | migrations.AddConstraint() if model not in made_here:
            return LOCKS
        case migrations.RunPython() | migrations.RunSQL() if not operation.reversible:
            return ONE_WAY
    return None


def complaints(operations: Sequence[Operation]) -> Iterator[tuple[Operation, str]]:
    made_here = {one.name_lower for one in operations if isinstance(one, migrations.CreateModel)}
    for operation in operations:
        inner = (
            operation.database_operations
            if isinstance(operation, migrations.SeparateDatabaseAndState)
            else [operation]
        )
        for one in inner:
            if found := complaint(one, made_here):
                yield one, found


def newer() -> Iterator[tuple[str, str, migrations.Migration]]:
    # `make` installs packages into a folder of the repository.
    ours = {
        app.label
        for app in apps.get_app_configs()
        if app.path.startswith(str(settings.BASE_DIR)) and "site-packages" not in app.path
    }
    loader = MigrationLoader(None)
    for (app, name), migration in sorted(loader.disk_migrations.items()):
        if app in ours and int(name[:4]) > BASELINE.get(app, 0):
            yield app, name, migration


def test_each_can_run_while_the_release_before_is_serving():
    found = {
        (app, name, one.formatted_description()[2:]): why
        for app, name, migration in newer()
        for one, why in complaints(migration.operations)
    }
    assert {key: why for key, why in found.items() if key not in ALLOWED} == {}
    assert ALLOWED.keys() <= found.keys(), "an entry for what is not there"
    assert all(len(reason.split()) > 4 for reason in ALLOWED.values())


def test_the_baseline_names_migrations_that_are_there():
    names = MigrationLoader(None).disk_migrations
    for app, number in BASELINE.items():
        assert number in {int(name[:4]) for of_app, name in names if of_app == app}


TEXT, MAYBE = models.TextField(), models.TextField(null=True)
INDEX = models.Index(fields=["slug"], name="by_slug")
POSITIVE = models.CheckConstraint(condition=models.Q(slug__gt=""), name="some_slug")


def nothing(apps: object, schema_editor: object) -> None:
    pass


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        (migrations.RemoveField("page", "slug"), GOES),
        (migrations.DeleteModel("Page"), GOES),
        (migrations.RenameField("page", "slug", "address"), RENAMED),
        (migrations.RenameModel("Page", "Sheet"), RENAMED),
        (migrations.AlterModelTable("page", "sheets"), RENAMED),
        (migrations.AddField("page", "more", TEXT), REQUIRED),
        # Django drops such a default as soon as the rows that are there have it.
        (migrations.AddField("page", "more", models.TextField(default="")), REQUIRED),
        (migrations.AddField("page", "more", MAYBE), None),
        (migrations.AddField("page", "more", models.TextField(db_default="")), None),
        (migrations.AddField("page", "areas", models.ManyToManyField("conditions.BodyArea")), None),
        (migrations.AlterField("page", "more", TEXT), REQUIRED),
        (migrations.AlterField("page", "more", MAYBE), None),
        (migrations.AddIndex("page", INDEX), LOCKS),
        (migrations.AddConstraint("page", POSITIVE), LOCKS),
        (AddIndexConcurrently("page", INDEX), None),
        (migrations.RunPython(nothing), ONE_WAY),
        (migrations.RunPython(nothing, migrations.RunPython.noop), None),
        (migrations.RunSQL("SELECT 1"), ONE_WAY),
        (migrations.SeparateDatabaseAndState(database_operations=[migrations.DeleteModel("Page")]), GOES),
        (migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Page")]), None),
        (migrations.CreateModel("Sheet", [("slug", TEXT)]), None),
    ],
)
def test_what_is_refused_and_what_is_not(operation, why):
    assert [found for _, found in complaints([operation])] == ([why] if why else [])


def test_a_table_that_nobody_uses_yet_may_be_changed():
    made = migrations.CreateModel("Sheet", [("slug", TEXT)])
    changes = [
        migrations.AddField("sheet", "more", TEXT),
        migrations.AddIndex("sheet", INDEX),
    ]
    assert list(complaints([made, *changes])) == []
    assert [why for _, why in complaints(changes)] == [REQUIRED, LOCKS]

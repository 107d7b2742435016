"""The database itself refuses two appointments of one physiotherapist that overlap, breaks included.

PostgreSQL has a kind of constraint for it. SQLite has none, so there a trigger raises the same error; as
every writing transaction holds the write lock from its start, nothing can come between its look and the
write. (An SQLite table that a later migration makes anew loses its triggers: that migration runs
``refuse`` again. ``tests/bookings/test_no_two_at_once.py`` sees that they are there.)
"""

from django.db import migrations

TAKEN = "('held', 'booked', 'no-show')"

POSTGRESQL = [
    # A range of one number stands for the number, so that no extension is needed.
    f"""
    ALTER TABLE bookings_appointment ADD CONSTRAINT appointments_do_not_overlap EXCLUDE USING gist (
        int8range(physiotherapist_id, physiotherapist_id, '[]') WITH &&,
        tstzrange(starts, busy_until) WITH &&
    ) WHERE (state IN {TAKEN})
    """
]
SQLITE = [
    f"""
    CREATE TRIGGER appointments_do_not_overlap_{when} BEFORE {event} ON bookings_appointment
    WHEN NEW.state IN {TAKEN} AND EXISTS (
        SELECT 1 FROM bookings_appointment AS other
        WHERE other.physiotherapist_id = NEW.physiotherapist_id AND other.state IN {TAKEN}
            AND other.starts < NEW.busy_until AND other.busy_until > NEW.starts {but_itself}
    )
    BEGIN SELECT RAISE(ABORT, 'appointments_do_not_overlap'); END
    """  # noqa: S608 - texts of this module
    for when, event, but_itself in (
        ("insert", "INSERT", ""),
        ("update", "UPDATE OF physiotherapist_id, starts, busy_until, state", "AND other.id <> NEW.id"),
    )
]
ALLOW = {
    "postgresql": ["ALTER TABLE bookings_appointment DROP CONSTRAINT IF EXISTS appointments_do_not_overlap"],
    "sqlite": [
        f"DROP TRIGGER IF EXISTS appointments_do_not_overlap_{when}" for when in ("insert", "update")
    ],
}


def refuse(apps, schema_editor):
    for statement in {"postgresql": POSTGRESQL, "sqlite": SQLITE}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def allow(apps, schema_editor):
    for statement in ALLOW[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("bookings", "0001_initial")]
    operations = [migrations.RunPython(refuse, allow)]

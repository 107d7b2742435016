"""What watches the tables that public pages are made of: triggers, which see every change, however it is made
(a form, ``update()``, COPY, a person with psql)."""

from typing import Any

from django.apps import apps
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from freshness.models import Change

WATCHED_APPS = ("conditions", "directory", "library")
# What no public page shows, or what is made of what is watched.
NOT_SHOWN = {
    "directory.Apart",
    "directory.Correction",
    "directory.EmptySearch",
    "directory.Merged",
    "directory.SearchPoint",
    "directory.SentFile",
}
EVENTS = ("insert", "update", "delete")
# Rows of Change that PostgreSQL keeps.
_KEPT = 1000

_FUNCTION = f"""
CREATE OR REPLACE FUNCTION freshness_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE made bigint;
BEGIN
    INSERT INTO freshness_change (mark) VALUES ('') RETURNING id INTO made;
    IF made % 100 = 0 THEN
        DELETE FROM freshness_change WHERE id IN (
            SELECT id FROM freshness_change WHERE id < made - {_KEPT} FOR UPDATE SKIP LOCKED
        );
    END IF;
    RETURN NULL;
END $$
"""  # noqa: S608 - a number of ours

_NEW_MARK = "INSERT OR REPLACE INTO freshness_change (id, mark) VALUES (1, hex(randomblob(16)));"


def watched_tables() -> list[str]:
    tables = set()
    for label in WATCHED_APPS:
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            is_history = model.__name__.startswith("Historical")
            if model._meta.label not in NOT_SHOWN and not is_history and model._meta.managed:
                tables.add(model._meta.db_table)
    return sorted(tables)


def make_triggers(using: str = "default", **kwargs: Any) -> None:
    """Those that are missing. (``using``: as the signal after a migration says it.)"""
    connection = connections[using]
    there = set(connection.introspection.table_names())
    if Change._meta.db_table not in there:
        return
    tables = [table for table in watched_tables() if table in there]
    if connection.vendor == "postgresql":
        _on_postgresql(connection, tables)
    else:
        _on_sqlite(connection, tables)


def _on_postgresql(connection: BaseDatabaseWrapper, tables: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FUNCTION)
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'freshness'")
        watched = {name for (name,) in cursor.fetchall()}
        for table in tables:
            # Making one holds up whoever writes to the table.
            if table not in watched:
                cursor.execute(
                    f'CREATE TRIGGER freshness AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "{table}" '
                    "FOR EACH STATEMENT EXECUTE FUNCTION freshness_changed()"
                )


def _on_sqlite(connection: BaseDatabaseWrapper, tables: list[str]) -> None:
    with connection.cursor() as cursor:
        for table in tables:
            for event in EVENTS:
                name, when = f"freshness_{table}_{event}", f'AFTER {event.upper()} ON "{table}"'
                cursor.execute(f'CREATE TRIGGER IF NOT EXISTS "{name}" {when} BEGIN {_NEW_MARK} END')

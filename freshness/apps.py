from django.apps import AppConfig
from django.db.models.signals import post_migrate


class FreshnessConfig(AppConfig):
    name = "freshness"

    def ready(self) -> None:
        from freshness.triggers import make_triggers

        # After every migration: where one remakes a table, SQLite drops what watched it.
        post_migrate.connect(make_triggers, sender=self)

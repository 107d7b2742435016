"""Starter pages in a folder of a test's own, and loading them."""

from io import StringIO
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import call_command

FILE = """
slug = "sore-elbow"
areas = ["elbow", "forearm"]
title = "Sore elbow"
other_names = ["Tennis elbow", "Golfer’s elbow"]
summary = "A short summary."
overview = "The **first** words.\\n\\n- one\\n- two"

[[red_flags]]
urgency = "urgent"
heading = "Ask for help if:"
items = ["it is hot", "it is red"]

[[causes]]
title = "Second cause"

[[causes]]
title = "First cause"

[[sources]]
title = "A source"
publisher = "A publisher"
url = "https://example.org/source"
"""


def load(folder: Path | None = None, **options: Any) -> str:
    told = StringIO()
    call_command("load_starter_content", stdout=told, **({"folder": folder} if folder else {}), **options)
    return told.getvalue()


def every_row() -> dict[str, list[dict[str, Any]]]:
    """All that the app holds, by table."""
    models = apps.get_app_config("conditions").get_models()
    return {model._meta.db_table: list(model._default_manager.order_by("pk").values()) for model in models}


def change_file(folder: Path, old: str, new: str) -> None:
    path = folder / "sore-elbow.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")

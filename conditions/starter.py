"""Starter pages: one TOML file a page in ``conditions/starter``, its prose in Markdown."""

import hashlib
import tomllib
from pathlib import Path
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models, transaction
from django.utils import timezone
from markdown_it import MarkdownIt

from conditions.models import Condition, ConditionArea, ConditionVersion
from conditions.richtext import RichTextField, clean_html
from conditions.versions import publish

FOLDER = Path(__file__).parent / "starter"
# Lists of plain text that the database keeps one a line.
_LINES = {"other_names", "items"}


class StarterFileError(Exception):
    """A starter file cannot be used; the message names the file and what is wrong."""


def starter_files(folder: Path = FOLDER) -> list[Path]:
    return sorted(folder.glob("*.toml"))


def load_starter_file(path: Path) -> str:
    """Create the page if it is missing, or add a version if only starter versions are there.

    Returns "created", "updated", "unchanged" or "kept" (an editor has worked on it).
    Raises StarterFileError, having changed nothing.
    """
    text = path.read_bytes()
    digest = hashlib.sha256(text).hexdigest()
    try:
        page = tomllib.loads(text.decode())
        with transaction.atomic():
            return _load(page, digest)
    except (
        UnicodeDecodeError,
        tomllib.TOMLDecodeError,
        KeyError,
        TypeError,
        AttributeError,
        FieldDoesNotExist,
        ValidationError,
    ) as error:
        raise StarterFileError(f"{path.name}: {error}") from error


def _load(page: dict[str, Any], digest: str) -> str:
    condition = Condition.objects.filter(slug=page["slug"]).first()
    if condition:
        digests = list(condition.versions.values_list("starter_digest", flat=True))
        if not all(digests):
            return "kept"
        if digests[0] == digest:
            return "unchanged"
        outcome = "updated"
    else:
        condition = Condition(slug=page["slug"])
        condition.full_clean()
        condition.save()
        outcome = "created"
    _set_areas(condition, page["areas"])
    version = _create_version(condition, page, digest)
    publish(version, by=None, at=timezone.now())
    return outcome


def _set_areas(condition: Condition, areas: list[str]) -> None:
    condition.areas.exclude(area__in=areas).delete()
    for area in areas:
        row = ConditionArea(condition=condition, area=area)
        if not condition.areas.filter(area=area).exists():
            row.full_clean()
            row.save()


def _create_version(condition: Condition, page: dict[str, Any], digest: str) -> ConditionVersion:
    own = {
        key: value for key, value in page.items() if key not in {"slug", "areas", *ConditionVersion.CHILDREN}
    }
    version = ConditionVersion(
        condition=condition,
        starter_digest=digest,
        note="Starter page, from the sources named on it.",
        **_database_values(ConditionVersion, own),
    )
    version.full_clean()
    version.save()
    for name in ConditionVersion.CHILDREN:
        related = getattr(version, name)
        for position, part in enumerate(page.get(name, []), start=1):
            child = related.model(version=version, position=position, **_database_values(related.model, part))
            child.full_clean()
            child.save()
    return version


def _database_values(model: type[models.Model], values: dict[str, Any]) -> dict[str, Any]:
    converted = {}
    for name, value in values.items():
        field = model._meta.get_field(name)
        if isinstance(field, RichTextField):
            converted[name] = clean_html(MarkdownIt("commonmark", {"html": False}).render(value))
        elif name in _LINES:
            if not isinstance(value, list):
                raise TypeError(f"{name} must be a list")
            converted[name] = "\n".join(value)
        else:
            converted[name] = value
    return converted

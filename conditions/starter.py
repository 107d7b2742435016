"""Starter pages: one TOML file a page in ``conditions/starter``, its prose in Markdown."""

import hashlib
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models, transaction
from markdown_it import MarkdownIt

from conditions.models import OldAddress, Page, PageArea, RedFlag, RedFlagCard, Source, Version
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


def _load(content: dict[str, Any], digest: str) -> str:
    kind = content.get("kind", Page.Kind.CONDITION)
    page = Page.objects.filter(kind=kind, slug=content["slug"]).first()
    if page:
        digests = list(page.versions.values_list("starter_digest", flat=True))
        if not all(digests) or page.versions.filter(status=Version.Status.WITHDRAWN).exists():
            return "kept"
        if digests[0] == digest:
            return "unchanged"
        outcome = "updated"
    elif OldAddress.objects.filter(kind=kind, slug=content["slug"]).exists():
        # An editor has moved the page elsewhere.
        return "kept"
    else:
        page = Page(kind=kind, slug=content["slug"])
        page.full_clean()
        page.save()
        outcome = "created"
    # A condition without them could not be found from any part of the body.
    _set_areas(page, content["areas"] if kind == Page.Kind.CONDITION else content.get("areas", []))
    version = _create_version(page, content, digest)
    publish(version, by=None, unsigned=True)
    return outcome


def _set_areas(page: Page, areas: list[str]) -> None:
    page.areas.exclude(area__in=areas).delete()
    for area in areas:
        row = PageArea(page=page, area=area)
        if not page.areas.filter(area=area).exists():
            row.full_clean()
            row.save()


def _create_version(page: Page, content: dict[str, Any], digest: str) -> Version:
    own = {name: value for name, value in content.items() if name in Version.WORDS}
    unknown = set(content) - {"kind", "slug", "areas", *Version.WORDS, *_PARTS}
    if unknown:
        raise ValidationError(f"Unknown names in the file: {', '.join(sorted(unknown))}.")
    version = Version(
        page=page,
        starter_digest=digest,
        note="Starter page, from the sources named on it.",
        **_database_values(Version, own),
    )
    version.full_clean()
    version.save()
    for name, complete in _PARTS.items():
        related = getattr(version, "citations" if name == "sources" else name)
        for position, values in enumerate(content.get(name, []), start=1):
            part = related.model(
                version=version,
                position=position,
                **complete(page, _database_values(related.model, values)),
            )
            part.full_clean()
            part.save()
    return version


def _with_card(page: Page, values: dict[str, Any]) -> dict[str, Any]:
    """A red flag's words become a card of the library, named for the page and the urgency."""
    name = f"{page.slug}: {values['urgency']}"
    typed = RedFlagCard(name=name, **{word: values[word] for word in RedFlag.WORDS if word in values})
    typed.clean_fields()
    typed.clean()
    card = RedFlagCard.objects.filter(name=name).first() or typed
    # A card that still has the words of the page's last starter version is no editor's yet.
    before = RedFlag.objects.filter(card=card, version__page=page).last() if card.pk else None
    if before is None or all(getattr(card, word) == getattr(before, word) for word in RedFlag.WORDS):
        for word in RedFlag.WORDS:
            setattr(card, word, getattr(typed, word))
        card.save()
    return values | {"card": card}


def _with_source(page: Page, values: dict[str, Any]) -> dict[str, Any]:
    use = {name: values.pop(name) for name in ("cited_from", "further_reading") if name in values}
    typed = Source(**values)
    source = Source.objects.filter(url=values["url"]).first()
    if not source:
        source = typed
        source.full_clean()
        source.save()
    return use | {"source": source}


def _with_treatment_page(page: Page, values: dict[str, Any]) -> dict[str, Any]:
    slug = values.pop("page", None)
    if not slug:
        return values
    treatment = Page.objects.filter(kind=Page.Kind.TREATMENT, slug=slug).first()
    if not treatment:
        raise ValidationError(f"There is no treatment page {slug!r}.")
    return values | {"page": treatment}


def _as_it_is(page: Page, values: dict[str, Any]) -> dict[str, Any]:
    return values


# What a file may hold beside the words of a version, and what each part needs to become a row.
_PARTS: dict[str, Callable[[Page, dict[str, Any]], dict[str, Any]]] = {
    "red_flags": _with_card,
    "causes": _as_it_is,
    "treatments": _with_treatment_page,
    "sections": _as_it_is,
    "sources": _with_source,
}


def _database_values(model: type[models.Model], values: dict[str, Any]) -> dict[str, Any]:
    fields = {field.name: field for field in model._meta.get_fields()}
    converted = {}
    for name, value in values.items():
        if isinstance(fields.get(name), RichTextField):
            converted[name] = clean_html(MarkdownIt("commonmark", {"html": False}).render(value))
        elif name in _LINES:
            if not isinstance(value, list):
                raise TypeError(f"{name} must be a list")
            converted[name] = "\n".join(value)
        else:
            converted[name] = value
    return converted

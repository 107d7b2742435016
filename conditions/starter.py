"""Starter content: one TOML file a page, its prose in Markdown, and files of red-flag cards in ``cards``."""

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models, transaction
from markdown_it import MarkdownIt

from conditions.areas import set_areas
from conditions.models import (
    Author,
    HowCommon,
    OldAddress,
    Page,
    RedFlag,
    RedFlagCard,
    Source,
    Version,
)
from conditions.richtext import RichTextField, clean_html
from conditions.versions import publish

FOLDER = Path(__file__).parent / "starter"
CARDS = "cards"
# Lists of plain text that the database keeps one a line.
_LINES = {"other_names", "items", "columns"}
_FAULTS = (
    UnicodeDecodeError,
    tomllib.TOMLDecodeError,
    KeyError,
    TypeError,
    AttributeError,
    FieldDoesNotExist,
    ValidationError,
)


class StarterFileError(Exception):
    """A starter file cannot be used; the message names the file and what is wrong."""


class StarterPage(NamedTuple):
    path: Path
    content: dict[str, Any]

    @property
    def address(self) -> tuple[str, str]:
        return self.content.get("kind", Page.Kind.CONDITION), self.content["slug"]


class StarterFolder(NamedTuple):
    """Everything in the files. ``cards`` by their names."""

    pages: list[StarterPage]
    cards: dict[str, dict[str, Any]]


def starter_files(folder: Path = FOLDER) -> list[Path]:
    """The files of pages, wherever they lie in the folder; not those of the cards."""
    return [path for path in sorted(folder.rglob("*.toml")) if path.parent.name != CARDS]


def read_starter_folder(folder: Path = FOLDER) -> StarterFolder:
    """Raises StarterFileError for a file that is no TOML, a page without address, a card without a name."""
    pages, cards = [], {}
    for path in starter_files(folder):
        page = StarterPage(path, _read(path))
        if not isinstance(page.content.get("slug"), str):
            raise StarterFileError(f"{path.name}: slug must be the page's address")
        pages.append(page)
    for path in sorted((folder / CARDS).glob("*.toml")):
        for card in _read(path).get("cards", []):
            if card.get("name", "") in cards or not card.get("name"):
                raise StarterFileError(f"{path.name}: each card must have a name of its own")
            cards[card["name"]] = card
    return StarterFolder(pages, cards)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise StarterFileError(f"{path.name}: {error}") from error


def load_starter_folder(folder: Path = FOLDER) -> Iterator[tuple[str, str]]:
    """Load each page; yields its file's name and "created", "updated", "unchanged" or "kept".

    "Kept" is a page that an editor has worked on. Raises StarterFileError at the first file that
    cannot be used, which has then changed nothing; the pages before it stay.
    """
    starter = read_starter_folder(folder)
    for page in starter.pages:
        try:
            with transaction.atomic():
                outcome = _load(page, starter)
        except _FAULTS as error:
            raise StarterFileError(f"{page.path.name}: {error}") from error
        yield page.path.stem, outcome


def _load(starter_page: StarterPage, starter: StarterFolder) -> str:
    content = starter_page.content
    digest = _digest(content, starter)
    kind, slug = starter_page.address
    page = Page.objects.filter(kind=kind, slug=slug).first()
    # A page may have a row already, and no words yet, because another one leads to it.
    digests = list(page.versions.values_list("starter_digest", flat=True)) if page else []
    if page and digests:
        if not all(digests) or page.versions.filter(status=Version.Status.WITHDRAWN).exists():
            return "kept"
        if digests[0] == digest:
            return "unchanged"
    if not page:
        if OldAddress.objects.filter(kind=kind, slug=slug).exists():
            # An editor has moved the page elsewhere.
            return "kept"
        page = _create_page(kind, slug)
    if "how_common" in content:
        page.how_common = HowCommon[content["how_common"].upper().replace(" ", "_")]
        page.save()
    # A condition without them could not be found from any part of the body.
    set_areas(page, content["areas"] if kind == Page.Kind.CONDITION else content.get("areas", []))
    version = _create_version(page, content, digest, starter)
    publish(version, by=None, unsigned=True)
    return "updated" if digests else "created"


def _digest(content: dict[str, Any], starter: StarterFolder) -> str:
    """Of the page's content and of the cards that it names, so that a changed card changes its pages."""
    cards = [starter.cards.get(flag.get("card", "")) for flag in content.get("red_flags", [])]
    return _digest_of([content, cards])


def _digest_of(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _create_page(kind: str, slug: str) -> Page:
    page = Page(kind=kind, slug=slug)
    page.full_clean()
    page.save()
    return page


def _create_version(page: Page, content: dict[str, Any], digest: str, starter: StarterFolder) -> Version:
    own = {name: value for name, value in content.items() if name in Version.WORDS}
    if "author" in content:
        own["author"], _ = Author.objects.get_or_create(
            name=content["author"], defaults={"is_person": not content["author"].endswith("editors")}
        )
    unknown = set(content) - {"kind", "slug", "areas", "how_common", "author", *Version.WORDS, *_PARTS}
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
                **complete(page, _database_values(related.model, values), starter),
            )
            part.full_clean()
            part.save()
    return version


def _with_card(page: Page, values: dict[str, Any], starter: StarterFolder) -> dict[str, Any]:
    """A card of the library, by its name; or the page's own words, which become a card named for it."""
    name = values.get("card")
    if name is None:
        own = {word: values[word] for word in RedFlag.WORDS if word in values}
        card = _save_card(f"{page.slug}: {values['urgency']}", own, areas=[])
        return values | {"card": card}
    if name in starter.cards:
        typed = dict(starter.cards[name])
        areas = typed.pop("areas", [])
        card = _save_card(typed.pop("name"), _database_values(RedFlagCard, typed), areas)
    else:
        held = RedFlagCard.objects.filter(name=name).first()
        if not held:
            raise ValidationError(f"There is no red-flag card {name!r}.")
        card = held
    # The library's words, which may be an editor's by now.
    return {word: getattr(card, word) for word in RedFlag.WORDS} | values | {"card": card}


def _save_card(name: str, words: dict[str, Any], areas: list[str]) -> RedFlagCard:
    """Create the card, or give it these words if it still has those that a starter file gave it."""
    typed = RedFlagCard(name=name, **words)
    typed.clean_fields()
    typed.clean()
    card = RedFlagCard.objects.filter(name=name).first()
    if card and card.starter_digest != _digest_of([getattr(card, word) for word in RedFlag.WORDS]):
        return card
    card = card or typed
    for word in RedFlag.WORDS:
        setattr(card, word, getattr(typed, word))
    card.starter_digest = _digest_of([getattr(card, word) for word in RedFlag.WORDS])
    card.save()
    set_areas(card, areas)
    return card


def _with_source(page: Page, values: dict[str, Any], starter: StarterFolder) -> dict[str, Any]:
    use = {name: values.pop(name) for name in ("cited_from", "further_reading") if name in values}
    typed = Source(**values)
    source = Source.objects.filter(url=values["url"]).first()
    if not source:
        source = typed
        source.full_clean()
        source.save()
    return use | {"source": source}


def _with_treatment_page(page: Page, values: dict[str, Any], starter: StarterFolder) -> dict[str, Any]:
    slug = values.pop("page", None)
    return values | {"page": _page_at(Page.Kind.TREATMENT, slug, starter)} if slug else values


def _with_related_page(page: Page, values: dict[str, Any], starter: StarterFolder) -> dict[str, Any]:
    return values | {"page": _page_at(Page.Kind.CONDITION, values["page"], starter)}


def _page_at(kind: str, slug: str, starter: StarterFolder) -> Page:
    if page := Page.objects.filter(kind=kind, slug=slug).first():
        return page
    if moved := OldAddress.objects.filter(kind=kind, slug=slug).select_related("page").first():
        return moved.page
    if (kind, slug) not in {other.address for other in starter.pages}:
        raise ValidationError(f"There is no {kind} page {slug!r}.")
    # Its file comes later: pages may lead to each other.
    return _create_page(kind, slug)


def _with_rows(page: Page, values: dict[str, Any], starter: StarterFolder) -> dict[str, Any]:
    """A hyphen for an empty row."""
    return values | {"rows": "\n".join(row or "-" for row in values.pop("first_column"))}


def _as_it_is(page: Page, values: dict[str, Any], starter: StarterFolder) -> dict[str, Any]:
    return values


# What a file may hold beside the words of a version, and what each part needs to become a row.
_PARTS: dict[str, Callable[[Page, dict[str, Any], StarterFolder], dict[str, Any]]] = {
    "red_flags": _with_card,
    "causes": _as_it_is,
    "treatments": _with_treatment_page,
    "exercises": _as_it_is,
    "checklists": _as_it_is,
    "tables": _with_rows,
    "sections": _as_it_is,
    "related_pages": _with_related_page,
    "sources": _with_source,
}


def html_from_markdown(text: str) -> str:
    return clean_html(MarkdownIt("commonmark", {"html": False}).render(text))


def _database_values(model: type[models.Model], values: dict[str, Any]) -> dict[str, Any]:
    fields = {field.name: field for field in model._meta.get_fields()}
    converted = {}
    for name, value in values.items():
        if isinstance(fields.get(name), RichTextField):
            converted[name] = html_from_markdown(value)
        elif name in _LINES:
            if not isinstance(value, list):
                raise TypeError(f"{name} must be a list")
            converted[name] = "\n".join(value)
        else:
            converted[name] = value
    return converted

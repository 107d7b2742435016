"""What the rows of a batch are about, looked up in a few queries for all of them."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, Q
from django.utils.text import slugify

from conditions.models import Page
from directory.history import successors
from directory.models import Clinic, FormerProfile, Physiotherapist
from directory.models.duplicates import Kind
from directory.spreadsheets.cells import nearest, shortened
from places.locate import Place, PlaceNotFound, locate_postcode
from places.locate_many import locate_postcodes, whole_code
from places.towns import town_of_outward

# Looking for the most similar postcode takes milliseconds each: a file full of unknown ones gets by without.
_SUGGESTIONS = 200
_MOST_CLINICS = 50
# Some builds of SQLite take no more values in a statement than 32,766.
_AT_ONCE = 10_000
_BY_ID = re.compile(r"ID (\d{1,15})", re.IGNORECASE)
# A semicolon that is part of a name is written twice.
_BETWEEN = re.compile(r"(?<!;);(?!;)")


class Places(dict[str, Place | PlaceNotFound]):
    """By the text; what is not in it yet is looked up when it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        # What is not held, with the most similar that is.
        self.unknown: dict[str, str] = {}

    def look_up(self, texts: Iterable[str]) -> None:
        self.clear()
        self.update(locate_postcodes({text for text in texts if text}))

    def locate(self, text: str) -> Place | PlaceNotFound:
        if text not in self:
            self[text] = self._locate(text)
        return self[text]

    def _locate(self, text: str) -> Place | PlaceNotFound:
        code = whole_code(text)
        if code and code.outward not in town_of_outward() and len(self.unknown) >= _SUGGESTIONS:
            if place := locate_postcodes([text]).get(text):
                return place
            self.unknown.setdefault(str(code), "")
            return PlaceNotFound(f"We do not hold the postcode {code}.")
        try:
            return locate_postcode(text)
        except PlaceNotFound as error:
            if code:
                self.unknown[str(code)] = next(iter(error.suggestions), "")
            return error

    def written(self, text: str) -> str:
        """The postcode as it is kept, as far as it is one."""
        place = self.get(text)
        if isinstance(place, Place):
            return place.label
        return str(whole_code(text) or _in_capitals(text))

    def both(self, text: str) -> list[str]:
        """Where the pin was set by hand, a postcode is kept as it was typed."""
        return list(dict.fromkeys([self.written(text), _in_capitals(text)]))


def _in_capitals(text: str) -> str:
    return text.strip().upper()


def name_key(name: str) -> str:
    return " ".join(name.split()).casefold()


class Clinics:
    """By number, and by name and postcode."""

    def __init__(self, ids: Iterable[int] = (), postcodes: Iterable[str] = (), lock: bool = False) -> None:
        self.by_name: dict[tuple[str, str], list[Clinic]] = {}
        self.by_postcode: dict[str, list[Clinic]] = {}
        wanted = set(ids)
        self.by_id: dict[int, Clinic] = {clinic.pk: clinic for clinic in _found(wanted, postcodes, lock)}
        for clinic in self.by_id.values():
            self.by_name.setdefault((name_key(clinic.name), clinic.postcode), []).append(clinic)
            self.by_postcode.setdefault(clinic.postcode, []).append(clinic)
        self.merged = successors(Kind.CLINIC, wanted - self.by_id.keys())

    def with_id(self, pk: int, advice: str = "") -> Clinic:
        """Raises ValueError, with a message."""
        if pk in self.by_id:
            return self.by_id[pk]
        if pk in self.merged:
            raise ValueError(f"The clinic {pk} was merged into another: use the ID {self.merged[pk]}.")
        raise ValueError(f"No clinic has the ID {pk}.{advice}")

    def with_name(self, name: str, postcodes: list[str]) -> Clinic | None:
        """Raises ValueError where several have both."""
        postcode, *_ = postcodes
        found = [clinic for code in postcodes for clinic in self.by_name.get((name_key(name), code), [])]
        if len(found) > 1:
            exact = [clinic for clinic in found if clinic.name == name]
            if len(exact) == 1:
                return exact[0]
            ids = " or ".join(str(clinic.pk) for clinic in found)
            raise ValueError(
                f"Several clinics are called “{shortened(name)}” at {postcode}. Use an ID: {ids}."
            )
        return found[0] if found else None


def _found(ids: Iterable[int], postcodes: Iterable[str], lock: bool) -> list[Clinic]:
    """Those of some numbers or at some postcodes, in the order of their numbers."""
    clinics = Clinic.objects.order_by("pk")
    if lock:
        # Not against new rows that refer to them, for which PostgreSQL locks their keys.
        clinics = clinics.select_for_update(no_key=True)
    asked = [Q(pk__in=some) for some in batched(set(ids), _AT_ONCE)]
    asked += [Q(postcode__in=some) for some in batched(set(postcodes) - {""}, _AT_ONCE)]
    if len(asked) == 2:
        asked = [asked[0] | asked[1]]
    found = {clinic.pk: clinic for query in asked for clinic in clinics.filter(query)}
    return [found[pk] for pk in sorted(found)]


class Reference:
    """How a file names a clinic of a person: "Aire Rooms, LS1 4AP", or "ID 12"."""

    def __init__(self, text: str) -> None:
        self.text = text
        match = _BY_ID.fullmatch(text)
        self.pk = int(match[1]) if match else None
        name, _, postcode = text.rpartition(",")
        self.name, self.postcode = name.strip(), postcode.strip()


def references(text: str) -> list[Reference]:
    """Raises ValueError where a cell names so many clinics that it must be a mistake."""
    parts = (part.strip() for part in _BETWEEN.split(text.replace("\n", " ")))
    found = [Reference(part.replace(";;", ";")) for part in parts if part]
    if len(found) > _MOST_CLINICS:
        raise ValueError(f"The row names {len(found):,} clinics: {_MOST_CLINICS} are the most.")
    return found


def reference_to(clinic: Clinic, is_unique: bool = True) -> str:
    if is_unique and not _BY_ID.fullmatch(clinic.name):
        return f"{clinic.name.replace(';', ';;')}, {clinic.postcode}"
    return f"ID {clinic.pk}"


def clinics_named(found: list[Reference], clinics: Clinics, places: Places, sample: bool) -> list[int]:
    """Raises ValueError for the first that is not listed."""
    chosen = []
    for reference in found:
        if reference.pk is not None:
            clinic: Clinic | None = clinics.with_id(reference.pk)
        else:
            clinic = clinics.with_name(reference.name, places.both(reference.postcode))
        # A real person at an invented clinic would lose it with the sample listings.
        if clinic is None or (clinic.sample and not sample):
            raise ValueError(_no_such_clinic(reference, clinics, places))
        chosen.append(clinic.pk)
    return list(dict.fromkeys(chosen))


def _no_such_clinic(reference: Reference, clinics: Clinics, places: Places) -> str:
    message = f"No clinic is listed as “{shortened(reference.text)}”."
    there = [c.name for c in clinics.by_postcode.get(places.written(reference.postcode), []) if not c.sample]
    if likely := nearest(reference.name, there) or next(iter(there), ""):
        return f"{message} Did you mean “{likely}, {places.written(reference.postcode)}”?"
    if "," not in reference.text:
        return f"{message} Write its name, a comma and its postcode; put semicolons between clinics."
    return f"{message} Import the clinics first."


def batched(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    values = iter(values)
    while part := list(islice(values, size)):
        yield part


def condition_slugs() -> dict[str, int]:
    return dict(Page.objects.filter(kind=Page.Kind.CONDITION).values_list("slug", "pk"))


class Slugs:
    """Addresses for new profiles: the name, with the HCPC number where that is taken."""

    def __init__(self) -> None:
        self.given: set[str] = set()
        self.taken: set[str] = set()

    def look_up(self, people: Iterable[tuple[str, str]]) -> None:
        wanted = {slug for name, number in people for slug in self._candidates(name, number)}
        self.taken = {
            *Physiotherapist.objects.filter(slug__in=wanted).values_list("slug", flat=True),
            *FormerProfile.objects.filter(slug__in=wanted).values_list("slug", flat=True),
        }

    def new(self, name: str, number: str) -> str:
        field = Physiotherapist._meta.get_field("slug")
        for slug in self._candidates(name, number):
            if slug not in self.taken and slug not in self.given and _is_valid(field, slug):
                self.given.add(slug)
                return slug
        # Two steps away from what anybody chose; the database would refuse what is taken all the same.
        return f"{slugify(number)}-{slugify(name)}"[:140]

    def _candidates(self, name: str, number: str) -> list[str]:
        base = slugify(name)[:120]
        return [base, f"{base}-{slugify(number)}"] if base else [slugify(number)]


def _is_valid(field: Any, slug: str) -> bool:
    try:
        field.run_validators(slug)
    except ValidationError:
        return False
    return True


def links_of(model: type[Model], name: str, ids: Iterable[int]) -> dict[int, dict[int, int]]:
    """By listing, what it is linked with and the row that links them."""
    field: Any = model._meta.get_field(name)
    this, other = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
    links: dict[int, dict[int, int]] = {}
    rows = field.remote_field.through.objects.filter(**{f"{this}__in": list(ids)})
    for pk, listing, linked in rows.values_list("pk", this, other):
        links.setdefault(listing, {})[linked] = pk
    return links

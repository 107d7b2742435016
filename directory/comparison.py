"""The rows of a comparison: one fact a row, a cell for each person."""

from collections.abc import Iterator
from typing import NamedTuple

from django.utils.formats import date_format

from directory.facts import access_of, base_area, fees_of, visits_of, ways_to_meet
from directory.models import Clinic, Physiotherapist
from directory.near import Near
from directory.wording import miles
from places.distance import great_circle_miles

DAY = "j F Y"


class Row(NamedTuple):
    """Each cell is its lines: without any it is not stated, and None is what they do not offer."""

    name: str
    cells: list[list[str] | None]
    people: list[Physiotherapist]

    @property
    def named_cells(self) -> list[tuple[list[str] | None, str]]:
        """Each with whose it is, which a phone shows beside it."""
        return [(cell, person.name) for cell, person in zip(self.cells, self.people, strict=True)]


def comparison_of(people: list[Physiotherapist], near: Near | None) -> tuple[list[Row], list[str]]:
    """The rows of which anything is known, and the names of the others."""
    columns = [dict(_facts_of(person, near)) for person in people]
    names = columns[0] if columns else {}
    rows = [Row(name, [column[name] for column in columns], people) for name in names]
    unknown = [row.name[0].lower() + row.name[1:] for row in rows if not any(row.cells) and [] in row.cells]
    return [row for row in rows if any(row.cells)], unknown


def _facts_of(person: Physiotherapist, near: Near | None) -> Iterator[tuple[str, list[str] | None]]:
    """The same names in the same order for everybody."""
    clinics = list(person.clinics.all())
    if near:
        yield f"Distance from {near.name}", _distance(clinics, near)
    yield "Works in", person.specialism_names
    yield "Gender", [person.get_gender_display()] if person.gender else []
    yield "Clinics", [f"{clinic.name}, {clinic.address}, {clinic.postcode}" for clinic in clinics]
    yield from _access(clinics)
    yield "Home visits", _lines(visits_of(person, base_area(person)))
    if not person.home_visits:
        yield "Hoist at your home", None
    else:
        yield "Hoist at your home", ["Can work with one"] if person.hoist_at_home else []
    yield "Appointments", ways_to_meet(person)
    yield "Languages", person.language_names
    for fee in fees_of(person):
        yield fee.name, _lines(fee.told) if fee.told or fee.missing else None
    yield "Insurers", person.insurer_names
    yield "Registration", _lines(_registration(person))


def _distance(clinics: list[Clinic], near: Near) -> list[str]:
    """To the nearest clinic, in whole miles: the place is the middle of a town or of an outward code."""
    distances = [
        great_circle_miles(near.latitude, near.longitude, clinic.latitude, clinic.longitude)
        for clinic in clinics
        if clinic.latitude is not None and clinic.longitude is not None
    ]
    if not distances:
        return []
    return [f"About {miles(round(min(distances)))}" if min(distances) >= 1 else "Less than 1 mile"]


def _access(clinics: list[Clinic]) -> Iterator[tuple[str, list[str]]]:
    """Of several clinics, each line says of which. Of none, the names of the rows alone."""
    facts = [(clinic, access_of(clinic)) for clinic in clinics]
    for number, blank in enumerate(access_of(Clinic())):
        told = [(clinic, of_clinic[number].told) for clinic, of_clinic in facts]
        yield blank.name, [_of(clinic, words, clinics) for clinic, words in told if words]
    stated = [(clinic, clinic.access_stated_on) for clinic in clinics]
    yield "Access stated on", [_of(clinic, date_format(day, DAY), clinics) for clinic, day in stated if day]


def _of(clinic: Clinic, words: str, clinics: list[Clinic]) -> str:
    return f"{clinic.name}: {words}" if len(clinics) > 1 else words


def _registration(person: Physiotherapist) -> str:
    if person.sample or not person.checked_on:
        return f"{person.hcpc_number} (not real)" if person.sample else ""
    return f"HCPC registration checked on {date_format(person.checked_on, DAY)}"


def _lines(words: str) -> list[str]:
    return [words[0].upper() + words[1:]] if words else []

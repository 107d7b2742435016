"""The search table as it is, and as it should be: from the listings, by another way than the code's.

The numbers here are what is in the database of every site: a bit that moved would make all rows wrong.
"""

from datetime import date
from decimal import Decimal
from math import floor
from typing import Any, NamedTuple

from directory.models import Clinic, Physiotherapist, SearchPoint


class Row(NamedTuple):
    person: int
    clinic: int | None
    band: int
    latitude: float
    longitude: float
    flags: int
    languages: int
    conditions: int
    shown_until: int
    visit_miles: int


# What can be wished for besides the three ticks, and its bit.
FACTS = {
    "online": 1 << 4,
    "evenings": 1 << 5,
    "weekends": 1 << 6,
    "wheelchair": 1 << 7,
    "hoist": 1 << 8,
    "up to £40": 1 << 16,
    "up to £50": 1 << 17,
    "up to £60": 1 << 18,
    "up to £70": 1 << 19,
    "up to £80": 1 << 20,
    "up to £100": 1 << 21,
    "aviva": 1 << 32,
    "axa-health": 1 << 33,
    "bupa": 1 << 34,
    "cigna": 1 << 35,
    "healix": 1 << 36,
    "simplyhealth": 1 << 37,
    "vitality": 1 << 38,
    "wpa": 1 << 39,
}
# The first one's bit is 1, the second one's 2, and so on.
LANGUAGES = (
    "eng bfi sqi ara ben bul yue nld fas fra gla deu ell guj heb hin hun gle ita kur "
    "lit mal cmn nep pol por pan ron rus som spa swa tgl tam tur ukr urd vie cym yor"
)
FIRST_DAY = date(1, 1, 1)
FOR_EVER = date(9999, 12, 31)


def held_rows() -> list[Row]:
    return sorted(map(as_row, SearchPoint.objects.all()), key=str)


def as_row(point: SearchPoint) -> Row:
    return Row(
        point.physiotherapist_id,
        point.clinic_id,
        point.band,
        point.latitude,
        point.longitude,
        point.flags,
        point.languages,
        point.conditions,
        point.shown_until,
        point.visit_miles,
    )


def rows_there_should_be() -> list[Row]:
    rows: list[Row] = []
    for person in Physiotherapist.objects.filter(listed=True).prefetch_related("clinics"):
        last_day = FOR_EVER if person.sample else person.check_due_on
        if last_day is None:
            continue
        places: list[tuple[Any, Any, Clinic | None]] = [
            (clinic.latitude, clinic.longitude, clinic) for clinic in person.clinics.all()
        ]
        if person.home_visits:
            places.append((round(person.visit_latitude or 0, 2), round(person.visit_longitude or 0, 2), None))
        rows += [
            Row(
                person.pk,
                clinic.pk if clinic else None,
                floor(latitude * 100),
                latitude,
                longitude,
                flags_of(person, clinic),
                languages_of(person),
                sum({1 << page.pk % 63 for page in person.conditions_treated.all()}),
                (last_day - FIRST_DAY).days + 1,
                0 if clinic else person.visit_miles or 0,
            )
            for latitude, longitude, clinic in places
        ]
    return sorted(rows, key=str)


def flags_of(person: Physiotherapist, clinic: Clinic | None) -> int:
    """Of somebody at a clinic, or where there is none at the patient's home."""
    ticks = 1 * ("neuro" in person.specialisms) + 2 * (person.gender == "female")
    ticks += 4 * (clinic is None) + 8 * person.sample
    return ticks + sum(FACTS[fact] for fact in facts_of(person, clinic))


def facts_of(person: Physiotherapist, clinic: Clinic | None) -> set[str]:
    """Which of ``FACTS`` are true."""
    facts = {name for name in ("online", "evenings", "weekends") if getattr(person, name)}
    facts |= set(person.insurers)
    if clinic:
        price, hoist = person.fee_first, clinic.hoist
        no_step = clinic.steps == 0 and clinic.inside in {"level", "lift"}
        wheelchair = no_step and clinic.door_cm is not None and clinic.door_cm >= 75
    else:
        hoist, wheelchair = person.hoist_at_home, True
        # What nobody stated is no price.
        is_known = person.fee_home is not None and person.visit_fee is not None
        price = Decimal(person.fee_home or 0) + Decimal(person.visit_fee or 0) if is_known else None
    facts |= {"hoist"} if hoist else set()
    facts |= {"wheelchair"} if wheelchair else set()
    if price is not None:
        facts |= {f"up to £{pounds}" for pounds in (40, 50, 60, 70, 80, 100) if price <= pounds}
    return facts


def languages_of(person: Physiotherapist) -> int:
    return sum(1 << LANGUAGES.split().index(language) for language in person.languages)


def assert_in_step() -> None:
    assert held_rows() == rows_there_should_be()

"""Invented physiotherapists and clinics, spread as people are, to show and test the site with.

Nothing here is about anybody real: telephone numbers are from the ranges that Ofcom keeps for
drama, mail and web addresses are under example.com and example.org (RFC 2606), and the HCPC
numbers (PH900000 and up) lie far beyond those given out so far.
"""

import random
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import accumulate
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from conditions.models import Page
from directory.choices import Gender
from directory.finding import SAMPLE_START
from directory.models import Clinic, Physiotherapist
from directory.sample_facts import (
    access,
    biography,
    conditions_treated,
    landline,
    languages,
    mobile,
    offers,
    specialisms,
)
from directory.search_table import rebuild
from places.codepoint import E4
from places.distance import great_circle_miles
from places.models import PartialPostcode, Postcode
from places.postcodes import key_range, read_code, text_of_key
from places.towns import Town, town_of_outward

FIRST_HCPC_NUMBER = 900_000
# Northern Ireland has 1.9 of the 67.6 million people (ONS and NISRA, mid-2022).
NORTHERN_IRELAND_SHARE = 1.9 / 67.6
SHARES = {"female": 0.60, "male": 0.36, "other": 0.01, "neuro": 0.12, "home_visits": 0.30}

_NAMES = {
    kind: names.split()
    for kind, names in tomllib.loads(Path(__file__).with_name("sample_names.toml").read_text()).items()
}
_CLINIC_SECOND = ("Physiotherapy", "Physiotherapy Clinic", "Physiotherapy Practice", "Therapy Rooms")
_STREETS = ["Sample Street", "Sample Road", "Sample Lane", "Sample Way", "Sample Avenue", "Sample Place"]


# Each outward code's sectors, with how many postcodes each has.
Sectors = dict[str, list[tuple[str, int]]]


class NotEnoughPlaces(Exception):
    """The postcodes are not loaded yet."""


def sample_exists() -> bool:
    return Physiotherapist.objects.filter(sample=True).exists() or Clinic.objects.filter(sample=True).exists()


@transaction.atomic
def remove_sample() -> int:
    """Remove every sample listing, and its history; returns how many physiotherapists there were."""
    removed = Physiotherapist.objects.filter(sample=True).count()
    for model in (Physiotherapist, Clinic):
        model.objects.filter(sample=True).delete()
        records = model.history.filter(sample=True)
        for links in records.model._meta.related_objects:
            links.related_model._base_manager.filter(**{f"{links.field.name}__in": records}).delete()
        records.delete()
    return removed


@transaction.atomic
def load_sample(number: int, seed: int, progress: Callable[[int], Any] = lambda _: None) -> None:
    """Make this many physiotherapists, and about two clinics for every three of them.

    The same seed over the same postcodes gives the same people. Raises NotEnoughPlaces.
    """
    pick = random.Random(seed)  # noqa: S311 - invented people, not secrets
    sectors = _sectors_by_outward()
    clinics = Clinic.objects.bulk_create(
        _make_clinics(max(1, number * 2 // 3), sectors, pick), batch_size=1000
    )
    traits = _traits(number, pick)
    homes = pick.choices(clinics, k=number)
    people = Physiotherapist.objects.bulk_create(
        (_make_person(index, traits[index], homes[index], sectors, pick) for index in range(number)),
        batch_size=1000,
    )
    _link_clinics(people, homes, clinics, pick)
    _link_conditions(people, pick)
    ids = [person.pk for person in people]
    for start in range(0, number, 1000):
        rebuild(ids[start : start + 1000])
        progress(len(ids[start : start + 1000]))


def _sectors_by_outward() -> Sectors:
    sectors: Sectors = defaultdict(list)
    for code, size in (
        PartialPostcode.objects.filter(is_outward=False).order_by("code").values_list("code", "postcodes")
    ):
        sectors[code[:-2]].append((code, size))
    if not sectors:
        raise NotEnoughPlaces("There are no postcodes yet. Run import_postcodes first.")
    return sectors


def _make_clinics(number: int, sectors: Sectors, pick: random.Random) -> list[Clinic]:
    outside = round(number * NORTHERN_IRELAND_SHARE)
    spots = [
        *_spots_in_britain(number - outside, sectors, pick),
        *_spots_in_northern_ireland(outside, pick),
    ]
    pick.shuffle(spots)
    clinics = []
    for index, (postcode, town, latitude, longitude, by_hand) in enumerate(spots):
        name = f"{pick.choice(_NAMES['clinics'])} {pick.choice(_CLINIC_SECOND)} (sample)"
        address = f"{pick.randint(1, 199)} {pick.choice(_STREETS)}"
        clinics.append(
            Clinic(
                name=name,
                address=f"{address}, {town}" if town else address,
                postcode=postcode,
                phone=landline(postcode, index),
                latitude=latitude,
                longitude=longitude,
                pin_by_hand=by_hand,
                sample=True,
                **access(pick),
            )
        )
    return clinics


def _spots_in_britain(
    number: int, sectors: Sectors, pick: random.Random
) -> Iterable[tuple[str, str, float, float, bool]]:
    """Random postcodes, each as likely as any other, which is nearly as people live."""
    everywhere = [sector for of_outward in sectors.values() for sector in of_outward]
    weights = list(accumulate(size for _, size in everywhere))
    for sector, _ in pick.choices(everywhere, cum_weights=weights, k=number):
        postcode, latitude, longitude = _random_postcode(sector, pick)
        yield postcode, "", latitude, longitude, False


def _random_postcode(sector: str, pick: random.Random) -> tuple[str, float, float]:
    code = read_code(sector)
    if code is None:
        raise ValueError(f"{sector!r} is no sector.")
    keys = key_range(code)
    held = Postcode.objects.filter(pk__range=(keys.start, keys.stop - 1)).order_by("pk")
    key, latitude_e4, longitude_e4 = pick.choice(held.values_list("key", "latitude_e4", "longitude_e4"))
    return text_of_key(key), latitude_e4 / E4, longitude_e4 / E4


def _spots_in_northern_ireland(
    number: int, pick: random.Random
) -> Iterable[tuple[str, str, float, float, bool]]:
    """Near towns, by their size. There are no open postcodes, so the pin counts as set by hand."""
    codes: dict[Town, list[str]] = defaultdict(list)
    for outward, town in town_of_outward().items():
        if town.country == "Northern Ireland":
            codes[town].append(outward)
    towns = list(codes)
    for town in pick.choices(towns, [town.population for town in towns], k=number):
        latitude, longitude = (
            town.latitude + pick.uniform(-0.01, 0.01),
            town.longitude + pick.uniform(-0.02, 0.02),
        )
        yield pick.choice(codes[town]), town.name, round(latitude, 5), round(longitude, 5), True


def _traits(number: int, pick: random.Random) -> list[dict[str, str | bool]]:
    """Gender, neuro and home visits in just the shares wanted, dealt out at random."""
    genders = [
        *[Gender.FEMALE.value] * round(number * SHARES["female"]),
        *[Gender.MALE.value] * round(number * SHARES["male"]),
        *[Gender.OTHER.value] * round(number * SHARES["other"]),
    ][:number]
    genders += [""] * (number - len(genders))
    dealt = {
        name: [index < round(number * SHARES[name]) for index in range(number)]
        for name in ("neuro", "home_visits")
    }
    pick.shuffle(genders)
    pick.shuffle(dealt["neuro"])
    pick.shuffle(dealt["home_visits"])
    return [
        {"gender": genders[i], "neuro": dealt["neuro"][i], "home_visits": dealt["home_visits"][i]}
        for i in range(number)
    ]


def _make_person(
    index: int, traits: dict, clinic: Clinic, sectors: Sectors, pick: random.Random
) -> Physiotherapist:
    first = pick.choice(_first_names(traits["gender"]))
    name = f"{first} {pick.choice(_NAMES['families'])}"
    slug = f"{SAMPLE_START}{slugify(name)}-{index + 1}"
    person = Physiotherapist(
        name=name,
        slug=slug,
        gender=traits["gender"],
        hcpc_number=f"PH{FIRST_HCPC_NUMBER + index}",
        biography=biography(first, traits["neuro"], pick),
        languages=languages(pick),
        specialisms=specialisms(traits["neuro"], pick),
        website=f"https://{slug}.example.org/" if pick.random() < 0.6 else "",
        phone=mobile(index),
        email=f"{slug}@example.com",
        sample=True,
        **offers(traits["neuro"], traits["home_visits"], pick),
    )
    if traits["home_visits"]:
        person.home_visits = True
        person.visit_miles = pick.choice((3, 5, 5, 8, 10, 10, 12, 15, 20, 25))
        person.visit_postcode, person.visit_latitude, person.visit_longitude = _base_near(
            clinic, sectors, pick
        )
    return person


def _first_names(gender: str) -> list[str]:
    women, men = _NAMES["women"], _NAMES["men"]
    return {Gender.FEMALE.value: women, Gender.MALE.value: men}.get(gender, women + men)


def _base_near(
    clinic: Clinic, sectors: Sectors, pick: random.Random
) -> tuple[str, float | None, float | None]:
    if clinic.pin_by_hand:
        return clinic.postcode, clinic.latitude, clinic.longitude
    sector, _ = pick.choice(sectors[clinic.postcode.partition(" ")[0]])
    return _random_postcode(sector, pick)


def _link_clinics(
    people: list[Physiotherapist], homes: list[Clinic], clinics: list[Clinic], pick: random.Random
) -> None:
    """Most work at one clinic, some at a second within 15 miles; a few who visit homes have none."""
    through = Physiotherapist.clinics.through
    links = []
    for person, home in zip(people, homes, strict=True):
        chance = pick.random()
        if person.home_visits and chance < 0.1:
            continue
        links.append(through(physiotherapist_id=person.pk, clinic_id=home.pk))
        if chance > 0.85 and (second := _another_near(home, clinics, pick)):
            links.append(through(physiotherapist_id=person.pk, clinic_id=second.pk))
    through.objects.bulk_create(links, batch_size=1000)


def _another_near(home: Clinic, clinics: list[Clinic], pick: random.Random) -> Clinic | None:
    some = pick.sample(clinics, min(len(clinics), 400))
    near = (
        clinic
        for clinic in some
        if clinic is not home
        and great_circle_miles(
            home.latitude or 0, home.longitude or 0, clinic.latitude or 0, clinic.longitude or 0
        )
        <= 15
    )
    return next(near, None)


def _link_conditions(people: list[Physiotherapist], pick: random.Random) -> None:
    conditions = dict(Page.objects.filter(kind=Page.Kind.CONDITION).values_list("slug", "pk"))
    through = Physiotherapist.conditions_treated.through
    through.objects.bulk_create(
        (
            through(physiotherapist_id=person.pk, page_id=conditions[slug])
            for person in people
            for slug in sorted(conditions_treated(person.specialisms, conditions, pick))
        ),
        batch_size=1000,
    )

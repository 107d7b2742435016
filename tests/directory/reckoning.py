"""Who fits a wish, reckoned the slow and plain way: every place of everybody, nothing left out."""

from dataclasses import dataclass
from typing import NamedTuple

from directory.models import Physiotherapist
from directory.nearest import Wish
from places.distance import great_circle_miles


class Place(NamedTuple):
    latitude: float
    longitude: float
    clinic_id: int | None


@dataclass
class Listing:
    """What the site holds about one listed person. ``base`` is None for those who visit nobody."""

    pk: int
    slug: str
    neuro: bool
    female: bool
    conditions: set[int]
    clinics: list[Place]
    base: Place | None
    visit_miles: int


class Fit(NamedTuple):
    miles: float
    pk: int
    clinic_id: int | None
    slug: str


def listings() -> list[Listing]:
    """Read from the profiles and clinics, never from the search table."""
    everybody = Physiotherapist.objects.filter(listed=True).prefetch_related("clinics", "conditions_treated")
    return [
        Listing(
            pk=person.pk,
            slug=person.slug,
            neuro="neuro" in person.specialisms,
            female=person.gender == "female",
            conditions={condition.pk for condition in person.conditions_treated.all()},
            clinics=[
                Place(clinic.latitude or 0, clinic.longitude or 0, clinic.pk)
                for clinic in person.clinics.all()
            ],
            base=Place(person.visit_latitude or 0, person.visit_longitude or 0, None)
            if person.home_visits
            else None,
            visit_miles=person.visit_miles or 0,
        )
        for person in everybody
    ]


def distances(latitude: float, longitude: float, among: list[Listing]) -> list[tuple[Listing, list[Fit]]]:
    """Everybody, with how far off each of their places of work is, and last the base, if they have one."""
    return [
        (
            person,
            [
                Fit(
                    great_circle_miles(latitude, longitude, place.latitude, place.longitude),
                    person.pk,
                    place.clinic_id,
                    person.slug,
                )
                for place in [*person.clinics, *([person.base] if person.base else [])]
            ],
        )
        for person in among
    ]


def everybody_who_fits(wish: Wish, measured: list[tuple[Listing, list[Fit]]]) -> list[Fit]:
    """Nearest first, each person once; people at one distance in the order of their primary keys."""
    fits = []
    for person, places in measured:
        if (wish.neuro and not person.neuro) or (wish.female and not person.female):
            continue
        if wish.condition_id is not None and wish.condition_id not in person.conditions:
            continue
        reach = person.visit_miles if wish.home_visits else wish.radius_miles
        near = [fit for fit in places if (fit.clinic_id is None) == wish.home_visits and fit.miles <= reach]
        if near:
            fits.append(min(near, key=lambda fit: (fit.miles, fit.clinic_id or 0)))
    return sorted(fits)


def reckon(wish: Wish) -> list[Fit]:
    return everybody_who_fits(wish, distances(wish.latitude, wish.longitude, listings()))

"""Who fits a wish, reckoned the slow and plain way: every place of everybody, nothing left out."""

from dataclasses import dataclass
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from directory.models import Physiotherapist
from directory.nearest import ANY_DISTANCE, Wish
from places.distance import great_circle_miles
from tests.directory.table import flags_of, languages_of


class Place(NamedTuple):
    """``flags`` is what is offered there, as bits of the search table; ``clinic_id`` None: a visits' base."""

    latitude: float
    longitude: float
    clinic_id: int | None
    flags: int


@dataclass
class Listing:
    """What the site holds about one person who may be shown. ``base`` is None for those who visit nobody."""

    pk: int
    slug: str
    neuro: bool
    female: bool
    languages: int
    conditions: set[int]
    clinics: list[Place]
    base: Place | None
    visit_miles: int


class Fit(NamedTuple):
    miles: float
    pk: int
    clinic_id: int | None
    slug: str
    flags: int


def listings() -> list[Listing]:
    """Read from the profiles and clinics, never from the search table."""
    everybody = Physiotherapist.objects.prefetch_related("clinics", "conditions_treated")
    return [
        Listing(
            pk=person.pk,
            slug=person.slug,
            neuro="neuro" in person.specialisms,
            female=person.gender == "female",
            languages=languages_of(person),
            conditions={condition.pk for condition in person.conditions_treated.all()},
            clinics=[
                Place(clinic.latitude or 0, clinic.longitude or 0, clinic.pk, flags_of(person, clinic))
                for clinic in person.clinics.all()
            ],
            # To a hundredth of a degree, so that searches do not tell where somebody lives.
            base=Place(
                round(person.visit_latitude or 0, 2),
                round(person.visit_longitude or 0, 2),
                None,
                flags_of(person, None),
            )
            if person.home_visits
            else None,
            visit_miles=person.visit_miles or 0,
        )
        for person in everybody
        if may_be_shown(person)
    ]


def may_be_shown(person: Physiotherapist) -> bool:
    """To the end of the day when the next check of the registration is due; invented people have none."""
    if not person.listed:
        return False
    if person.sample:
        return bool(settings.SAMPLE_DATA_ALLOWED)
    return person.check_due_on is not None and timezone.localdate() <= person.check_due_on


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
                    place.flags,
                )
                for place in [*person.clinics, *([person.base] if person.base else [])]
            ],
        )
        for person in among
    ]


def places_that_fit(wish: Wish, measured: list[tuple[Listing, list[Fit]]]) -> list[Fit]:
    """Every place within reach of everybody who fits, in no order."""
    places = []
    for person, measured_places in measured:
        if (wish.neuro and not person.neuro) or (wish.female and not person.female):
            continue
        if wish.condition_id is not None and wish.condition_id not in person.conditions:
            continue
        # What is wished for, and what is not there.
        if wish.languages & ~person.languages:
            continue
        own = wish.home_visits and wish.radius_miles != ANY_DISTANCE
        reach = person.visit_miles if own else wish.radius_miles
        places += [
            fit
            for fit in measured_places
            if (fit.clinic_id is None) == wish.home_visits
            and fit.miles <= reach
            and not wish.flags & ~fit.flags
        ]
    return places


def everybody_who_fits(wish: Wish, measured: list[tuple[Listing, list[Fit]]]) -> list[Fit]:
    """Nearest first, each person once; people at one distance in the order of their primary keys."""
    fits: dict[int, Fit] = {}
    for fit in sorted(places_that_fit(wish, measured)):
        fits.setdefault(fit.pk, fit)
    return sorted(fits.values())


def reckon(wish: Wish) -> list[Fit]:
    return everybody_who_fits(wish, distances(wish.latitude, wish.longitude, listings()))

"""Whatever is wished for beside the distance, and what those within reach offer, against brute force."""

from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from directory.models import Clinic
from directory.nearest import (
    ANY_DISTANCE,
    Offer,
    Wish,
    count_each,
    nearest,
    nearest_and_offers,
    nearest_anywhere,
)
from tests.directory.crowds import FILTERS, INSURERS, SPOKEN, Crowd, crowds, opened
from tests.directory.plans import assert_only_the_covering_index
from tests.directory.reckoning import (
    Fit,
    Listing,
    distances,
    everybody_who_fits,
    listings,
    places_that_fit,
    reckon,
)
from tests.directory.table import FACTS, LANGUAGES
from tests.factories import make_clinic, make_physiotherapist

pytestmark = pytest.mark.django_db

Measured = list[tuple[Listing, list[Fit]]]
# At the other end of the country the search's series puts two people in the wrong order only where
# they are as far off as each other to this many miles.
FAR_ERROR_MILES = 0.01
SPOKEN_BITS = {language: 1 << LANGUAGES.split().index(language) for language in SPOKEN}
a_few = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))


def measured_from(wish: Wish) -> Measured:
    """Everybody's distances, where nobody is so exactly at an edge that a millionth of a mile decides."""
    measured = distances(wish.latitude, wish.longitude, listings())
    edges = ((fit, {wish.radius_miles, person.visit_miles}) for person, fits in measured for fit in fits)
    assume(all(abs(fit.miles - edge) > 0.00001 for fit, both in edges for edge in both))
    return measured


def offers(wish: Wish) -> list[Offer]:
    _, (offered,) = nearest_and_offers(wish, [])
    assert offered.is_exact
    return offered.offers


def every_wish(wish: Wish) -> list[Wish]:
    """With each combination of the three ticks: each other thing alone, and two languages or insurers."""
    wishes = []
    for filters in FILTERS:
        ticked = replace(wish, **filters, flags=0, languages=0)
        wishes += [replace(ticked, flags=bit) for bit in FACTS.values()]
        wishes += [replace(ticked, radius_miles=ANY_DISTANCE)]
        wishes += [replace(ticked, languages=bit) for bit in SPOKEN_BITS.values()]
        wishes += [replace(ticked, flags=FACTS[a] | FACTS[b]) for a, b in combinations(INSURERS, 2)]
        wishes += [
            replace(ticked, flags=FACTS["evenings"], languages=SPOKEN_BITS[a] | SPOKEN_BITS[b])
            for a, b in combinations(SPOKEN, 2)
        ]
    return wishes


@a_few
@given(crowd=crowds())
def test_each_wish_finds_and_counts_those_whom_brute_force_finds(crowd: Crowd):
    with opened(crowd) as drawn:
        measured = measured_from(drawn)
        wishes = every_wish(drawn)
        expected = [everybody_who_fits(wish, measured) for wish in wishes]
        for wish, fits in zip(wishes, expected, strict=True):
            found = nearest(wish)
            assert [match[:2] for match in found.matches] == [(fit.pk, fit.clinic_id) for fit in fits[:20]]
            assert (found.total, found.is_exact) == (len(fits), True)
        counts = [count for start in (0, 100, 200) for count in count_each(wishes[start : start + 100])]
        assert [(count.total, count.is_exact) for count in counts] == [(len(fits), True) for fits in expected]


@a_few
@given(crowd=crowds())
def test_offers_are_what_is_at_every_place_within_reach(crowd: Crowd):
    with opened(crowd) as drawn:
        measured = measured_from(drawn)
        languages = {person.pk: person.languages for person, _ in measured}
        for filters in FILTERS:
            wish = replace(drawn, **filters)
            there = [(fit.pk, fit.flags, languages[fit.pk]) for fit in places_that_fit(wish, measured)]
            assert sorted(offers(wish)) == sorted(there)


@a_few
@given(
    crowd=crowds(),
    elsewhere=st.none() | st.tuples(st.integers(491_000, 609_000), st.integers(-82_000, 18_000)),
)
def test_the_nearest_one_anywhere_is_nearer_than_all_others(crowd: Crowd, elsewhere: tuple[int, int] | None):
    with opened(crowd) as drawn:
        if elsewhere:
            latitude, longitude = elsewhere[0] / 10_000, elsewhere[1] / 10_000
            drawn = replace(drawn, latitude=latitude, longitude=longitude)
        measured = measured_from(drawn)
        for filters in FILTERS:
            wish = replace(drawn, **filters)
            fits = everybody_who_fits(replace(wish, radius_miles=10_000), measured)

            found = nearest_anywhere(wish)

            assert (found is None) == (not fits)
            if found:
                error = FAR_ERROR_MILES if fits[0].miles > 50 else 0.000001
                assert found.miles == pytest.approx(fits[0].miles, abs=error)
                as_near = {fit[1:3] for fit in fits if fit.miles < fits[0].miles + error}
                assert found[:2] in as_near


@pytest.mark.parametrize(
    ("here", "there", "miles"),
    [("LS1 4AP", "YO1 7HH", 22), ("TR18 2GD", "ZE1 0EN", 714), ("JE2 3AB", "ZE1 0EN", 759)],
)
def test_the_nearest_one_may_be_at_the_other_end_of_the_country(here: str, there: str, miles: int):
    start, end = make_clinic(here), make_clinic(there)
    person = make_physiotherapist((end,), online=True)
    make_physiotherapist((start,))
    wish = Wish(start.latitude or 0, start.longitude or 0, radius_miles=1, flags=FACTS["online"])

    found = nearest_anywhere(wish)

    assert found
    assert found[:2] == (person.pk, end.pk)
    assert found.miles == pytest.approx(miles, abs=1)
    assert found.miles == pytest.approx(reckon(replace(wish, radius_miles=1000))[0].miles, abs=1e-9)
    assert nearest_anywhere(replace(wish, female=True)) is None


def test_of_several_clinics_in_one_house_the_first_is_the_nearest_anywhere():
    hoist = {"hoist": True, "access_stated_on": date(2026, 1, 1)}
    # More is offered at the first one, so that it comes last in the index.
    clinics = [make_clinic("LS1 4AP", **hoist), *(make_clinic("LS1 4AP") for _ in range(4))]
    person = make_physiotherapist(tuple(clinics))
    found = nearest_anywhere(wish_at(clinics[0]))
    assert found == (person.pk, clinics[0].pk, 0.0)


def test_nobody_visits_further_than_they_travel_not_even_as_the_nearest_anywhere():
    # York is 22 miles from Leeds.
    leeds = make_clinic("LS1 4AP")
    make_physiotherapist(visits_from="YO1 7HH", visit_miles=15)
    wish = wish_at(leeds, home_visits=True)
    assert nearest_anywhere(wish) is None
    comes = make_physiotherapist(visits_from="YO1 7HH", visit_miles=30)
    found = nearest_anywhere(wish)
    assert found
    assert found[:2] == (comes.pk, None)


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_all_of_it_reads_only_the_covering_index(filters: dict[str, bool]):
    clinic = make_clinic()
    make_physiotherapist(
        (clinic,),
        visits_from="LS1 4AP",
        specialisms=["neuro"],
        gender="female",
        online=True,
        languages=["cym"],
    )
    languages = 1 << LANGUAGES.split().index("cym")
    wish = wish_at(clinic, flags=FACTS["online"], languages=languages, **filters)

    with CaptureQueriesContext(connection) as queries:
        assert nearest_anywhere(wish)
        assert len(offers(wish)) == 1
        assert [found.total for found in count_each([wish, replace(wish, languages=0)])] == [1, 1]

    assert len(queries) == 3
    for query in queries:
        assert_only_the_covering_index(query["sql"])


def test_nobody_anywhere_is_known_after_one_statement():
    with CaptureQueriesContext(connection) as queries:
        assert nearest_anywhere(Wish(53.8, -1.5)) is None
    assert len(queries) == 1


def wish_at(clinic: Clinic, **values: object) -> Wish:
    return Wish(clinic.latitude or 0, clinic.longitude or 0, **values)  # type: ignore[arg-type]

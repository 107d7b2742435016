from dataclasses import replace
from math import asin, atan2, cos, degrees, radians, sin
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, assume, given, settings

from conditions.models import Page
from directory import nearest as module
from directory.forms import RADII
from directory.models import Clinic
from directory.nearest import ANY_DISTANCE, Found, Match, Wish, count_each, nearest
from places.distance import EARTH_RADIUS_MILES
from places.locate import locate
from tests.directory.crowds import FILTERS, Crowd, crowds, opened
from tests.directory.plans import assert_only_the_covering_index
from tests.directory.reckoning import distances, everybody_who_fits, listings, reckon
from tests.factories import make_clinic, make_physiotherapist

pytestmark = pytest.mark.django_db

# Row limit, counted, a page: as the site has them, and so small that few people are a crowd.
AS_IT_IS = (601, 200, 20)
CROWDED = [(1, 1, 1), (4, 2, 3), (10, 5, 4)]


def all_pages(wish: Wish) -> list[Found]:
    pages = [nearest(wish)]
    while pages[-1].has_next:
        pages.append(nearest(wish, len(pages) + 1))
        assert pages[-1].matches, "a page that was promised is empty"
    return pages


@pytest.fixture
def limits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int, int]:
    for name, value in zip(("_ROW_LIMIT", "COUNTED", "PER_PAGE"), request.param, strict=True):
        monkeypatch.setattr(module, name, value)
    return request.param


@pytest.mark.parametrize("limits", [AS_IT_IS, *CROWDED], indirect=True, ids=str)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(crowd=crowds())
def test_all_pages_together_are_what_brute_force_finds(limits: tuple[int, int, int], crowd: Crowd):
    _row_limit, counted, per_page = limits
    with opened(crowd) as wish:
        measured = distances(wish.latitude, wish.longitude, listings())
        expected = everybody_who_fits(wish, measured)
        # Nobody so exactly at the edge that a millionth of a mile decides.
        edges = ((fit, {wish.radius_miles, person.visit_miles}) for person, fits in measured for fit in fits)
        assume(all(abs(fit.miles - edge) > 0.00001 for fit, both in edges for edge in both))

        pages = all_pages(wish)

        found = [match for page in pages for match in page.matches]
        assert [(match.physiotherapist_id, match.clinic_id) for match in found] == [
            (fit.pk, fit.clinic_id) for fit in expected
        ]
        assert [match.miles for match in found] == pytest.approx([fit.miles for fit in expected], abs=1e-9)
        assert [len(page.matches) for page in pages[:-1]] == [per_page] * (len(pages) - 1)
        assert nearest(wish, len(pages) + 1).matches == []
        everybody = replace(wish, neuro=False, female=False, flags=0, languages=0)
        for found_alone, counted_with_others in zip(
            (pages[0], nearest(everybody)), count_each([wish, everybody]), strict=True
        ):
            assert counted_with_others.is_exact == found_alone.is_exact
            assert counted_with_others.total == found_alone.total or not found_alone.is_exact
        for page in pages:
            if page.is_exact:
                assert page.total == len(expected)
            else:
                assert 0 < page.total <= min(counted, len(expected))


@pytest.mark.parametrize("limits", [AS_IT_IS, *CROWDED], indirect=True, ids=str)
def test_a_person_with_two_clinics_appears_once_at_the_nearer(limits: tuple[int, int, int]):
    far, near = make_clinic("LS2 7UE"), make_clinic("LS1 4AP")
    both = make_physiotherapist((far, near))
    other = make_physiotherapist((near,))

    found = [match for page in all_pages(wish_at(near)) for match in page.matches]

    assert [(match.physiotherapist_id, match.clinic_id) for match in found] == [
        (both.pk, near.pk),
        (other.pk, near.pk),
    ]


@pytest.mark.parametrize("limits", [AS_IT_IS, *CROWDED], indirect=True, ids=str)
def test_people_at_one_distance_come_in_the_order_of_their_entry(limits: tuple[int, int, int]):
    clinic = make_clinic("YO1 7HH")
    people = [make_physiotherapist((clinic,)) for _ in range(9)]
    for person in (people[3], people[7], people[0]):
        person.save()

    found = [match.physiotherapist_id for page in all_pages(wish_at(clinic)) for match in page.matches]

    assert found == [person.pk for person in people]


@pytest.mark.parametrize("limits", CROWDED, indirect=True, ids=str)
def test_people_with_many_clinics_do_not_keep_others_from_the_page(limits: tuple[int, int, int]):
    clinics = tuple(make_clinic("LS1 4AP") for _ in range(6))
    people = [make_physiotherapist(clinics) for _ in range(7)]

    pages = all_pages(wish_at(clinics[0]))

    assert [match.physiotherapist_id for page in pages for match in page.matches] == [p.pk for p in people]
    assert {match.clinic_id for page in pages for match in page.matches} == {clinics[0].pk}


@pytest.mark.parametrize("limits", [AS_IT_IS, *CROWDED], indirect=True, ids=str)
@pytest.mark.parametrize("radius", RADII)
def test_nobody_beyond_the_radius_fills_a_page(limits: tuple[int, int, int], radius: int):
    point = locate("LS1 4AP")
    within, beyond = (
        [
            make_clinic(latitude=north, longitude=point.longitude)
            for north, _ in (moved(point.latitude, 0, 0, miles) for miles in distances)
        ]
        for distances in ((0, radius - 0.5, radius - 0.1), (radius + 0.1, radius + 0.5, radius + 1.5))
    )
    near = [make_physiotherapist((clinic,)) for clinic in within]
    for clinic in beyond:
        make_physiotherapist((clinic,))

    pages = all_pages(Wish(point.latitude, point.longitude, radius))

    found = [match.physiotherapist_id for page in pages for match in page.matches]
    assert found == [person.pk for person in near]


def test_beyond_the_limit_of_rows_the_count_is_not_exact(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_ROW_LIMIT", 4)
    monkeypatch.setattr(module, "COUNTED", 2)
    clinic = make_clinic()
    for _ in range(3):
        make_physiotherapist((clinic,))
    wish = wish_at(clinic)
    assert nearest(wish)[1:] == (3, True, False)
    make_physiotherapist((clinic,))
    assert nearest(wish)[1:] == (2, False, False)


def wish_at(clinic: Clinic, **values: Any) -> Wish:
    return Wish(clinic.latitude or 0, clinic.longitude or 0, **values)


def moved(latitude: float, longitude: float, bearing: int, miles: float) -> tuple[float, float]:
    """The point so many miles off along the great circle that starts in this direction (degrees)."""
    start, turn, angle = radians(latitude), radians(bearing), miles / EARTH_RADIUS_MILES
    there = asin(sin(start) * cos(angle) + cos(start) * sin(angle) * cos(turn))
    sideways = atan2(sin(turn) * sin(angle) * cos(start), cos(angle) - sin(start) * sin(there))
    return degrees(there), longitude + degrees(sideways)


BEARINGS = (0, 45, 90, 135, 180, 225, 270, 315)
LATITUDES = (49.95, 53.8, 60.8)
# The series of the search are cut where they are off by less than a millionth of a mile.
STEP = 0.000002


@pytest.mark.parametrize("latitude", LATITUDES)
@pytest.mark.parametrize("miles", [1, 3, 10, 50])
def test_the_edge_of_the_radius_is_true_to_two_millionths_of_a_mile(miles: int, latitude: float):
    inside = []
    for bearing in BEARINGS:
        for step in (-STEP, STEP):
            point = moved(latitude, -2.5, bearing, miles + step)
            person = make_physiotherapist((make_clinic(latitude=point[0], longitude=point[1]),))
            inside += [person.pk] * (step < 0)
    found = nearest(Wish(latitude, -2.5, radius_miles=miles))
    assert {match.physiotherapist_id for match in found.matches} == set(inside)
    assert [match.miles for match in found.matches] == pytest.approx([miles] * len(BEARINGS), abs=0.00001)


@pytest.mark.parametrize("latitude", LATITUDES)
@pytest.mark.parametrize("miles", [1, 8, 25, 50])
def test_the_edge_of_a_visitors_own_radius_is_as_true(miles: int, latitude: float):
    # The base is a point of the coarse grid that bases are held to; patients look for it from all round.
    base = (round(latitude, 2), -2.5)
    visits: dict[str, Any] = {
        "visit_miles": miles,
        "visit_latitude": base[0],
        "visit_longitude": base[1],
    }
    person = make_physiotherapist(visits_from="LS1 4AP", **visits)
    for bearing in BEARINGS:
        for step in (-STEP, STEP):
            patient = moved(*base, bearing, miles + step)
            found = nearest(Wish(*patient, radius_miles=1, home_visits=True))
            expected = [person.pk] if step < 0 else []
            assert [match.physiotherapist_id for match in found.matches] == expected
            assert all(match.clinic_id is None for match in found.matches)


def test_at_any_distance_all_are_found_who_visit_homes():
    near = make_physiotherapist(visits_from="LS1 4AP", visit_miles=1)
    far = make_physiotherapist(visits_from="TR18 2AA", visit_miles=1)
    make_physiotherapist((make_clinic("LS1 4AP"),))
    wish = wish_at(make_clinic("YO1 7HH"), radius_miles=ANY_DISTANCE, home_visits=True)
    assert [match.physiotherapist_id for match in nearest(wish).matches] == [near.pk, far.pk]


@pytest.mark.parametrize("radius", RADII)
def test_home_visits_count_by_the_visitors_radius_whatever_the_search_says(radius: int):
    # York is 22 miles from Leeds.
    comes = make_physiotherapist(visits_from="YO1 7HH", visit_miles=30)
    make_physiotherapist(visits_from="YO1 7HH", visit_miles=15)
    leeds = make_clinic("LS1 4AP")
    make_physiotherapist((leeds,), visits_from="YO1 7HH", visit_miles=5)

    found = nearest(wish_at(leeds, radius_miles=radius, home_visits=True))

    assert [match.physiotherapist_id for match in found.matches] == [comes.pk]
    assert found.matches[0].miles == pytest.approx(22.4, abs=0.3)


def test_a_search_for_clinics_leaves_bases_of_visits_out():
    at_home = make_physiotherapist(visits_from="LS1 4AP", visit_miles=5)
    place = Wish(at_home.visit_latitude or 0, at_home.visit_longitude or 0)
    assert nearest(place).matches == []


@pytest.mark.parametrize("home_visits", [False, True])
def test_sample_listings_are_hidden_where_they_are_not_allowed(settings, home_visits: bool):
    clinic = make_clinic(sample=True)
    make_physiotherapist((clinic,), visits_from="LS1 4AP", sample=True)
    real = make_physiotherapist((clinic,), visits_from="LS1 4AP")
    wish = wish_at(clinic, home_visits=home_visits)
    assert nearest(wish).total == 2

    settings.SAMPLE_DATA_ALLOWED = False

    assert [match.physiotherapist_id for match in nearest(wish).matches] == [real.pk]


def test_only_those_who_treat_the_condition():
    treated, other = Page.objects.create(slug="neck"), Page.objects.create(slug="knee")
    clinic = make_clinic()
    treats, treats_both, treats_other, _nothing = (make_physiotherapist((clinic,)) for _ in range(4))
    treats.conditions_treated.set([treated])
    treats_other.conditions_treated.set([other])
    treats_both.conditions_treated.set([treated, other])

    found = nearest(wish_at(clinic, condition_id=treated.pk))

    assert [match.physiotherapist_id for match in found.matches] == [treats.pk, treats_both.pk]
    treats.conditions_treated.clear()
    assert nearest(wish_at(clinic, condition_id=treated.pk)).total == 1


def test_one_and_the_same_place_is_no_distance_at_all():
    clinic = make_clinic()
    person = make_physiotherapist((clinic,))
    assert nearest(wish_at(clinic)).matches == [Match(person.pk, clinic.pk, 0.0)]
    assert reckon(wish_at(clinic))[0].miles == 0


@pytest.mark.parametrize("filters", FILTERS, ids=str)
@pytest.mark.parametrize("limits", [AS_IT_IS, (1, 1, 1)], indirect=True, ids=str)
def test_every_statement_reads_only_the_covering_index(
    limits: tuple[int, int, int], filters: dict[str, bool]
):
    clinic = make_clinic()
    make_physiotherapist((clinic,), visits_from="LS1 4AP", specialisms=["neuro"], gender="female")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert nearest(wish_at(clinic, **filters)).matches

    assert len(queries) == (1 if limits == AS_IT_IS else len(queries))
    for query in queries:
        assert_only_the_covering_index(query["sql"])

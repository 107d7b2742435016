"""Counting wishes and finding the nearest one at any distance, all in one statement."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings

from directory.nearest import ANY_DISTANCE, Wish, count_each, look_around, nearest, nearest_anywhere
from directory.search_table import rebuild_all
from tests.directory.crowd import make_crowd
from tests.directory.crowds import FILTERS, Crowd, crowds, opened
from tests.directory.plans import assert_only_the_covering_index
from tests.factories import make_clinic, make_physiotherapist

pytestmark = pytest.mark.django_db

LEEDS, YORK, LERWICK, PENZANCE = "LS1 4AP", "YO1 7HH", "ZE1 0EN", "TR18 2GD"


def wish_at(postcode: str, **values: object) -> Wish:
    clinic = make_clinic(postcode)
    return Wish(clinic.latitude or 0, clinic.longitude or 0, **values)  # type: ignore[arg-type]


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(crowd=crowds())
def test_it_finds_what_each_question_finds_alone(crowd: Crowd):
    with opened(crowd) as drawn:
        wishes = [replace(drawn, **filters) for filters in FILTERS]
        alone = {wish: match for wish in wishes if (match := nearest_anywhere(wish))}
        with CaptureQueriesContext(connection) as queries:
            counts, found = look_around(wishes, wishes)
        assert counts == count_each(wishes)
        assert found == alone
        assert len(queries) == 1


@pytest.mark.parametrize(("there", "farther"), [(LEEDS, YORK), (YORK, PENZANCE), (PENZANCE, LERWICK)])
def test_the_nearest_ring_with_somebody_hides_those_farther_off(there: str, farther: str):
    wish = wish_at(LEEDS, radius_miles=1)
    nearby = make_physiotherapist((make_clinic(there),))
    make_physiotherapist((make_clinic(farther),))
    assert look_around([], [wish])[1][wish].physiotherapist_id == nearby.pk


def test_nobody_is_found_where_nobody_fits():
    wish = wish_at(LEEDS)
    make_physiotherapist((make_clinic(LEEDS),))
    assert look_around([replace(wish, female=True)], [replace(wish, female=True)])[1] == {}
    assert look_around([], []) == ([], {})


def test_at_any_distance_everybody_is_found_nearest_first():
    wish = wish_at(LERWICK, radius_miles=ANY_DISTANCE)
    make_crowd(610, make_clinic(LEEDS))
    far = make_physiotherapist((make_clinic(PENZANCE),))
    near = make_physiotherapist((make_clinic("AB10 1AB"),))
    found = nearest(wish)
    assert (found.total, found.is_exact, len(found.matches)) == (200, False, 20)
    assert found.matches[0].physiotherapist_id == near.pk
    assert nearest(wish, 31).matches[-1].physiotherapist_id == far.pk


def test_it_reads_only_the_covering_index():
    make_physiotherapist((make_clinic(LEEDS),))
    rebuild_all()
    wish = wish_at(LEEDS)
    with CaptureQueriesContext(connection) as queries:
        look_around([wish, replace(wish, radius_miles=ANY_DISTANCE)], [wish])
    for query in queries:
        assert_only_the_covering_index(query["sql"])

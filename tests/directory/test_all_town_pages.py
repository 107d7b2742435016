"""Finding all the towns that have a page at once, for the sitemap and for links to them."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from directory.models import Physiotherapist
from directory.town_pages import find_town_pages, has_page, town_pages
from places.distance import great_circle_miles
from places.towns import town_index
from tests.conditions.editing import clock_at
from tests.directory.crowd import make_crowd
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
TOWNS = list(town_index().by_slug.values())
LEEDS = town_index().by_slug["leeds"]


def clinic_at(latitude: float, longitude: float):
    return make_clinic(latitude=latitude, longitude=longitude, pin_by_hand=True)


@pytest.fixture
def scattered():
    """One or two people each at many places, most of them some miles from a town."""
    pick = random.Random(5)
    for town in pick.sample(TOWNS, 150):
        clinic = clinic_at(
            town.latitude + pick.uniform(-0.15, 0.15), town.longitude + pick.uniform(-0.25, 0.25)
        )
        people = make_crowd(pick.randint(1, 2), clinic, sample=pick.random() < 0.2)
        if pick.random() < 0.3:
            people[0].clinics.add(clinic_at(clinic.latitude + 0.03, clinic.longitude))
        if pick.random() < 0.1:
            people[0].listed = False
            people[0].save()


def one_by_one() -> set[str]:
    batches = (TOWNS[start : start + 100] for start in range(0, len(TOWNS), 100))
    return {town.slug for batch in batches for town in has_page(batch)}


@pytest.mark.usefixtures("scattered")
@pytest.mark.parametrize("samples", [True, False])
def test_one_pass_finds_just_the_towns_that_one_by_one_have_a_page(settings, samples):
    settings.SAMPLE_DATA_ALLOWED = samples
    expected = one_by_one()
    assert 300 < len(expected) < len(TOWNS) - 300
    assert find_town_pages(samples).keys() == expected


@pytest.mark.usefixtures("scattered")
def test_without_invented_people_there_are_fewer():
    assert find_town_pages(False).keys() < find_town_pages(True).keys()


@pytest.mark.usefixtures("scattered")
def test_town_was_changed_when_somebody_near_it_was():
    pick = random.Random(6)
    now = timezone.now()
    people = list(Physiotherapist.objects.listed().prefetch_related("clinics"))
    for person in people:
        person.updated_at = now - timedelta(minutes=pick.randint(0, 100_000))
    Physiotherapist.objects.bulk_update(people, ["updated_at"])
    places = [(clinic.latitude, clinic.longitude, p.updated_at) for p in people for clinic in p.clinics.all()]
    found = find_town_pages(True)
    for slug in pick.sample(sorted(found), 100):
        town = town_index().by_slug[slug]
        near = [
            at for *point, at in places if great_circle_miles(town.latitude, town.longitude, *point) <= 10
        ]
        assert found[slug] == max(near), slug


def test_one_statement_finds_them_all_and_they_are_remembered(django_assert_num_queries):
    make_crowd(3, clinic_at(LEEDS.latitude, LEEDS.longitude))
    with django_assert_num_queries(1):
        first = town_pages()
        assert town_pages() == first
    assert "leeds" in first
    with django_assert_num_queries(1):
        assert town_pages(samples=False) == first


def test_that_there_are_none_is_remembered_too(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert town_pages() == town_pages() == {}


def test_they_are_forgotten_at_midnight():
    make_crowd(3, clinic_at(LEEDS.latitude, LEEDS.longitude), check_due_on="2026-05-01")
    with clock_at("2026-05-01 23:59"):
        assert "leeds" in town_pages()
    with clock_at("2026-05-02 00:01"):
        assert town_pages() == {}

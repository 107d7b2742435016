"""Where nobody is near: who works online, who is nearest at any distance, and what else there is to do."""

from datetime import date
from typing import Any
from urllib.parse import urljoin

import pytest
from django.test import Client

from tests.directory.crowd import make_crowd
from tests.directory.offers import (
    ACCESS,
    LEEDS,
    LERWICK,
    MORE,
    ONLINE,
    PENZANCE,
    assert_true,
    heading,
    miles_between,
    offered,
)
from tests.directory.pages import SEARCH, Page, follow, search
from tests.factories import make_clinic, make_page, make_physiotherapist

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("home_visits", [{}, {"home_visits": "on"}])
def test_who_sees_people_online_does_so_at_any_distance_and_without_a_way_in(
    client: Client, home_visits: dict[str, str]
):
    make_crowd(12, make_clinic(PENZANCE), online=True, gender="female")
    make_crowd(5, make_clinic(PENZANCE), gender="female")
    make_crowd(4, make_clinic(PENZANCE), online=True)
    page = search(client, location=LERWICK, female="on", hoist="on", wheelchair="on", **home_visits)
    assert f"12 {ONLINE}" in offered(page)
    there = follow(client, offered(page)[f"12 {ONLINE}"])
    assert heading(there) == "12 female physiotherapists who see people online at any distance from ZE1 0EN"
    assert_true(client, page)


def test_one_who_sees_people_online_is_told_in_the_singular(client: Client):
    make_physiotherapist((make_clinic(PENZANCE),), online=True)
    assert "1 sees you online, wherever you are" in offered(search(client, location=LERWICK))


def test_the_nearest_one_at_any_distance(client: Client):
    make_physiotherapist((make_clinic(LEEDS),), gender="female")
    make_physiotherapist((make_clinic(PENZANCE),), gender="female")
    make_physiotherapist((make_clinic("AB10 1AB"),), gender="male")
    page = search(client, location=LERWICK, female="on")
    text = f"The nearest is {miles_between(LERWICK, LEEDS)} miles away"
    assert list(offered(page)) == [text]
    there = follow(client, offered(page)[text])
    assert heading(there) == "2 female physiotherapists at any distance from ZE1 0EN"
    assert there.one("option", selected="").attributes["value"] == "any"
    assert_true(client, page)

    page = search(client, location=LERWICK, female="on", home_visits="on")
    at_a_clinic = text.replace("nearest is", "nearest at a clinic who fits your other filters is")
    assert next(iter(offered(page))) == at_a_clinic
    assert_true(client, page)


def test_where_nobody_anywhere_fits_the_nearest_of_any_kind_is_offered(client: Client):
    make_physiotherapist((make_clinic(PENZANCE),))
    make_physiotherapist((make_clinic("KW15 1LH"),))
    for filters in ({"neuro": "on"}, {"neuro": "on", "language": "pol", "home_visits": "on"}):
        page = search(client, location=LERWICK, **filters)
        text = f"The nearest physiotherapist of any kind is {miles_between(LERWICK, 'KW15 1LH')} miles away"
        assert list(offered(page)) == [text]
        assert_true(client, page)
    page = search(client, location="TR18", radius=1, neuro="on")
    assert list(offered(page)) == ["1 if you include all kinds of physiotherapist"]
    page = search(client, location="TR19 7AA", radius=1, neuro="on")
    assert list(offered(page)) == ["1 within 50 miles if you include all kinds of physiotherapist"]
    assert_true(client, page)


def test_those_whose_check_has_lapsed_or_who_are_unlisted_are_in_no_number(client: Client):
    clinic = make_clinic(LEEDS)
    make_physiotherapist((clinic,), online=True, visits_from=LEEDS, listed=False)
    lapsed: dict[str, Any] = {"checked_on": date(2020, 1, 1), "check_due_on": date(2020, 12, 31)}
    make_physiotherapist((clinic,), online=True, visits_from=LEEDS, **lapsed)
    page = search(client, location=LEEDS, neuro="on")
    assert offered(page) == {}
    assert "Nobody is listed near there." in page.one("*", class_="nothing").text


@pytest.mark.parametrize("filters", [{}, {"neuro": "on"}, {"home_visits": "on"}])
def test_where_nobody_at_all_is_listed_the_page_says_what_else_to_do(client: Client, filters: dict[str, str]):
    page = search(client, location=LERWICK, radius=50, **filters)
    text = page.one("*", class_="nothing").text
    assert "Nobody is listed near there. Try another place." in text
    assert "you can refer yourself to an NHS physiotherapist" in text
    assert "your GP practice" in text
    assert ("If you cannot leave home" in text) == ("home_visits" in filters)
    assert offered(page) == {}
    assert not page.all("*", id="near-the-wish")


KNIGHTON = "LD7 1BL"


def make_the_marches() -> None:
    """Round a small town in Powys: a crowd in the cities, few in the country, and hardly a hoist."""
    shrewsbury, hereford = make_clinic("SY1 2BU"), make_clinic("HR4 9EA", hoist=True, **ACCESS)
    make_crowd(120, shrewsbury)
    make_crowd(30, make_clinic(LEEDS), online=True)
    make_physiotherapist((hereford,), slug="with-a-hoist-in-hereford")
    for number in range(2):
        make_physiotherapist(visits_from="LD1 5DB", visit_miles=20, slug=f"visits-without-{number}")
    # Too far for their own radius, and not known to bring a hoist.
    make_physiotherapist(visits_from="SY1 2BU", visit_miles=10, hoist_at_home=True)


def test_a_hoist_and_home_visits_at_a_rural_postcode_get_a_useful_answer_in_one_search(
    client: Client, django_assert_max_num_queries: Any
):
    make_the_marches()
    asked = {"location": KNIGHTON, "home_visits": "on", "hoist": "on"}
    with django_assert_max_num_queries(8):
        page = search(client, **asked)
    assert heading(page) == "No physiotherapists visit homes at LD7 1BL and can work with a hoist"
    away = miles_between(KNIGHTON, "HR4 9EA")
    from_afar = (
        "The nearest who visits homes and fits your other filters starts about 28 miles away, which is "
        "further than they usually travel: ask if they would come"
    )
    assert list(offered(page)) == [
        from_afar,
        "2 if you leave out the hoist",
        f"1 at a clinic within 30 miles, {away} miles away",
        f"30 {ONLINE}",
        "121 within 50 miles if you leave out all filters",
    ]
    assert "ask them for a community physiotherapist" in page.one("*", class_="nothing").text
    assert_true(client, page)
    afar, *links = offered(page).values()
    there = follow(client, afar)
    assert heading(there) == (
        "1 physiotherapist who visits homes and can work with a hoist at any distance from LD7 1BL"
    )
    assert there.results[0][1] == "28.0"
    assert "Ask if they would come" in there.one("p", class_="notice").text
    assert set(follow(client, links[0]).slugs) == {"visits-without-0", "visits-without-1"}
    assert follow(client, links[1]).slugs == ["with-a-hoist-in-hereford"]

    make_physiotherapist(visits_from="SY7 8AA", visit_miles=15, hoist_at_home=True, slug="comes")
    with django_assert_max_num_queries(8):
        page = search(client, **asked)
    assert heading(page) == "1 physiotherapist visits homes at LD7 1BL and can work with a hoist"
    assert page.slugs == ["comes"]
    assert next(iter(offered(page))) == "3 if you leave out the hoist"
    assert f"30 {ONLINE}" in offered(page)


@pytest.mark.parametrize("people", [0, 1, 2, 650])
def test_eight_queries_at_most_whatever_is_offered(
    client: Client, people: int, django_assert_max_num_queries: Any
):
    make_the_marches()
    make_page("neck-pain", title="Neck pain")
    make_crowd(people, make_clinic("LD7 1DW"), gender="female")
    for names in ([], ["hoist"], ["home_visits", "hoist"], list(MORE)):
        for location in (KNIGHTON, LERWICK, "W1 9ZZ", "Newport", "BT1 5GS", "ZE2 9TJ"):
            with django_assert_max_num_queries(8):
                search(client, location=location, radius=1, **{name: MORE[name] for name in names})


def test_eight_queries_at_most_from_a_position_too(client: Client, django_assert_max_num_queries: Any):
    make_the_marches()
    with django_assert_max_num_queries(8):
        page = Page(client.get(SEARCH, {"lat": "52.345", "lng": "-3.050", "hoist": "on", "radius": "1"}))
    assert offered(page)
    assert_true(client, page)
    for href in offered(page).values():
        assert "lat=52.345&lng=-3.050" in urljoin(SEARCH, href)


def test_at_any_distance_the_form_and_the_heading_say_so(client: Client):
    make_crowd(25, make_clinic(LEEDS))
    far = make_physiotherapist((make_clinic(PENZANCE),))
    page = search(client, location=LEEDS, radius="any")
    assert heading(page) == "26 physiotherapists at any distance from LS1 4AP"
    assert page.one("option", selected="").attributes["value"] == "any"
    assert page.notices == ""
    second = follow(client, page.one("a", rel="next").attributes["href"])
    assert second.slugs[-1] == far.slug

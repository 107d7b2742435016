"""Where a search finds nobody or few, it offers what is near the wish, with how many that finds."""

import random
from datetime import date
from itertools import product
from typing import Any
from urllib.parse import parse_qsl, urljoin

import pytest
from django.test import Client

from directory.models import Clinic
from places.distance import great_circle_miles
from places.locate import locate
from tests.directory.crowd import make_crowd
from tests.directory.pages import SEARCH, Page, follow, search
from tests.factories import make_clinic, make_page, make_physiotherapist

pytestmark = pytest.mark.django_db

LEEDS, BRADFORD, YORK, LERWICK, PENZANCE = "LS1 4AP", "BD1 1HX", "YO1 7HH", "ZE1 0EN", "TR18 2GD"
ACCESS: dict[str, Any] = {"access_stated_on": date(2026, 1, 1), "steps": 0, "inside": "level", "door_cm": 90}
ONLINE = "see you online, wherever you are"


def offered(page: Page) -> dict[str, str]:
    """Text to address."""
    lists = page.all("*", aria_labelledby="near-the-wish")
    assert len(lists) <= 1
    return lists[0].links if lists else {}


def heading(page: Page) -> str:
    return page.one("h1").text


def miles_between(a: str, b: str) -> str:
    here, there = locate(a), locate(b)
    return f"{great_circle_miles(here.latitude, here.longitude, there.latitude, there.longitude):.1f}"


def everybody_found(client: Client, href: str) -> tuple[str, list[str], list[str]]:
    """The first word of the heading, and the slugs and the miles of all who are there, over all pages."""
    page = follow(client, href)
    word, results = heading(page).split()[0], page.results
    while following := page.all("a", rel="next"):
        page = follow(client, following[0].attributes["href"])
        results += page.results
    return word, [slug for slug, _ in results], [miles for _, miles in results]


def assert_true(client: Client, page: Page) -> None:
    """Every offer finds as many as it says, the nearest where it says, and somebody new or in another way."""
    assert len(offered(page)) <= 8
    for text, href in offered(page).items():
        word, slugs, miles = everybody_found(client, href)
        in_another_way = any(way in text for way in ("at home", "at a clinic", "online,"))
        assert set(slugs) - set(page.slugs) or (slugs and in_another_way), text
        assert len(slugs) == len(set(slugs))
        told = text.split()
        if "about" in told:
            assert miles[0] == told[told.index("about") + 1] + ".0", text
        elif told[0] == "The":
            assert miles[0] == told[told.index("is") + 1], text
        else:
            assert (word, len(slugs)) == (told[0], int(told[0])), text
            if "away" in told:
                assert miles[0] == told[told.index("away") - 2], text


@pytest.fixture
def york() -> None:
    """22 miles from Leeds: two women, of whom one is a neuro physiotherapist, and a man who visits Leeds."""
    neck = make_page("neck-pain", title="Neck pain").page
    clinic = make_clinic(YORK)
    make_physiotherapist((clinic,), gender="female", specialisms=["neuro"])
    make_physiotherapist((clinic,), gender="female")
    visitor = make_physiotherapist((clinic,), gender="male", visits_from=YORK, visit_miles=30)
    visitor.conditions_treated.set([neck])


@pytest.mark.parametrize(("location", "radius"), [(LEEDS, "1"), (LEEDS, "20"), (YORK, "1"), (LERWICK, "20")])
def test_every_offer_finds_as_many_as_it_says(client: Client, york: None, location: str, radius: str):
    names = ("neuro", "home_visits", "female", "condition")
    for ticked in product((False, True), repeat=4):
        filters = {
            name: "neck-pain" if name == "condition" else "on"
            for name, is_ticked in zip(names, ticked, strict=True)
            if is_ticked
        }
        page = search(client, location=location, radius=radius, **filters)
        assert bool(offered(page)) == (len(page.results) < 3)
        assert_true(client, page)


MORE = {
    "neuro": "on",
    "female": "on",
    "home_visits": "on",
    "wheelchair": "on",
    "hoist": "on",
    "online": "on",
    "evenings": "on",
    "weekends": "on",
    "language": "pol",
    "insurer": "bupa",
    "price": "50",
    "condition": "neck-pain",
}


def make_a_country(seed: int) -> None:
    """Forty people of every kind in five places, half of whom offer any one thing."""
    pick = random.Random(seed)
    neck = make_page("neck-pain", title="Neck pain").page
    clinics = [
        make_clinic(postcode, hoist=pick.random() < 0.5, **(ACCESS | {"steps": pick.choice([0, 3])}))
        for postcode in (LEEDS, BRADFORD, YORK, YORK, PENZANCE, "SY1 2BU", "LD1 5DB")
    ]
    for _ in range(40):
        visits: dict[str, Any] = {
            "visits_from": pick.choice(clinics).postcode,
            "visit_miles": pick.choice([5, 30]),
        }
        person = make_physiotherapist(
            tuple(pick.sample(clinics, pick.choice([1, 1, 2]))),
            gender=pick.choice(["female", "male"]),
            specialisms=pick.choice([["neuro"], []]),
            hoist_at_home=pick.random() < 0.5,
            online=pick.random() < 0.5,
            evenings=pick.random() < 0.5,
            weekends=pick.random() < 0.5,
            languages=pick.choice([["eng"], ["eng", "pol"]]),
            insurers=pick.choice([[], ["bupa"]]),
            fee_first=pick.choice([45, 65]),
            **(visits if pick.random() < 0.5 else {}),
        )
        if pick.random() < 0.5:
            person.conditions_treated.set([neck])


@pytest.mark.parametrize("seed", range(2))
def test_every_offer_finds_as_many_as_it_says_with_any_of_the_filters(client: Client, seed: int):
    make_a_country(seed)
    pick = random.Random(seed)
    asked = offers = 0
    for _ in range(15):
        names = pick.sample(sorted(MORE), pick.choice([0, 1, 2, 3, 5, 8, 12]))
        location = pick.choice([LEEDS, "LD7 1BL", LERWICK, "Penzance", "SY1"])
        page = search(
            client,
            location=location,
            radius=pick.choice(["1", "5", "10", "50", "any"]),
            **{name: MORE[name] for name in names},
        )
        assert_true(client, page)
        # There are people of every kind, and nobody is left with nothing.
        assert offered(page) or len(page.results) >= 3
        asked += len(page.results) < 3
        offers += len(offered(page))
    assert asked > 5
    assert offers > 2 * asked


@pytest.fixture
def leeds() -> dict[str, Clinic]:
    """Of the issue: none within 5 miles, two within 10, one who visits, and men."""
    far, near = make_clinic(BRADFORD), make_clinic(LEEDS)
    for _ in range(2):
        make_physiotherapist((far,), gender="female", specialisms=["neuro"])
    make_physiotherapist(visits_from=YORK, visit_miles=25, gender="female", specialisms=["neuro"])
    for _ in range(6):
        make_physiotherapist((near,), gender="male", specialisms=["neuro"])
    return {"far": far, "near": near}


def test_what_is_offered_near_a_narrow_wish(client: Client, leeds: dict[str, Clinic]):
    page = search(client, location=LEEDS, radius=5, female="on", neuro="on")
    assert heading(page) == "No female neuro physiotherapists within 5 miles of LS1 4AP"
    assert page.one("h2", id="near-the-wish").text == "Near what you asked for"
    assert list(offered(page)) == [
        f"2 within 10 miles, the nearest {miles_between(LEEDS, BRADFORD)} miles away",
        "1 visits you at home",
        "6 if you include men",
    ]
    assert_true(client, page)


@pytest.mark.parametrize(("there", "offers"), [(1, True), (2, True), (3, False), (4, False)])
def test_one_or_two_are_too_few_and_three_are_enough(
    client: Client, leeds: dict[str, Clinic], there: int, offers: bool
):
    for _ in range(there):
        make_physiotherapist((leeds["near"],), gender="female", specialisms=["neuro"])
    page = search(client, location=LEEDS, radius=5, female="on", neuro="on")
    assert len(page.results) == there
    expected = [
        f"{there + 2} within 10 miles",
        "1 visits you at home",
        f"{there + 6} if you include men",
    ]
    assert list(offered(page)) == (expected if offers else [])
    assert bool(page.all("*", id="near-the-wish")) == offers


def test_what_finds_nobody_new_is_not_offered(client: Client, leeds: dict[str, Clinic]):
    make_physiotherapist((leeds["near"],), gender="female", specialisms=["neuro"], evenings=True)
    page = search(client, location=LEEDS, radius=10, female="on", neuro="on", evenings="on")
    assert heading(page).startswith("1 female neuro physiotherapist who works in the evening within 10")
    assert list(offered(page)) == [
        "3 if it need not be in the evening",
        "9 within 10 miles if you leave out all filters",
    ]


def test_the_next_wider_circle_with_somebody_and_the_next_with_enough(client: Client):
    make_physiotherapist((make_clinic(BRADFORD),))
    make_crowd(5, make_clinic(YORK))
    nearest = miles_between(LEEDS, BRADFORD)
    page = search(client, location=LEEDS, radius=1)
    assert list(offered(page)) == [f"1 within 10 miles, {nearest} miles away", "6 within 30 miles"]
    assert_true(client, page)


@pytest.mark.parametrize(
    ("parameters", "has", "text"),
    [
        ({"price": "50"}, {"fee_first": 90}, "1 at any price"),
        ({"evenings": "on"}, {}, "1 if it need not be in the evening"),
        ({"weekends": "on"}, {}, "1 if it need not be at a weekend"),
        ({"insurer": "bupa"}, {"insurers": ["aviva"]}, "1 if they need not take Bupa"),
        ({"language": "pol"}, {"languages": ["eng"]}, "1 if they need not speak Polish"),
        ({"condition": "neck-pain"}, {}, "1 if they need not list neck pain"),
        ({"female": "on"}, {"gender": "male"}, "1 if you include men"),
        ({"neuro": "on"}, {}, "1 if you include all kinds of physiotherapist"),
        ({"online": "on"}, {}, "1 if you leave out online appointments"),
        ({"hoist": "on"}, {}, "1 if you leave out the hoist"),
        ({"wheelchair": "on"}, {}, "1 if you leave out wheelchair access"),
    ],
    ids=str,
)
def test_each_filter_is_offered_to_be_left_out(
    client: Client, parameters: dict[str, str], has: dict[str, Any], text: str
):
    make_page("neck-pain", title="Neck pain")
    somebody = make_physiotherapist((make_clinic(LEEDS),), **has)
    page = search(client, location=LEEDS, radius=5, **parameters)
    assert page.results == []
    assert list(offered(page)) == [text]
    assert dict(parse_qsl(offered(page)[text][1:])) == {"location": LEEDS, "radius": "5"}
    assert follow(client, offered(page)[text]).slugs == [somebody.slug]


def test_all_filters_at_once_leave_eight_offers_at_most_and_the_way_out(client: Client):
    make_page("neck-pain", title="Neck pain")
    everything: dict[str, Any] = {
        "gender": "female",
        "specialisms": ["neuro"],
        "online": True,
        "evenings": True,
        "weekends": True,
        "languages": ["pol"],
        "insurers": ["bupa"],
        "fee_first": 40,
    }
    clinic = make_clinic(LEEDS, hoist=True, **ACCESS)
    make_crowd(30, make_clinic(LEEDS))
    # Eight, each of whom has all but one thing.
    for name, value in everything.items():
        make_physiotherapist((clinic,), **everything | {name: 90 if name == "fee_first" else type(value)()})
    asked = MORE | {"location": LEEDS, "radius": "1"}
    del asked["home_visits"], asked["condition"]
    page = search(client, **asked)
    assert page.results == []
    # Wishes before needs.
    assert list(offered(page)) == [
        "1 at any price",
        "1 if it need not be in the evening",
        "1 if it need not be at a weekend",
        "1 if they need not take Bupa",
        "1 if they need not speak Polish",
        "1 if you include men",
        "1 if you include all kinds of physiotherapist",
        "38 within 1 mile if you leave out all filters",
    ]
    last = offered(page)["38 within 1 mile if you leave out all filters"]
    assert dict(parse_qsl(last[1:])) == {"location": LEEDS, "radius": "1"}
    assert_true(client, page)

    page = search(client, **MORE, location=LEEDS, radius="1")
    assert list(offered(page)) == ["38 within 1 mile if you leave out all filters"]
    assert_true(client, page)


def test_instead_of_home_visits_a_clinic_is_offered(client: Client, york: None):
    page = search(client, location=YORK, radius=1, home_visits="on", female="on")
    assert list(offered(page)) == [
        "1 if you include men",
        "2 at a clinic within 1 mile, the nearest 0.0 miles away",
        "3 within 1 mile if you leave out all filters",
    ]
    assert "home_visits" not in offered(page)["2 at a clinic within 1 mile, the nearest 0.0 miles away"]
    assert_true(client, page)


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


def test_two_things_are_changed_at_once_where_no_one_change_finds_enough(client: Client):
    make_crowd(5, make_clinic(YORK), specialisms=["neuro"])
    make_crowd(9, make_clinic(YORK))
    make_physiotherapist((make_clinic(YORK),), specialisms=["neuro"], languages=["pol"], gender="male")
    page = search(client, location=LEEDS, radius=3, neuro="on", female="on", language="pol")
    assert list(offered(page)) == [
        "1 within 50 miles if you include men",
        "15 within 50 miles if you leave out all filters",
    ]
    assert_true(client, page)
    page = search(client, location=LEEDS, radius=3, neuro="on", language="pol")
    assert list(offered(page)) == [
        f"1 within 30 miles, {miles_between(LEEDS, YORK)} miles away",
        "6 within 50 miles if they need not speak Polish",
        "15 within 50 miles if you leave out all filters",
    ]
    assert_true(client, page)


def test_an_offer_keeps_everything_else_and_begins_at_the_first_page(client: Client):
    make_physiotherapist((make_clinic(YORK),), gender="female")
    response = client.get(
        "/physiotherapists/",
        {"location": "ls1 4ap", "radius": "1", "female": "on", "from": "a leaflet", "page": "3"},
    )
    assert response.status_code == 404
    href = offered(Page(response))[f"1 within 30 miles, {miles_between(LEEDS, YORK)} miles away"]
    assert href == "?location=ls1+4ap&female=on&from=a+leaflet&radius=30"


def test_a_page_beyond_the_end_leads_to_the_first_and_offers_nothing_else(client: Client, york: None):
    response = client.get("/physiotherapists/", {"location": YORK, "neuro": "on", "page": "2"})
    assert response.status_code == 404
    assert offered(Page(response)) == {}
    assert "Go to the first page" in Page(response).links


def test_a_crowd_is_offered_without_an_exact_number(client: Client):
    make_crowd(610, make_clinic(YORK))
    page = search(client, location=YORK, neuro="on")
    offer = "Over 200 if you include all kinds of physiotherapist"
    assert list(offered(page)) == [offer]
    assert heading(follow(client, offered(page)[offer])).startswith("Over 200 physiotherapists")


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

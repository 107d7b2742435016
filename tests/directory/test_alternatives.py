"""Where a search finds nobody or few, it offers what is near the wish, with how many that finds."""

import random
from itertools import product
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.test import Client

from directory.models import Clinic
from tests.directory.crowd import make_crowd
from tests.directory.offers import (
    ACCESS,
    BRADFORD,
    LEEDS,
    LERWICK,
    MORE,
    PENZANCE,
    YORK,
    assert_true,
    heading,
    miles_between,
    offered,
)
from tests.directory.pages import Page, follow, search
from tests.factories import make_clinic, make_page, make_physiotherapist

pytestmark = pytest.mark.django_db


@pytest.fixture
def york() -> None:
    """22 miles from Leeds: two women, of whom one is a neuro physiotherapist, and a man who visits Leeds."""
    neck = make_page("neck-pain", title="Neck pain").page
    clinic = make_clinic(YORK)
    make_physiotherapist((clinic,), gender="female", specialisms=["neuro"])
    make_physiotherapist((clinic,), gender="female")
    visitor = make_physiotherapist((clinic,), gender="male", visits_from=YORK, visit_miles=30)
    visitor.conditions_treated.set([neck])


@pytest.mark.parametrize(("location", "radius"), [(LEEDS, "20"), (LERWICK, "20")])
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


def test_every_offer_finds_as_many_as_it_says_with_any_of_the_filters(client: Client):
    make_a_country(seed=0)
    pick = random.Random(0)
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

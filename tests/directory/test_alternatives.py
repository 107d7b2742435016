"""Where a search finds nobody, it offers what is near the wish, with how many that finds."""

from itertools import product

import pytest
from django.test import Client

from tests.directory.crowd import make_crowd
from tests.directory.pages import Page, follow, search
from tests.factories import make_clinic, make_page, make_physiotherapist

pytestmark = pytest.mark.django_db

LEEDS, YORK, LERWICK = "LS1 4AP", "YO1 7HH", "ZE1 0EN"


def offered(page: Page) -> dict[str, str]:
    return page.one("*", aria_labelledby="near-the-wish").links


def found_by(client: Client, href: str) -> tuple[str, int]:
    """The first word of the heading, and how many are really there, over all pages."""
    page = follow(client, href)
    word, number = page.one("h1").text.split()[0], len(page.results)
    while following := page.all("a", rel="next"):
        page = follow(client, following[0].attributes["href"])
        number += len(page.results)
    return word, number


@pytest.fixture
def york() -> None:
    """22 miles from Leeds: two women, of whom one is a neuro physiotherapist, and a man who visits Leeds."""
    neck = make_page("neck-pain", title="Neck pain").page
    clinic = make_clinic(YORK)
    make_physiotherapist((clinic,), gender="female", specialisms=["neuro"])
    make_physiotherapist((clinic,), gender="female")
    visitor = make_physiotherapist((clinic,), gender="male", visits_from=YORK, visit_miles=30)
    visitor.conditions_treated.set([neck])


@pytest.mark.parametrize("radius", ["1", "20"])
@pytest.mark.parametrize(
    "ticked",
    [list(ticked) for ticked in product((False, True), repeat=4)],
    ids=lambda t: "".join(map(str, map(int, t))),
)
@pytest.mark.parametrize("location", [LEEDS, YORK])
def test_every_offer_finds_as_many_as_it_says(
    client: Client, york: None, location: str, ticked: list[bool], radius: str
):
    names = ("neuro", "home_visits", "female", "condition")
    filters = {
        name: "neck-pain" if name == "condition" else "on"
        for name, is_ticked in zip(names, ticked, strict=True)
        if is_ticked
    }
    page = search(client, location=location, radius=radius, **filters)
    if page.results:
        assert not page.all("*", class_="nothing")
        return
    for text, href in (offered(page) if page.all("*", id="near-the-wish") else {}).items():
        number = int(text.split()[0])
        assert number > 0
        assert found_by(client, href) == (str(number), number), text


def test_what_is_offered_near_a_narrow_wish(client: Client, york: None):
    page = search(client, location=LEEDS, radius=3)
    assert list(offered(page)) == [
        "3 physiotherapists within 50 miles",
        "1 physiotherapist who visits homes there",
    ]


def test_each_filter_is_offered_to_be_left_out(client: Client, york: None):
    page = search(client, location=YORK, radius=3, neuro="on", female="on", condition="neck-pain")
    assert list(offered(page)) == ["1 female neuro physiotherapist if they need not list neck pain"]
    page = search(client, location=YORK, radius=3, neuro="on", condition="neck-pain")
    assert list(offered(page)) == [
        "1 physiotherapist of any kind, not only neuro physiotherapists",
        "1 neuro physiotherapist if they need not list neck pain",
    ]
    page = search(client, location=YORK, radius=3, female="on", condition="neck-pain")
    assert list(offered(page)) == [
        "1 physiotherapist if you include everybody",
        "2 female physiotherapists if they need not list neck pain",
    ]


def test_instead_of_home_visits_a_clinic_is_offered(client: Client, york: None):
    page = search(client, location=YORK, radius=1, home_visits="on", female="on")
    assert list(offered(page)) == [
        "2 female physiotherapists at a clinic within 1 mile",
        "1 physiotherapist if you include everybody",
    ]
    _, href = next(iter(offered(page).items()))
    assert "home_visits" not in href


def test_an_offer_keeps_everything_else_and_begins_at_the_first_page(client: Client):
    make_physiotherapist((make_clinic(YORK),), gender="female")
    response = client.get(
        "/physiotherapists/",
        {"location": "ls1 4ap", "radius": "1", "female": "on", "from": "a leaflet", "page": "3"},
    )
    assert response.status_code == 404
    href = offered(Page(response))["1 female physiotherapist within 50 miles"]
    assert href == "?location=ls1+4ap&female=on&from=a+leaflet&radius=50"


def test_a_crowd_is_offered_without_an_exact_number(client: Client):
    make_crowd(610, make_clinic(YORK))
    page = search(client, location=YORK, neuro="on")
    offer = "Over 200 physiotherapists of any kind, not only neuro physiotherapists"
    assert list(offered(page)) == [offer]
    assert follow(client, offered(page)[offer]).one("h1").text.startswith("Over 200 physiotherapists")


def test_where_there_is_nobody_at_all_the_page_says_what_else_to_do(client: Client):
    make_physiotherapist((make_clinic(LEEDS),))
    page = search(client, location=LERWICK, radius=50)
    text = page.one("*", class_="nothing").text
    assert "Nobody is listed near there." in text
    assert "your GP practice" in text
    assert not page.all("*", id="near-the-wish")

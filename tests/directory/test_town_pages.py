"""What the page of a town says and shows, and how readers get there."""

import random
from decimal import Decimal

import pytest

from directory import town_pages
from directory.nearest import Wish, nearest
from directory.town_pages import towns_by_address
from physiosite import lost
from places.towns import town_index
from tests.directory.crowd import make_crowd
from tests.directory.pages import search
from tests.directory.towns import LEEDS, LEEDS_PAGE, clinic_north_of, lead, page, people_at, status
from tests.factories import make_physiotherapist

# --- What a page says ---


def test_facts_that_are_known_are_said(client, db):
    near, far = clinic_north_of(LEEDS, 1.23), clinic_north_of(LEEDS, 7)
    make_physiotherapist((near,), fee_first=Decimal(50), visits_from="LS1 4AP")
    make_physiotherapist((near,), fee_first=Decimal("62.50"))
    make_physiotherapist((far,), fee_first=Decimal(90), specialisms=["neuro"], visits_from="LS2 7EW")
    assert lead(client) == (
        "3 physiotherapists are listed within 10 miles of Leeds, and 2 visit homes there."
        " The nearest neuro physiotherapist is 7.0 miles away."
        " The middle fee for a first appointment is £62.50 (the median of 3 known fees)."
    )


def test_what_is_not_known_is_not_said(client, db):
    people_at(LEEDS, 3)
    assert lead(client) == (
        "3 physiotherapists are listed within 10 miles of Leeds. Nobody listed visits homes there."
    )


def test_two_fees_are_too_few_for_a_middle_one(client, db):
    people_at(LEEDS, 2, fee_first=Decimal(60))
    people_at(LEEDS, 2)
    assert "fee" not in lead(client)
    people_at(LEEDS, 1, fee_first=Decimal(0))
    assert "is £60 (the median of 3 known fees)" in lead(client)


def test_middle_of_an_even_number_of_fees_lies_between_two(client, db):
    for fee in (40, 55, 60, 90):
        people_at(LEEDS, 1, fee_first=Decimal(fee))
    assert "is £57.50 (the median of 4 known fees)" in lead(client)


@pytest.mark.parametrize(
    ("miles", "told", "radius"),
    [(0.96, "1.0 mile away", 1), (9, "9.0 miles away", 10), (30.4, "30.4 miles away", 50)],
)
def test_nearest_neuro_physiotherapist_is_told_and_found_by_the_link(client, db, miles, told, radius):
    people_at(LEEDS, 3, miles=0.5)
    person = people_at(LEEDS, 1, miles=miles, specialisms=["neuro"])[0]
    assert told in lead(client)
    [link] = page(client).one("p", class_="lead").links
    assert link == f"/physiotherapists/?location=Leeds&neuro=on&radius={radius}"
    assert search(client, location="Leeds", neuro="on", radius=radius).slugs == [person.slug]


def test_neuro_physiotherapist_at_the_other_end_of_the_country_is_not_near(client, db):
    people_at(LEEDS)
    people_at(LEEDS, 1, miles=51, specialisms=["neuro"])
    assert "neuro" not in lead(client)


def test_who_visits_is_who_a_search_for_visits_finds(client, db):
    people_at(LEEDS)
    make_physiotherapist(visits_from="HG1 1AA", visit_miles=20)
    make_physiotherapist(visits_from="HG1 1AA", visit_miles=2)
    assert "and 1 visits homes there." in lead(client)
    assert (
        search(client, location="Leeds", home_visits="on")
        .one("h1")
        .text.startswith("1 physiotherapist visits")
    )


def test_of_a_crowd_only_what_is_known_of_it_is_said(client, db):
    make_crowd(150, clinic_north_of(LEEDS, 9), fee_first=Decimal(10))
    make_crowd(150, clinic_north_of(LEEDS, 0.9), fee_first=Decimal(60))
    make_crowd(100, clinic_north_of(LEEDS, 2), fee_first=Decimal(70))
    make_crowd(600, clinic_north_of(LEEDS, 8), fee_first=Decimal(10))
    said = lead(client)
    assert said.startswith("Over 200 physiotherapists are listed within 10 miles of Leeds.")
    assert said.endswith("is £60 (the median of 200 known fees, of the 200 nearest people).")


def test_description_is_the_facts_and_the_title_the_place(client, db):
    people_at(towns_by_address()["newport-isle-of-wight"], specialisms=["neuro"], fee_first=Decimal(45))
    shown = page(client, "/physiotherapists/in/newport-isle-of-wight/")
    assert shown.one("head").one("title").children == [
        "Physiotherapists in Newport, Isle of Wight - The Physiotherapy Site"
    ]
    assert shown.one("meta", name="description")["content"] == (
        "Newport, Isle of Wight: 3 physiotherapists are listed within 10 miles of Newport."
        " Nobody listed visits homes there."
        " The nearest neuro physiotherapist is 1.0 mile away. The middle fee for a first appointment is £45."
    )
    assert (
        shown.one("nav", aria_label="Breadcrumb").text == "Home Find a physiotherapist Newport, Isle of Wight"
    )


# --- What it shows ---


def results(shown) -> list[tuple[str, str]]:
    listed = shown.one("ol", id="results").all("article", class_="result")
    return [(article["data-slug"], article["data-miles"]) for article in listed]


@pytest.mark.parametrize("number", [3, 20, 21, 230])
def test_list_is_the_first_page_of_the_whole_search_that_it_links_to(client, db, number):
    pick = random.Random(number)
    for _ in range(min(number, 25)):
        make_physiotherapist(
            tuple(clinic_north_of(LEEDS, pick.uniform(0, 9.9)) for _ in range(pick.randint(1, 3)))
        )
    if number > 25:
        make_crowd(number - 25, clinic_north_of(LEEDS, 0.4))
    shown = page(client)
    whole = search(client, location="Leeds")
    assert results(shown) == whole.results
    assert len(results(shown)) == min(number, 20)
    words = {
        3: "Search within 10 miles of Leeds, with filters",
        20: "Search within 10 miles of Leeds, with filters",
    }.get(number, "All physiotherapists within 10 miles of Leeds, with filters")
    assert shown.one("main").links["/physiotherapists/?location=Leeds"] == words
    heading = "Everybody within 10 miles" if number <= 20 else "The nearest 20"
    assert shown.one("h2", id="nearest").text == heading


def test_dense_city_shows_the_same_nearest_people_as_the_search(client, db):
    for miles in (0.5, 0.9, 2.5, 5):
        make_crowd(190, clinic_north_of(LEEDS, miles))
    found = nearest(Wish(LEEDS.latitude, LEEDS.longitude, 10))
    assert not found.is_exact
    assert results(page(client)) == search(client, location="Leeds").results


def test_town_is_filled_in_in_the_find_box(client, db):
    people_at(towns_by_address()["newport-isle-of-wight"])
    form = (
        page(client, "/physiotherapists/in/newport-isle-of-wight/").one("main").one("div", class_="find-box")
    )
    assert form.one("input", name="location")["value"] == "Newport, Isle of Wight"
    assert {field["name"] for field in form.all("input", type="checkbox")} == {
        "neuro",
        "home_visits",
        "female",
    }


def test_neighbours_are_near_and_have_a_page(client, db):
    people_at(LEEDS)
    people_at(town_index().by_slug["wakefield"])
    people_at(town_index().by_slug["sheffield"])
    people_at(town_index().by_slug["kingston-upon-hull"])
    shown = page(client).one("section", aria_labelledby="neighbours")
    assert "Wakefield" in shown.links.values()
    assert "Bradford" in shown.links.values()
    assert not {"Leeds", "Sheffield", "Kingston upon Hull", "York"} & set(shown.links.values())
    assert len(shown.links) == 12
    for address in shown.links:
        assert status(client, address) == 200, address


def test_lonely_town_has_no_neighbours(client, db, monkeypatch):
    people_at(LEEDS)
    monkeypatch.setattr(town_pages, "has_page", lambda towns: [])
    assert page(client).all("section", aria_labelledby="neighbours") == []


def test_other_places_of_that_name_are_offered(client, db):
    by_address = towns_by_address()
    people_at(by_address["newport-wales"])
    people_at(by_address["newport-essex"])
    shown = page(client, "/physiotherapists/in/newport-wales/").one("ul", aria_labelledby="namesakes")
    assert shown.links == {"/physiotherapists/in/newport-essex/": "Newport, Essex"}
    assert page(client, "/physiotherapists/in/newport-essex/").all("ul", aria_labelledby="namesakes")
    people_at(LEEDS)
    assert page(client).all("ul", aria_labelledby="namesakes") == []


def test_page_is_for_search_engines_under_one_address(client, db, settings):
    people_at(LEEDS)
    shown = page(client, LEEDS_PAGE + "?from=somewhere")
    assert shown.one("link", rel="canonical")["href"] == "http://testserver" + LEEDS_PAGE
    assert shown.all("meta", name="robots") == []
    settings.SITE_URL = "https://www.example.org"
    assert page(client).one("link", rel="canonical")["href"] == "https://www.example.org" + LEEDS_PAGE


def test_page_with_invented_people_says_so_and_is_for_nobodys_index(client, db):
    people_at(LEEDS)
    people_at(LEEDS, 1, sample=True)
    shown = page(client)
    assert "invented" in shown.one("aside", class_="sample-banner").text
    assert shown.one("meta", name="robots")["content"] == "noindex"


# --- How fast, and how to get there ---


def crowd_in_the_middle():
    make_crowd(700, clinic_north_of(LEEDS, 0.5))


def crowd_far_off():
    people_at(LEEDS, 2, miles=2)
    make_crowd(700, clinic_north_of(LEEDS, 9.5))


def crowd_without_neuro():
    crowd_far_off()
    people_at(LEEDS, 1, miles=40, specialisms=["neuro"], visits_from="LS1 4AP")


def three_people():
    people_at(LEEDS)


@pytest.mark.parametrize("who", [three_people, crowd_in_the_middle, crowd_far_off, crowd_without_neuro])
def test_page_takes_few_queries_whatever_is_found(client, db, who, django_assert_max_num_queries):
    who()
    with django_assert_max_num_queries(8):
        assert status(client) == 200


def test_no_page_takes_few_queries_but_for_the_search(client, db, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(lost, "search", lambda words: None)
    with django_assert_max_num_queries(3):
        assert status(client) == 404


def test_largest_towns_are_offered_before_a_search_is_made(client, db):
    assert page(client, "/physiotherapists/").all("nav", class_="town-links") == []
    people_at(town_index().by_slug["sheffield"])
    people_at(LEEDS)
    offered = page(client, "/physiotherapists/").one("nav", class_="town-links")
    assert list(offered.links.items())[:2] == [
        ("/physiotherapists/in/sheffield/", "Sheffield"),
        (LEEDS_PAGE, "Leeds"),
    ]
    assert 3 <= len(offered.links) <= 24
    for address in offered.links:
        assert status(client, address) == 200, address
    assert page(client, "/physiotherapists/?location=Leeds").all("nav", class_="town-links") == []

"""The place that goes along in the address: never more of it than an outward code or a town."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from directory.models import Physiotherapist
from directory.near import read_near
from tests.directory.pages import SEARCH, Page, follow, search
from tests.factories import make_clinic, make_draft, make_page, make_physiotherapist

pytestmark = pytest.mark.django_db

NECK = "/conditions/neck-pain/"


@pytest.fixture
def neck():
    return make_page("neck-pain", title="Neck pain").page


def treats_neck(neck, number: int, postcode: str = "LS1 4AP", **values) -> list[Physiotherapist]:
    people = [make_physiotherapist((make_clinic(postcode),), **values) for _ in range(number)]
    for person in people:
        person.conditions_treated.add(neck)
    return people


def told(client: Client, near: str) -> str:
    """What the condition page says about people near a place."""
    response = client.get(NECK, {"near": near})
    assert response.status_code == 200
    notices = [p.text for p in Page(response).all("p", class_="notice")]
    return " ".join(text for text in notices if "physiotherapist" in text)


# --- The condition page ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "1 physiotherapist near LS1 treats this (within 10 miles)."),
        (3, "3 physiotherapists near LS1 treat this (within 10 miles)."),
    ],
)
def test_the_condition_page_says_how_many_near_a_place_treat_it(client: Client, neck, number, words):
    treats_neck(neck, number)
    treats_neck(neck, 1, "YO1 7HH")
    treats_neck(neck, 1, listed=False)
    make_physiotherapist((make_clinic("LS1 4AP"),))
    assert told(client, "LS1") == words


def test_its_link_leads_to_just_those_people(client: Client, neck):
    people = treats_neck(neck, 3)
    make_physiotherapist((make_clinic("LS1 4AP"),))
    page = Page(client.get(NECK, {"near": "LS1"}))
    found = follow(client, page.links["3 physiotherapists near LS1 treat this"])
    assert sorted(found.slugs) == sorted(person.slug for person in people)
    assert found.one("h1").text == "3 physiotherapists who treat neck pain within 10 miles of LS1"


def test_where_nobody_treats_it_the_page_still_leads_on(client: Client, neck):
    make_physiotherapist((make_clinic("LS1 4AP"),))
    page = Page(client.get(NECK, {"near": "LS1"}))
    assert "No physiotherapist within 10 miles of LS1 says that they treat this." in page.one("main").text
    assert follow(client, page.links["See who is near"]).one("h1").text.startswith("No physiotherapists who")


@pytest.mark.parametrize(
    ("near", "name"),
    [
        ("LS1", "LS1"),
        ("ls1", "LS1"),
        ("Leeds", "Leeds"),
        ("Newport, Isle of Wight", "Newport, Isle of Wight"),
        ("W1", "W1"),
        ("BT1", "BT1"),
        # Never made by us. Only the first part is used and shown.
        ("LS2 7UE", "LS2"),
        ("LS2 7", "LS2"),
    ],
)
def test_places_are_named_in_our_words_and_never_exactly(client: Client, neck, near: str, name: str):
    assert f" of {name} says" in told(client, near)
    response = client.get(NECK, {"near": near})
    assert "LS2 7" not in response.content.decode()


def test_a_full_postcode_counts_from_the_middle_of_its_outward_code():
    requests = [RequestFactory().get("/", {"near": near}) for near in ("LS2 7UE", "LS2 7", "LS2")]
    exact, sector, outward = map(read_near, requests)
    assert exact == sector == outward is not None


@pytest.mark.parametrize(
    "near",
    ["", " ", "xyzzy", "<script>alert(1)</script>", "A" * 5000, "\x00", "L\x00", "999", "%", "\ud7ff", "LS"],
)
def test_nonsense_shows_nothing(client: Client, neck, near: str):
    treats_neck(neck, 1)
    for address in (NECK, make_physiotherapist().get_absolute_url()):
        response = client.get(address, {"near": near})
        assert response.status_code == 200
        text = Page(response).one("main").text
        assert " near " not in text.replace("None near by", "")
        assert "alert(1)" not in response.content.decode()


def test_several_places_or_none_fail_nothing(client: Client, neck):
    treats_neck(neck, 1)
    assert client.get(f"{NECK}?near=xyzzy&near=LS1").status_code == 200
    assert "near LS1" not in Page(client.get(NECK)).one("main").text


def test_the_place_box_already_holds_the_place(client: Client, neck):
    boxes = Page(client.get(NECK, {"near": "Leeds"})).all("input", name="location")
    assert {box.attributes["value"] for box in boxes} == {"Leeds"}
    boxes = Page(client.get(NECK)).all("input", name="location")
    assert {box.attributes["value"] for box in boxes} == {""}


def test_the_place_costs_a_condition_page_few_queries(client: Client, neck, django_assert_max_num_queries):
    treats_neck(neck, 5)
    with CaptureQueriesContext(connection) as plain:
        client.get(NECK)
    with django_assert_max_num_queries(len(plain) + 2):
        client.get(NECK, {"near": "LS1"})


def test_a_treatment_page_says_nothing_of_people(client: Client):
    make_page("massage", kind="treatment", areas=())
    page = Page(client.get("/treatments/massage/?near=LS1"))
    assert "near LS1" not in page.one("main").text


def test_a_preview_shows_no_numbers_and_fails_nothing(admin_client: Client):
    version = make_draft("neck-pain")
    response = admin_client.get(f"/admin/conditions/version/{version.pk}/preview/?near=LS1")
    assert response.status_code in {200, 302}


# --- One page, one address ------------------------------------------------------------------------


def canonical(page: Page) -> list[str]:
    return [link.attributes["href"] for link in page.all("link", rel="canonical")]


@pytest.mark.parametrize("near", ["LS1", "xyzzy", ""])
def test_a_page_with_a_place_names_its_plain_address_to_search_engines(client: Client, neck, near: str):
    person = make_physiotherapist(slug="ada")
    for address in (NECK, person.get_absolute_url()):
        assert canonical(Page(client.get(address, {"near": near}))) == [f"http://testserver{address}"]


# --- Where the place comes from -------------------------------------------------------------------


def nears(page: Page, path: str) -> set[str]:
    """The places that the links to a path take along."""
    links = [urlsplit(href) for href in page.one("main").links.values()]
    return {parse_qs(link.query).get("near", [""])[0] for link in links if link.path == path}


@pytest.mark.parametrize(
    ("location", "near"),
    [
        ("LS1 4AP", "LS1"),
        ("LS1 4", "LS1"),
        ("ls1", "LS1"),
        ("Leeds", "Leeds"),
    ],
)
def test_results_take_an_outward_code_or_a_town_along(client: Client, neck, location: str, near: str):
    treats_neck(neck, 1, slug="ada")
    page = search(client, location=location, condition="neck-pain")
    assert nears(page, "/physiotherapists/ada/") == {near}
    assert nears(page, NECK) == {near}
    assert page.one("input", name="near").attributes["value"] == near


def test_results_near_a_position_take_the_nearest_outward_code_along(client: Client, neck):
    treats_neck(neck, 1, slug="ada")
    page = search(client, lat="53.796", lng="-1.548", location="")
    assert nears(page, "/physiotherapists/ada/") == {"LS1"}


def test_from_results_by_way_of_a_profile_to_the_condition_page(client: Client, neck):
    treats_neck(neck, 2)
    page = search(client, location="LS1 4AP")
    person = next(href for name, href in page.links.items() if name.startswith("View profile"))
    page = follow(client, person)
    assert page.links["More physiotherapists near LS1"] == f"{SEARCH}?location=LS1"
    page = follow(client, page.links["Neck pain"])
    assert "2 physiotherapists near LS1 treat this" in page.links


def test_no_link_has_a_place_where_none_is_known(client: Client, neck):
    person = treats_neck(neck, 1)[0]
    page = Page(client.get(person.get_absolute_url()))
    assert page.links["Neck pain"] == NECK
    assert "near=" not in page.html

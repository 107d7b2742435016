"""A search from the position that a browser told: ``lat`` and ``lng`` in the address, and in no log."""

import logging
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory import views
from tests.directory.crowd import make_crowd
from tests.directory.pages import SEARCH, Page, follow
from tests.factories import make_clinic, make_physiotherapist

pytestmark = pytest.mark.django_db

LEEDS = "LS1 4AP"
HERE = "lat=53.797&lng=-1.550"
EXAMPLE = "Type a postcode such as LS1 4AP, the first part of one such as LS1, or a town such as Leeds."
UNREADABLE = f"We could not read your position. {EXAMPLE}"
ABROAD = f"Your position is outside the United Kingdom, where we list people. {EXAMPLE}"
LONG = "1" * 10_000


@pytest.fixture(autouse=True)
def somebody() -> None:
    make_physiotherapist((make_clinic(LEEDS),), slug="somebody")


def get(client: Client, query: str) -> Page:
    response = client.get(f"{SEARCH}?{query}")
    assert response.status_code == 200
    return Page(response)


def heading(page: Page) -> str:
    return page.one("h1").text


def query_of(href: str) -> dict[str, list[str]]:
    return parse_qs(href.partition("?")[2], keep_blank_values=True)


def test_a_position_is_searched_from(client: Client):
    page = get(client, HERE)
    assert heading(page) == "1 physiotherapist within 10 miles of your position"
    assert page.slugs == ["somebody"]
    assert page.one("meta", name="robots").attributes["content"] == "noindex"
    assert page.one("input", name="location").attributes["value"] == ""
    assert "We are using your position." in page.one("*", id="search-hint").text
    assert not page.all("*", class_="error-summary")


def test_filters_on_such_a_page_keep_the_position(client: Client):
    page = get(client, "lat=53.79712345&lng=-1.54987654&female=on")
    assert page.one("input", name="lat").attributes == {"type": "hidden", "name": "lat", "value": "53.797"}
    assert page.one("input", name="lng").attributes == {"type": "hidden", "name": "lng", "value": "-1.550"}
    # As the form sends it: with its empty box.
    assert heading(get(client, f"location=&{HERE}&radius=1")).startswith("1 physiotherapist within 1 mile of")


def test_links_on_such_a_page_keep_the_position_and_no_more_of_it_than_three_decimals(client: Client):
    make_crowd(41, make_clinic(LEEDS))
    exact = "lat=53.79712345&lng=-1.54987654&location=&radius=5"
    first = get(client, exact)
    assert "53.7971" not in first.html
    assert "1.5498" not in first.html
    asked = {"lat": ["53.797"], "lng": ["-1.550"], "location": [""], "radius": ["5"]}
    following = first.one("a", rel="next").attributes["href"]
    assert query_of(following) == asked | {"page": ["2"]}
    second = follow(client, following)
    assert heading(second) == "42 physiotherapists within 5 miles of your position"
    assert query_of(second.one("a", rel="prev").attributes["href"]) == asked | {"page": ["1"]}
    beyond = Page(client.get(f"{SEARCH}?{exact}&page=9"))
    assert query_of(beyond.links["Go to the first page"]) == asked


def test_what_is_near_the_wish_keeps_the_position(client: Client):
    page = get(client, "lat=53.79712345&lng=-1.54987654&radius=5&neuro=on")
    offered = page.one("*", aria_labelledby="near-the-wish").links
    assert offered
    for href in offered.values():
        assert (query_of(href)["lat"], query_of(href)["lng"]) == (["53.797"], ["-1.550"])
        assert len(follow(client, href).results) == 1


@pytest.mark.parametrize("position", [HERE, "lat=53.79712345&lng=-1.54987654", "lat=nan&lng=1", "lat=999"])
def test_a_place_that_was_typed_wins_and_the_position_is_left_behind(client: Client, position: str):
    make_crowd(21, make_clinic("YO1 7HH"))
    page = get(client, f"{position}&location=York&radius=5")
    assert heading(page) == "21 physiotherapists within 5 miles of York"
    assert not page.all("input", name="lat")
    assert query_of(page.one("a", rel="next").attributes["href"]) == {
        "location": ["York"],
        "radius": ["5"],
        "page": ["2"],
    }


def test_a_typed_place_that_is_not_found_is_not_replaced_by_the_position(client: Client):
    page = get(client, f"{HERE}&location=Mancester")
    assert "We cannot find “Mancester”." in page.one("*", class_="error-summary").text
    assert page.one("input", name="location").attributes["value"] == "Mancester"
    assert query_of(page.links["Manchester"]) == {"location": ["Manchester"]}


def assert_asks_for_a_place(page: Page, message: str) -> None:
    assert list(page.one("*", class_="error-summary").links.items()) == [(message, "#search-location")]
    assert page.one("title").text.startswith("Error: ")
    assert page.one("meta", name="robots").attributes["content"] == "noindex"
    box = page.one("input", name="location")
    assert (box.attributes["value"].strip(), box.attributes["aria-invalid"]) == ("", "true")
    assert not page.all("input", name="lat")
    assert page.results == []


NUMBERS_THAT_ARE_NONE = {
    "999": "999",
    "more than half round the world": "180.001",
    "nan": "nan",
    "inf": "inf",
    "minus infinity": "-inf",
    "an exponent": "5e1",
    "a large exponent": "1e400",
    "a small exponent": "1e-400",
    "a comma": "53,797",
    "two points": "53.7.9",
    "degrees": "53.797°",
    "north": "53.797N",
    "hexadecimal": "0x35",
    "underscores": "5_3",
    "Arabic digits": "٥٣",
    "two minus signs": "--53",
    "only a minus": "-",
    "only a point": ".",
    "a word": "here",
    "a NUL": "53\x00",
    "a line break in it": "5\n3",
    "10,000 digits": LONG,
    "10,000 decimals": f"53.{LONG}",
    "a script": "<script>alert('x')</script>",
    "SQL": "53; DROP TABLE directory_searchpoint",
}


@pytest.mark.parametrize("text", NUMBERS_THAT_ARE_NONE.values(), ids=NUMBERS_THAT_ARE_NONE.keys())
@pytest.mark.parametrize(("name", "other"), [("lat", {"lng": "-1.55"}), ("lng", {"lat": "53.797"})])
def test_what_is_no_position_asks_for_a_place(client: Client, name: str, other: dict[str, str], text: str):
    for location in ({}, {"location": ""}, {"location": "  "}):
        response = client.get(SEARCH, {name: text} | other | location | {"neuro": "on"})
        assert response.status_code == 200
        page = Page(response)
        assert_asks_for_a_place(page, UNREADABLE)
        assert "checked" in page.one("input", name="neuro").attributes
        assert "<script>alert" not in page.html


def test_no_place_is_beyond_the_pole(client: Client):
    assert_asks_for_a_place(get(client, "lat=90.001&lng=-1.55"), UNREADABLE)


@pytest.mark.parametrize("query", ["lat=53.797", "lng=-1.55", "lat=53.797&lng=", "lat=%20&lng=-1.55"])
def test_half_a_position_asks_for_a_place(client: Client, query: str):
    assert_asks_for_a_place(get(client, query), UNREADABLE)
    assert_asks_for_a_place(get(client, f"{query}&location="), UNREADABLE)


@pytest.mark.parametrize("query", ["lat=&lng=", "lat=", "lng=%20"])
def test_an_empty_position_is_none(client: Client, query: str):
    page = get(client, query)
    assert heading(page) == "Find a physiotherapist"
    assert not page.all("*", class_="error-summary")
    assert heading(get(client, f"{query}&location=LS1+4AP")).endswith("of LS1 4AP")


@pytest.mark.parametrize(
    "query",
    [
        "lat=40.713&lng=-74.006",  # New York
        "lat=48.857&lng=2.352",  # Paris
        "lat=64.147&lng=-21.943",  # Reykjavik
        "lat=-53.797&lng=-1.55",
        "lat=0&lng=0",
        "lat=90&lng=180",
        "lat=-1.55&lng=53.797",  # turned round
    ],
)
def test_a_position_abroad_is_told_from_one_that_cannot_be_read(client: Client, query: str):
    assert_asks_for_a_place(get(client, query), ABROAD)


@pytest.mark.parametrize(
    "query",
    [
        "lat=50.200&lng=-6.100",  # between Land's End and Scilly
        "lat=54.500&lng=1.900",  # in the North Sea
        "lat=49.200&lng=-2.100",  # Jersey
        "lat=60.850&lng=-0.880",  # Unst
        "lat=57.810&lng=-8.570",  # St Kilda
        "lat=53&lng=-0.0001",
        "lat=054.5&lng=0",
        "lat=%2054.5%20&lng=1",
    ],
)
def test_islands_and_the_sea_off_the_coast_are_fine(client: Client, query: str):
    page = get(client, query)
    assert heading(page) == "No physiotherapists within 10 miles of your position"
    assert page.one("*", class_="nothing").text
    assert "-0.000" not in page.html


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("lat=999&lat=53.797&lng=-1.55&lng=-1.55", "1 physiotherapist within 10 miles of your position"),
        ("lat=53.797&lng=999&lng=-1.55", "1 physiotherapist within 10 miles of your position"),
        ("lat=53.797&lat=999&lng=-1.55", "Find a physiotherapist"),
        (f"{HERE}&{HERE}", "1 physiotherapist within 10 miles of your position"),
    ],
)
def test_of_a_position_twice_the_last_counts_as_everywhere(client: Client, query: str, expected: str):
    assert heading(get(client, query)) == expected


NUMBERS = st.one_of(
    st.floats().map(str),
    st.floats(49, 61).map(str),
    st.decimals(-9, 2, places=3).map(str),
    st.integers().map(str),
    st.text(max_size=20),
    st.sampled_from(["", " ", "nan", "inf", "1e400", "53.797", "-1.55", "-0", "5.", ".5", "53\x00"]),
)


@settings(max_examples=75, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    parameters=st.lists(
        st.tuples(st.sampled_from(["lat", "lng"]), NUMBERS)
        | st.tuples(st.just("location"), st.sampled_from(["", " ", "York", "xyzzyq"])),
        max_size=5,
    )
)
def test_whatever_the_position_says_the_page_says_what_to_do_next(
    client: Client, parameters: list[tuple[str, str]]
):
    query = urlencode([(name, value.encode(errors="surrogatepass")) for name, value in parameters])
    page = get(client, query)
    ways_on = [page.results, page.all("*", class_="nothing"), page.all("*", class_="error-summary")]
    assert any(ways_on) or heading(page) == "Find a physiotherapist"
    # No link and no field has more of it than three decimals.
    for href in page.links.values():
        for name in ("lat", "lng"):
            for value in query_of(href).get(name, []):
                assert len(value.partition(".")[2]) == 3


@pytest.mark.parametrize("query", [HERE, "lat=54.500&lng=1.900", "lat=999&lng=1"])
def test_eight_queries_at_most_and_no_cookie(client: Client, query: str, django_assert_max_num_queries: Any):
    with django_assert_max_num_queries(8):
        response = client.get(f"{SEARCH}?{query}&neuro=on&radius=1")
    assert not response.cookies


@pytest.mark.parametrize(
    "query", [f"{HERE}&page=9", "lat=999&lng=-1.55", "lat=40.713&lng=-74.006", f"{HERE}&radius=5"]
)
def test_no_position_reaches_a_log(client: Client, query: str, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    client.get(f"{SEARCH}?{query}")
    logged = " ".join(record.getMessage() for record in caplog.records)
    assert not any(part in logged for part in ("53.7", "1.55", "999", "40.7", "74.0")), logged


@pytest.mark.parametrize("query", [HERE, "location=LS1+4AP"])
def test_no_position_and_no_place_is_in_the_log_of_a_fault(
    client: Client, query: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    def broken(*arguments: Any) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(views, "sentence", broken)
    client.raise_request_exception = False
    assert client.get(f"{SEARCH}?{query}").status_code == 500
    assert "a fault of ours" in caplog.text
    assert not any(part in caplog.text for part in ("53.79", "1.55", "LS1", "4AP")), caplog.text


@pytest.mark.parametrize("address", [SEARCH, "/", "/no-such-page/", f"{SEARCH}?{HERE}", f"{SEARCH}?lat=999"])
def test_the_button_stands_by_the_box_and_only_the_site_itself_may_ask(client: Client, address: str):
    response = client.get(address)
    button = Page(response).one("button", class_="near-me")
    assert (button.text, button.attributes["type"]) == ("Near me", "button")
    policy = dict(part.strip().split("=", 1) for part in response.headers["Permissions-Policy"].split(","))
    assert policy["geolocation"] == "(self)"

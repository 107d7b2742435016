"""Nothing that stands in an address breaks the search, and every page says what to do next."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from directory import nearest
from directory.forms import FILTERS
from directory.models import Physiotherapist
from tests.directory.crowd import make_crowd
from tests.directory.pages import SEARCH, Page, follow, search
from tests.factories import make_clinic, make_physiotherapist

pytestmark = pytest.mark.django_db

LEEDS = "LS1 4AP"
LONG = 10_000
EXAMPLE = "Type a postcode such as LS1 4AP, the first part of one such as LS1, or a town such as Leeds."
SCRIPT = "<script>alert('x')</script>"


@pytest.fixture(autouse=True)
def somebody() -> None:
    make_physiotherapist((make_clinic(LEEDS),), slug="somebody")
    make_physiotherapist((make_clinic(LEEDS),), slug="unlisted", listed=False)


def get(client: Client, query: str) -> Any:
    return client.get(f"{SEARCH}?{query}")


def said_next(response: Any) -> Page:
    """The page, which must be whole and tell the reader what to do next."""
    assert response.status_code in {200, 404}
    page = Page(response)
    page.one("h1")
    page.one("input", name="location")
    ways_on = (
        page.results,
        any(problem.links for problem in page.all("*", class_="error-summary")),
        [text for text in page.all("*", class_="nothing") if text.links or "Try another place" in text.text],
    )
    assert any(ways_on) or page.one("h1").text == "Find a physiotherapist"
    assert "<script>alert" not in page.html
    return page


NO_PLACE = {
    "empty": "",
    "only spaces": "   ",
    "only no-break spaces": "\u00a0\u2003\u3000",
    "only marks": " .,;:-",
    "a NUL": "\x00",
    "control characters": "\x01\x02\x1b\x7f\r\n\t",
    "only invisible characters": "\u200b\u200d\ufeff\u202e",
}
NOT_A_PLACE = {
    "10,000 letters": "a" * LONG,
    "10,000 characters that are each eighteen": "\ufdfa" * LONG,
    "10,000 marks above one letter": "e" + "\u0301" * LONG,
    "10,000 spaces in a word": f"x{' ' * LONG}x",
    "10,000 O and I": "OI" * (LONG // 2),
    "10,000 digits": "1" * LONG,
    "NUL in a word": "Le\x00eds",
    "emoji": "🦴🏥",
    "an emoji of several": "👩🏽‍⚕️",
    "right to left": "מנצסטר",
    "Arabic": "لندن",
    "turned round": "\u202eDNOL",
    "a script": SCRIPT,
    "an attribute": '" onfocus="alert(1)" autofocus="',
    "a template": "{{ 7 * 7 }}{% debug %}",
    "SQL": "'; DROP TABLE directory_physiotherapist; --",
    "SQL that is always true": "' OR '1'='1",
    "percent signs": "%s %(latitude)s %%",
    "a backslash": "\\x27",
    "percent signs of bytes": "%ED%A0%80%ff",
    "a path": "../../etc/passwd",
    "full-width": "\uff36",
}


@pytest.mark.parametrize("location", NO_PLACE.values(), ids=NO_PLACE.keys())
def test_no_place_at_all_asks_for_one(client: Client, location: str):
    page = said_next(client.get(SEARCH, {"location": location}))
    message = page.one("*", class_="error-summary").links
    assert list(message) == [f"Enter a postcode or town. {EXAMPLE}"]


@pytest.mark.parametrize("location", NOT_A_PLACE.values(), ids=NOT_A_PLACE.keys())
def test_what_is_no_place_gets_an_example_of_what_to_type(client: Client, location: str):
    page = said_next(client.get(SEARCH, {"location": location}))
    assert EXAMPLE in page.one("*", class_="error-summary").text
    assert page.all("title")[0].text.startswith("Error: ")
    assert page.results == []


@pytest.mark.parametrize(
    "location", [SCRIPT, "'; DROP TABLE x; --", "🦴", "{{ 7 * 7 }}", '"><i>x</i>', "מנצ"]
)
def test_what_was_typed_stays_in_the_box_as_it_was(client: Client, location: str):
    page = said_next(client.get(SEARCH, {"location": location}))
    assert page.one("input", name="location").attributes["value"] == location
    assert "<i>x" not in page.html


@pytest.mark.parametrize(
    "location",
    ["LS1\x004AP", "LS1\u200b 4AP", "\u202eLS1 4AP", "LS1\r\n4AP", "\uff2c\uff331 4AP", "l s 1 4 a p."],
)
def test_a_postcode_is_read_through_what_cannot_be_seen(client: Client, location: str):
    page = said_next(client.get(SEARCH, {"location": location}))
    assert page.one("h1").text == "1 physiotherapist within 10 miles of LS1 4AP"


def test_a_search_without_a_place_is_the_form_with_its_ticks(client: Client):
    page = said_next(client.get(SEARCH, {"neuro": "on", "radius": "5"}))
    assert page.one("h1").text == "Find a physiotherapist"
    assert "checked" in page.one("input", name="neuro").attributes
    assert page.all("option", selected="")[0].attributes["value"] == "5"


ODD_RADII = [
    "0",
    "-5",
    "9999",
    "abc",
    "10.0",
    "1e1",
    "٣",
    "²",
    "0x1",
    " ",
    "9" * LONG,
    "\x00",
    SCRIPT,
    "'",
    "nan",
]


@pytest.mark.parametrize("radius", ODD_RADII, ids=lambda radius: ascii(radius)[:20])
def test_a_radius_that_is_none_is_ten_miles_and_the_page_says_so(client: Client, radius: str):
    page = said_next(client.get(SEARCH, {"location": LEEDS, "radius": radius}))
    assert page.one("h1").text == "1 physiotherapist within 10 miles of LS1 4AP"
    assert page.all("option", selected="")[0].attributes["value"] == "10"
    assert ("so we searched within 10 miles" in page.notices) == bool(radius.strip())


@pytest.mark.parametrize("number", ["0", "-1", "x", "", "1.5", "٢", "²", "\x00", SCRIPT, "9" * LONG])
def test_a_page_number_that_is_none_is_the_first(client: Client, number: str):
    response = client.get(SEARCH, {"location": LEEDS, "page": number})
    assert response.status_code == 200
    assert said_next(response).slugs == ["somebody"]


@pytest.mark.parametrize("number", ["2", "999999", "000002"])
def test_a_page_that_does_not_exist_leads_to_the_first(client: Client, number: str):
    response = client.get(SEARCH, {"location": LEEDS, "page": number})
    assert response.status_code == 404
    assert said_next(response).links["Go to the first page"] == "?location=LS1+4AP"


def test_the_pages_of_a_crowd_come_to_an_end(client: Client, monkeypatch: pytest.MonkeyPatch):
    """The last of thousands of pages would take seconds to find."""
    monkeypatch.setattr(nearest, "LAST_PAGE", 2)
    make_crowd(650, make_clinic(LEEDS))
    first = search(client, location=LEEDS)
    second = follow(client, first.one("a", rel="next").attributes["href"])
    assert len(second.results) == 20
    assert second.all("a", rel="next") == []
    assert "go as far as the nearest 1,000. To see others, choose a filter." in second.one("main").text
    for number in ("3", "999999"):
        with CaptureQueriesContext(connection) as queries:
            response = client.get(SEARCH, {"location": LEEDS, "page": number})
        assert response.status_code == 404
        assert "go as far as the nearest 1,000" in said_next(response).one("main").text
        assert not any("ORDER BY 0.25" in query["sql"] for query in queries)


@pytest.mark.parametrize("name", ["neuro", "home_visits", "female", "wheelchair", "weekends"])
@pytest.mark.parametrize("value", ["banana", "1", "true", "yes", "onn", "\x00", SCRIPT, "on on", "x" * LONG])
def test_a_tick_that_cannot_be_read_is_left_out_and_the_page_says_so(client: Client, name: str, value: str):
    page = said_next(client.get(SEARCH, {"location": LEEDS, name: value}))
    assert page.one("h1").text == "1 physiotherapist within 10 miles of LS1 4AP"
    assert "We could not read the choice" in page.notices
    assert "checked" not in page.one("input", name=name).attributes


@pytest.mark.parametrize("name", ["language", "insurer", "price", "condition"])
@pytest.mark.parametrize(
    "value",
    ["banana", "on", "0", "-60", "60.0", "£60", "٦٠", "pol,urd", "\x00", SCRIPT, "' OR 1=1 --", "x" * LONG],
)
def test_a_choice_that_is_not_offered_is_left_out_and_the_page_says_so(client: Client, name: str, value: str):
    page = said_next(client.get(SEARCH, {"location": LEEDS, name: value}))
    assert page.one("h1").text == "1 physiotherapist within 10 miles of LS1 4AP"
    assert f"We do not know that {name}, so we left it out of the search." in page.notices
    chosen = page.one("select", name=name)
    assert [option for option in chosen.within if "selected" in option.attributes] == []
    assert not page.all("*", class_="filters-on")


@pytest.mark.parametrize("name", ["neuro", "evenings", "language", "insurer", "price", "condition"])
@pytest.mark.parametrize("value", ["", " ", "\t"])
def test_a_choice_of_nothing_needs_no_note(client: Client, name: str, value: str):
    page = said_next(client.get(SEARCH, {"location": LEEDS, name: value}))
    assert (page.slugs, page.notices) == (["somebody"], "")


@pytest.mark.parametrize(
    ("query", "word", "left"),
    [
        ("language=urd&language=pol", "language", 1),
        ("language=pol&language=urd", "language", 0),
        ("language=urd&language=", "language", 1),
        ("price=40&price=100&price=60", "price", 0),
        ("neuro=on&neuro=off", "Neuro physiotherapy", 1),
        ("evenings=off&evenings=on", "Evening appointments", 0),
    ],
)
def test_of_several_choices_in_one_group_the_last_counts_and_the_page_says_so(
    client: Client, query: str, word: str, left: int
):
    Physiotherapist.objects.get(slug="somebody").delete()
    make_physiotherapist((make_clinic(LEEDS),), slug="somebody", languages=["pol"])
    page = said_next(get(client, f"location=LS1+4AP&{query}"))
    assert page.notices == f"The address has more than one choice for “{word}”. We used the last one."
    assert len(page.slugs) == left


@pytest.mark.parametrize("query", ["language=pol&language=POL", "female=on&female=on&female=on"])
def test_the_same_choice_several_times_is_one(client: Client, query: str):
    page = said_next(get(client, f"location=LS1+4AP&{query}"))
    assert page.notices == ""
    assert len(page.one("*", class_="filters-on").links) == 1


def test_fifty_filters_at_once_are_read_as_far_as_they_can_be(client: Client):
    make_physiotherapist((make_clinic(LEEDS),), slug="polish", gender="female", languages=["pol"])
    known = [("female", "on"), ("language", "pol"), ("price", "banana"), ("hoist", "perhaps")]
    unknown = [(f"filter_{number}", "on") for number in range(40)]
    repeated = [("evenings", "maybe")] * 6
    page = said_next(get(client, urlencode([("location", LEEDS), *known, *unknown, *repeated])))
    assert page.slugs == ["polish"]
    assert len(page.all("p", class_="notice")) == 3
    assert [link.partition(":")[0] for link in page.one("*", class_="filters-on").links] == [
        "Female physiotherapists",
        "Language",
        "Clear all filters",
    ]


@pytest.mark.parametrize("value", ["", "off"])
def test_a_tick_that_is_off_needs_no_note(client: Client, value: str):
    page = said_next(client.get(SEARCH, {"location": LEEDS, "neuro": value}))
    assert (page.slugs, page.notices) == (["somebody"], "")


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ("location=xyzzyq&location=LS1+4AP", "1 physiotherapist within 10 miles of LS1 4AP"),
        ("location=LS1+4AP&location=", "Find a physiotherapist"),
        ("location=LS1+4AP&radius=5&radius=20", "1 physiotherapist within 20 miles of LS1 4AP"),
        ("location=LS1+4AP&radius=5&radius=abc", "1 physiotherapist within 10 miles of LS1 4AP"),
        ("location=LS1+4AP&neuro=on&neuro=off", "1 physiotherapist within 10 miles of LS1 4AP"),
        ("location=LS1+4AP&page=7&page=1", "1 physiotherapist within 10 miles of LS1 4AP"),
        ("location=LS1+4AP&condition=a&condition=b", "1 physiotherapist within 10 miles of LS1 4AP"),
        ("&".join(["location=LS1+4AP"] * 300), "1 physiotherapist within 10 miles of LS1 4AP"),
    ],
    ids=lambda text: text[:40],
)
def test_of_the_same_parameter_twice_the_last_counts(client: Client, query: str, heading: str):
    assert said_next(get(client, query)).one("h1").text == heading


@pytest.mark.parametrize("bytes_", ["%ff", "%FF%FE", "%c3%28", "%ED%A0%80", "%", "%zz", "%00", "LS1%ff"])
@pytest.mark.parametrize("name", ["location", "radius", "neuro", "condition", "page", "%ff"])
def test_a_query_that_is_no_utf8_is_read_all_the_same(client: Client, name: str, bytes_: str):
    page = said_next(get(client, f"{name}={bytes_}"))
    assert page.one("h1").text == "Find a physiotherapist"
    page = said_next(get(client, f"{name}={bytes_}&location=LS1+4AP"))
    assert page.slugs == ["somebody"]


@pytest.mark.parametrize("slug", ["no-such-page", "\x00", SCRIPT, "' OR 1=1 --", "x" * LONG, "🦴", "a/../b"])
def test_a_condition_that_does_not_exist_is_left_out(client: Client, slug: str):
    page = said_next(client.get(SEARCH, {"location": LEEDS, "condition": slug}))
    assert page.slugs == ["somebody"]
    assert "We do not know that condition" in page.notices


@pytest.mark.parametrize(
    "slug",
    [
        "no-such-person",
        "unlisted",
        "x" * LONG,
        "a b",
        "🦴",
        "\x00",
        "somebody\x00",
        SCRIPT,
        "'--",
        "%ff",
        "SOMEBODY",
    ],
    ids=lambda slug: ascii(slug)[:20],
)
def test_an_address_of_nobody_is_not_found_and_leads_on(client: Client, slug: str):
    response = client.get(f"{SEARCH}{slug if slug == '%ff' else quote(slug)}/")
    assert response.status_code == 404
    page = said_next_on_a_missing_page(response)
    assert page.links["All conditions, A to Z"] == "/conditions/"


def said_next_on_a_missing_page(response: Any) -> Page:
    page = Page(response)
    assert page.one("h1").text == "We cannot find that page"
    page.one("input", name="location")
    assert "<script>alert" not in page.html
    return page


def test_the_quotes_have_dropped_nothing(client: Client):
    for location in NOT_A_PLACE.values():
        client.get(SEARCH, {"location": location, "condition": location, "radius": location})
    assert said_next(client.get(SEARCH, {"location": LEEDS})).slugs == ["somebody"]


NAMES = st.sampled_from(["location", "radius", "page", *FILTERS])
VALUES = st.one_of(
    st.text(max_size=40),
    st.text(st.characters(codec="utf-8"), max_size=40),
    st.from_regex(r"\A[A-Z]{1,2}[0-9OI]{1,2}[A-Z]? ?[0-9OI]?[A-Z]{0,2}\Z"),
    st.sampled_from(
        ["on", "off", "5", "50", LEEDS, "Newport", "Leeds", "BT1", "2", "-1", "abc", "'", "%", "\x00"]
    ),
    st.sampled_from(["any", "pol", "bupa", "60"]),
    st.integers().map(str),
    st.floats().map(str),
)


@settings(max_examples=75, deadline=None, suppress_health_check=list(HealthCheck))
@given(parameters=st.lists(st.tuples(NAMES, VALUES), max_size=9))
@example(parameters=[("location", "W1"), ("page", "000000")])
@example(parameters=[("location", "\ud800")])
def test_whatever_the_parameters_say_the_page_says_what_to_do_next(
    client: Client, parameters: list[tuple[str, str]]
):
    query = urlencode([(name, value.encode(errors="surrogatepass")) for name, value in parameters])
    said_next(get(client, query))


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(query=st.binary(max_size=60))
def test_whatever_bytes_are_the_query_the_page_says_what_to_do_next(client: Client, query: bytes):
    said_next(get(client, quote(query, safe="&=+;%")))


def test_more_parameters_than_any_form_has_are_refused_with_a_way_home(client: Client):
    response = get(client, "&".join(["location=LS1+4AP"] * 6000))
    assert response.status_code == 400
    assert Page(response).links["the home page"] == "/"

from typing import Any
from urllib.parse import parse_qs, parse_qsl

import pytest
from django.test import Client

from tests.directory.crowd import make_crowd
from tests.directory.pages import SEARCH, Page, follow, search
from tests.factories import make_clinic, make_draft, make_page, make_physiotherapist

pytestmark = pytest.mark.django_db

LEEDS, YORK, LERWICK = "LS1 4AP", "YO1 7HH", "ZE1 0EN"


@pytest.fixture
def leeds() -> None:
    """Three people in Leeds, of whom one does everything and one visits homes too."""
    neck = make_page("neck-pain", title="Neck pain").page
    here, near = make_clinic(LEEDS), make_clinic("LS2 7UE")
    everything = make_physiotherapist(
        (here,), slug="everything", gender="female", specialisms=["neuro"], visits_from=LEEDS, visit_miles=3
    )
    everything.conditions_treated.set([neck])
    visitor = make_physiotherapist((near,), slug="visitor", gender="male", visits_from=YORK, visit_miles=30)
    visitor.conditions_treated.set([neck])
    make_physiotherapist((near,), slug="woman", gender="female")


def heading(page: Page) -> str:
    return page.one("h1").text


def chosen(page: Page) -> dict[str, str]:
    """What the form's lists stand at, where not at the first option, which means any."""
    return {
        choice.attributes["name"]: option.attributes["value"]
        for choice in page.all("select")
        for option in choice.within
        if "selected" in option.attributes
    }


def query_of(href: str) -> dict[str, list[str]]:
    return parse_qs(href.partition("?")[2], keep_blank_values=True)


def test_without_parameters_there_is_only_the_form(client: Client, leeds: None):
    page = search(client)
    assert heading(page) == "Find a physiotherapist"
    assert page.one("input", name="location").attributes["value"] == ""
    assert [box.attributes["name"] for box in page.all("input", type="checkbox")] == [
        *("neuro", "home_visits", "female"),
        *("wheelchair", "hoist", "online", "evenings", "weekends"),
    ]
    assert chosen(page) == {"radius": "10"}
    assert "open" not in page.one("details", class_="more-filters").attributes
    assert not page.all("*", class_="filters-on")
    assert "(" not in page.one("form", id="search-form").text
    assert page.results == []
    assert not page.all("*", id="results")
    assert not page.all("*", class_="error-summary")
    assert not page.all("meta", name="robots")


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({}, "3 physiotherapists within 10 miles of LS1 4AP"),
        ({"radius": "1"}, "1 physiotherapist within 1 mile of LS1 4AP"),
        ({"radius": "50"}, "3 physiotherapists within 50 miles of LS1 4AP"),
        ({"neuro": "on"}, "1 neuro physiotherapist within 10 miles of LS1 4AP"),
        ({"female": "on"}, "2 female physiotherapists within 10 miles of LS1 4AP"),
        ({"female": "on", "neuro": "on"}, "1 female neuro physiotherapist within 10 miles of LS1 4AP"),
        ({"home_visits": "on"}, "2 physiotherapists visit homes at LS1 4AP"),
        ({"home_visits": "on", "neuro": "on"}, "1 neuro physiotherapist visits homes at LS1 4AP"),
        ({"condition": "neck-pain"}, "2 physiotherapists who treat neck pain within 10 miles of LS1 4AP"),
        (
            {"condition": "neck-pain", "female": "on"},
            "1 female physiotherapist who treats neck pain within 10 miles of LS1 4AP",
        ),
        (
            {"condition": "neck-pain", "home_visits": "on"},
            "2 physiotherapists visit homes at LS1 4AP and treat neck pain",
        ),
        (
            {"condition": "neck-pain", "home_visits": "on", "female": "on"},
            "1 female physiotherapist visits homes at LS1 4AP and treats neck pain",
        ),
        ({"location": "leeds"}, "3 physiotherapists within 10 miles of Leeds"),
        ({"location": "ls1"}, "3 physiotherapists within 10 miles of LS1"),
        ({"location": LERWICK, "radius": "1"}, "No physiotherapists within 1 mile of ZE1 0EN"),
        (
            {"location": LERWICK, "neuro": "on", "home_visits": "on"},
            "No neuro physiotherapists visit homes at ZE1 0EN",
        ),
    ],
)
def test_the_heading_says_what_was_searched_for(
    client: Client, leeds: None, parameters: dict[str, str], sentence: str
):
    page = search(client, **{"location": LEEDS} | parameters)
    assert heading(page) == sentence
    assert page.all("title")[0].text == f"{sentence} - The Physiotherapy Site"


def test_what_was_asked_for_stays_in_the_form(client: Client, leeds: None):
    page = search(client, location="ls1 4ap", radius=20, neuro="on", female="on", condition="neck-pain")
    assert page.one("input", name="location").attributes["value"] == "ls1 4ap"
    assert chosen(page) == {"radius": "20", "condition": "neck-pain"}
    ticked = [box.attributes["name"] for box in page.all("input", type="checkbox", checked="")]
    assert ticked == ["neuro", "female"]


def test_a_result_shows_who_where_and_how_far(client: Client):
    clinic = make_clinic(YORK, name="Walmgate Rooms", address="2 Sample Road, York")
    make_physiotherapist((clinic,), slug="ada", name="Ada Example", fee_first=45)
    page = search(client, location=LEEDS, radius=50)
    assert page.results == [("ada", page.one("article").attributes["data-miles"])]
    assert page.links["Ada Example"] == "/physiotherapists/ada/?near=LS1"
    text = page.one("article").text
    assert f"{page.results[0][1]} miles away" in text
    assert "Walmgate Rooms, 2 Sample Road, York, YO1 7HH" in text
    assert "£45" in text


def test_the_base_of_visits_is_not_given_away(client: Client, leeds: None):
    page = search(client, location=LEEDS, home_visits="on")
    assert page.slugs == ["everything", "visitor"]
    assert YORK not in page.one("*", id="results").text
    assert "(where home visits start)" in page.one("*", id="results").text


def test_two_bases_half_a_mile_apart_are_one_to_every_search(client: Client):
    """Whoever searches from many points round a visitor's base learns no more than a part of the town."""
    for slug, latitude, longitude in (("ada", 53.7962, -1.5548), ("bo", 53.8038, -1.5452)):
        visits: dict[str, Any] = {
            "visit_miles": 3,
            "visit_latitude": latitude,
            "visit_longitude": longitude,
        }
        make_physiotherapist((), slug=slug, visits_from=LEEDS, **visits)
    found = set()
    for north in range(0, 60, 2):
        position = {"lat": f"{53.80 + north / 1000:.3f}", "lng": "-1.550"}
        results = search(client, home_visits="on", **position).results
        assert [slug for slug, _ in results] in ([], ["ada", "bo"])
        assert len({miles for _, miles in results}) <= 1
        found.add(len(results))
    assert found == {0, 2}


@pytest.mark.parametrize(
    ("base", "asked", "told", "held"),
    [
        ("LS1 4AP", "LS1 4AP", "Less than a mile away", "0.0"),
        ("LS1 4AP", "LS7 1AS", "About 1 mile away", "1.0"),
        ("YO1 7HH", "LS1 4AP", "About 22 miles away", "22.0"),
    ],
)
def test_how_far_a_base_is_comes_in_whole_miles(client: Client, base: str, asked: str, told: str, held: str):
    make_physiotherapist((), slug="visitor", visits_from=base, visit_miles=50)
    page = search(client, location=asked, home_visits="on")
    assert page.results == [("visitor", held)]
    assert told in page.one("article").text


def test_a_page_has_twenty_and_its_links_keep_every_parameter(client: Client):
    make_crowd(45, make_clinic(LEEDS), gender="female", specialisms=["neuro"])
    asked = {"location": "ls1 4ap", "radius": "20", "neuro": "on", "female": "on", "from": "a leaflet"}
    first = search(client, **asked)
    assert heading(first) == "45 female neuro physiotherapists within 20 miles of LS1 4AP"
    assert not first.all("a", rel="prev")

    following = first.one("a", rel="next").attributes["href"]
    assert dict(parse_qsl(following[1:])) == asked | {"page": "2"}
    second = follow(client, following)
    third = follow(client, second.one("a", rel="next").attributes["href"])

    assert [len(page.results) for page in (first, second, third)] == [20, 20, 5]
    assert len(set(first.slugs + second.slugs + third.slugs)) == 45
    assert [page.one("*", id="results").attributes["start"] for page in (first, second, third)] == [
        "1",
        "21",
        "41",
    ]
    assert "Page 2 of 3" in second.one("*", class_="pages").text
    assert "(page 2)" in second.all("title")[0].text
    assert not third.all("a", rel="next")
    back = third.one("a", rel="prev").attributes["href"]
    assert dict(parse_qsl(back[1:])) == asked | {"page": "2"}
    assert follow(client, back).slugs == second.slugs


def test_one_page_needs_no_links_to_pages(client: Client, leeds: None):
    assert not search(client, location=LEEDS).all("*", class_="pages")


@pytest.mark.parametrize("number", ["3", "999999"])
def test_a_page_beyond_the_end_is_not_found_and_leads_back(client: Client, number: str):
    make_crowd(21, make_clinic(LEEDS))
    response = client.get(SEARCH, {"location": LEEDS, "radius": "5", "page": number})
    assert response.status_code == 404
    page = Page(response)
    assert f"There is no page {number} of this search." in page.one("*", class_="nothing").text
    assert "It has 2 pages." in page.one("*", class_="nothing").text
    assert page.results == []
    first = page.links["Go to the first page"]
    assert query_of(first) == {"location": [LEEDS], "radius": ["5"]}
    assert len(follow(client, first).results) == 20


def test_a_later_page_of_a_search_that_finds_nobody_is_not_found_either(client: Client):
    response = client.get(SEARCH, {"location": LEEDS, "page": "2"})
    assert response.status_code == 404
    assert "Nobody is listed near there" in Page(response).one("*", class_="nothing").text


def test_more_than_is_counted_is_said_to_be_over_200(client: Client):
    make_crowd(610, make_clinic(LEEDS))
    page = search(client, location=LEEDS)
    assert heading(page) == "Over 200 physiotherapists within 10 miles of LS1 4AP"
    assert len(page.results) == 20
    assert page.one("*", class_="pages").text == "Page 1 Next page"
    last = search(client, location=LEEDS, page=31)
    assert len(last.results) == 10
    assert not last.all("a", rel="next")


def test_a_count_that_broke_off_early_is_said_to_be_at_least_that(
    client: Client, leeds: None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("directory.nearest._ROW_LIMIT", 3)
    assert heading(search(client, location=LEEDS)) == "At least 3 physiotherapists within 10 miles of LS1 4AP"


def test_a_page_beyond_the_end_of_a_crowd_claims_no_wrong_number_of_pages(client: Client):
    make_crowd(610, make_clinic(LEEDS))
    response = client.get(SEARCH, {"location": LEEDS, "page": "32"})
    assert response.status_code == 404
    assert "It has 10 pages" not in Page(response).one("*", class_="nothing").text


def test_several_towns_of_one_name_are_offered_and_keep_the_filters(client: Client):
    page = search(client, location="Newport", neuro="on", radius=5, page=1)
    assert "We used Newport" in page.one("*", id="other-places").text
    offered = page.one("*", aria_labelledby="other-places").links
    for label, href in offered.items():
        assert query_of(href) == {"location": [label], "neuro": ["on"], "radius": ["5"]}
    there = follow(client, offered["Newport, Isle of Wight"])
    assert heading(there) == "No neuro physiotherapists within 5 miles of Newport, Isle of Wight"
    assert not there.all("*", id="other-places")


def test_a_misspelt_town_offers_likely_ones(client: Client):
    make_physiotherapist((make_clinic("M1 1AE"),), slug="in-manchester", gender="female")
    page = search(client, location="Mancester", female="on")
    assert page.results == []
    manchester = page.links["Manchester"]
    assert query_of(manchester) == {"location": ["Manchester"], "female": ["on"]}
    assert follow(client, manchester).slugs == ["in-manchester"]


@pytest.mark.parametrize(
    ("location", "notes"),
    [
        ("ZE2 9TJ", ["We do not hold the postcode ZE2 9TJ", "ZE2 9."]),
        ("LS1 4A", ["only part of a postcode", "LS1 4."]),
        ("BT1 5GS", ["exact postcodes for Northern Ireland", "Belfast"]),
        ("JE2 3AB", ["exact postcodes for Jersey", "Saint Helier"]),
        ("LS1 4AP.", []),
    ],
)
def test_a_note_says_where_the_point_is_not_quite_what_was_typed(
    client: Client, location: str, notes: list[str]
):
    page = search(client, location=location)
    for note in notes:
        assert note in page.notices
    assert bool(page.notices) == bool(notes)


@pytest.mark.parametrize("location", ["", "   ", "xyzzyq", '"><b>x</b>'])
def test_a_place_that_is_not_found_is_an_error_on_its_field(client: Client, location: str):
    page = search(client, location=location, neuro="on", radius=30)
    assert page.all("title")[0].text.startswith("Error: ")
    message, target = next(iter(page.one("*", class_="error-summary").links.items()))
    place = page.one("input", name="location")
    assert target == f"#{place.attributes['id']}"
    assert message in page.one("*", class_="error").text
    assert place.attributes["value"] == location
    assert place.attributes["aria-invalid"] == "true"
    assert page.one("*", class_="error").attributes["id"] in place.attributes["aria-describedby"].split()
    assert chosen(page) == {"radius": "30"}
    assert "checked" in page.one("input", name="neuro").attributes
    assert "<b>x" not in page.html
    assert page.results == []


def test_no_error_is_shown_where_there_is_none(client: Client, leeds: None):
    for page in (search(client), search(client, location=LEEDS), search(client, location=LERWICK)):
        assert "Error" not in page.all("title")[0].text
        assert not page.all("*", class_="error-summary")
        assert "aria-invalid" not in page.one("input", name="location").attributes


def test_a_condition_is_carried_from_its_page_through_the_search(client: Client):
    neck = make_page("neck-pain", title="Neck pain").page
    crowd = make_crowd(21, make_clinic(LEEDS))
    for person in crowd:
        person.conditions_treated.add(neck)
    make_physiotherapist((make_clinic(LEEDS),), slug="treats-nothing")

    boxes = Page(client.get("/conditions/neck-pain/")).all("input", name="condition", type="hidden")
    assert {box.attributes["value"] for box in boxes} == {"neck-pain"}
    page = search(client, location=LEEDS, condition="neck-pain")

    assert heading(page) == "21 physiotherapists who treat neck pain within 10 miles of LS1 4AP"
    assert chosen(page)["condition"] == "neck-pain"
    assert page.links["Back to neck pain"] == "/conditions/neck-pain/?near=LS1"
    following = page.one("a", rel="next").attributes["href"]
    assert query_of(following)["condition"] == ["neck-pain"]
    assert "treats-nothing" not in page.slugs + follow(client, following).slugs


@pytest.mark.parametrize("slug", ["no-such-page", "only-a-draft", "neck-pain\x00", "neck pain"])
def test_a_condition_that_readers_cannot_see_is_left_out_and_the_page_says_so(
    client: Client, leeds: None, slug: str
):
    make_draft("only-a-draft")
    page = search(client, location=LEEDS, condition=slug)
    assert heading(page) == "3 physiotherapists within 10 miles of LS1 4AP"
    assert "We do not know that condition" in page.notices
    assert "condition" not in chosen(page)


def test_searches_are_not_for_search_engines(client: Client, leeds: None):
    for location in (LEEDS, LERWICK, "xyzzyq"):
        assert search(client, location=location).one("meta", name="robots").attributes["content"] == "noindex"


@pytest.mark.parametrize("location", [None, "", LEEDS, LERWICK, "Newport", "xyzzyq"])
def test_no_cookie_is_set_or_read(client: Client, leeds: None, location: str | None):
    response = client.get(SEARCH, {} if location is None else {"location": location})
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


def test_only_reading_is_allowed(client: Client):
    assert client.head(SEARCH).status_code == 200
    assert client.post(SEARCH, {"location": LEEDS}).status_code == 405


def banner(page: Page) -> str:
    return " ".join(element.text for element in page.all("*", class_="sample-banner"))


def test_a_banner_says_so_while_samples_are_listed(client: Client, leeds: None, settings):
    clinic = make_clinic(LEEDS, sample=True)
    sample = make_physiotherapist((clinic,), slug="invented", sample=True)
    for page in (search(client), search(client, location=LEEDS), search(client, location="xyzzyq")):
        assert "Sample listings." in banner(page)
    assert "Sample listing" in search(client, location=LEEDS).one("article", data_slug="invented").text

    settings.SAMPLE_DATA_ALLOWED = False
    page = search(client, location=LEEDS)
    assert (banner(page), "invented" in page.slugs) == ("", False)
    settings.SAMPLE_DATA_ALLOWED = True

    sample.listed = False
    sample.save()
    page = search(client, location=LEEDS)
    assert (banner(page), "invented" in page.slugs) == ("", False)
    assert "Sample listing" not in page.html


@pytest.mark.parametrize("people", [0, 1, 20, 45, 650])
@pytest.mark.parametrize("location", [LEEDS, "ZE2 9TJ", "Newport", "xyzzyq"])
def test_a_page_takes_eight_queries_at_most_whatever_is_found(
    client: Client, people: int, location: str, django_assert_max_num_queries
):
    make_crowd(people, make_clinic(LEEDS))
    with django_assert_max_num_queries(8):
        page = search(client, location=location, radius=50)
    assert len(page.results) == (min(people, 20) if location == LEEDS else 0)


@pytest.mark.parametrize("people", [0, 1, 650])
def test_a_page_with_every_filter_takes_eight_queries_at_most_too(
    client: Client, people: int, django_assert_max_num_queries
):
    make_page("neck-pain", title="Neck pain")
    make_crowd(people, make_clinic(YORK))
    everything = {"neuro": "on", "female": "on", "condition": "neck-pain", "radius": "1"}
    with django_assert_max_num_queries(8):
        search(client, location=LEEDS, **everything)

"""The filters of a search through its page: what they leave, what they tell, and how they are taken away."""

from typing import Any
from urllib.parse import parse_qs, parse_qsl

import pytest
from django.test import Client
from django.utils import timezone

from directory.choices import Insurer, Language
from directory.forms import FILTERS, TICKS
from directory.search_table import rebuild
from tests.directory.crowd import make_crowd
from tests.directory.pages import SEARCH, Element, Page, follow, search
from tests.factories import make_clinic, make_page, make_physiotherapist

pytestmark = pytest.mark.django_db

LEEDS, YORK, LERWICK = "LS1 4AP", "YO1 7HH", "ZE1 0EN"
EVERYTHING = dict.fromkeys(TICKS, "on") | {
    "condition": "neck-pain",
    "language": "pol",
    "insurer": "bupa",
    "price": "60",
}


@pytest.fixture
def leeds() -> None:
    neck = make_page("neck-pain", title="Neck pain").page
    make_page("back-pain", title="Back pain")
    access = {"access_stated_on": timezone.localdate(), "inside": "level"}
    level = make_clinic(LEEDS, name="Level", steps=0, door_cm=90, hoist=True, **access)
    steps = make_clinic("LS2 7UE", name="Steps", steps=3, door_cm=90, **access)
    everything = make_physiotherapist(
        (level,),
        slug="everything",
        gender="female",
        specialisms=["neuro"],
        visits_from=LEEDS,
        online=True,
        evenings=True,
        weekends=True,
        hoist_at_home=True,
        languages=["eng", "pol", "urd"],
        insurers=["bupa", "wpa"],
        fee_first=55,
        fee_home=55,
        visit_fee=5,
    )
    everything.conditions_treated.set([neck])
    make_physiotherapist(
        (steps,),
        slug="evening",
        gender="male",
        evenings=True,
        languages=["eng"],
        fee_first=80,
        insurers=["wpa"],
    )
    make_physiotherapist((steps, level), slug="two-places", gender="female", languages=["pol"])
    make_physiotherapist((steps,), slug="nothing-stated", visits_from=YORK, visit_miles=40, fee_home=50)


def leaves(page: Page) -> dict[tuple[str, str], str]:
    """What stands in brackets behind each option of the form, by its parameter and value."""
    told = {}
    for label in page.one("form", id="search-form").within:
        if label.tag == "label" and label.within and label.within[0].tag == "input":
            told[label.within[0].attributes["name"], "on"] = in_brackets(label)
    for choice in page.all("select"):
        for option in choice.within:
            if choice.attributes["name"] not in {"radius", "sort"} and option.attributes["value"]:
                told[choice.attributes["name"], option.attributes["value"]] = in_brackets(option)
    return told


def in_brackets(element: Element) -> str:
    return element.text.rpartition("(")[2].removesuffix(")") if element.text.endswith(")") else ""


@pytest.mark.parametrize(
    ("filters", "slugs"),
    [
        ({}, ["everything", "two-places", "evening", "nothing-stated"]),
        ({"wheelchair": "on"}, ["everything", "two-places"]),
        ({"hoist": "on"}, ["everything", "two-places"]),
        ({"online": "on"}, ["everything"]),
        ({"evenings": "on"}, ["everything", "evening"]),
        ({"weekends": "on"}, ["everything"]),
        ({"language": "pol"}, ["everything", "two-places"]),
        ({"language": "POL "}, ["everything", "two-places"]),
        ({"language": "eng"}, ["everything", "evening"]),
        ({"insurer": "wpa"}, ["everything", "evening"]),
        ({"insurer": "aviva"}, []),
        ({"price": "50"}, []),
        ({"price": "60"}, ["everything"]),
        ({"price": "80"}, ["everything", "evening"]),
        ({"condition": "neck-pain"}, ["everything"]),
        ({"condition": "back-pain"}, []),
        ({"language": "pol", "evenings": "on"}, ["everything"]),
        # What counts at home: no steps, the hoist there, and the price with the way.
        ({"home_visits": "on"}, ["everything", "nothing-stated"]),
        ({"home_visits": "on", "wheelchair": "on"}, ["everything", "nothing-stated"]),
        ({"home_visits": "on", "hoist": "on"}, ["everything"]),
        # Without the travel fee nobody knows what a visit costs.
        ({"home_visits": "on", "price": "50"}, []),
        ({"home_visits": "on", "price": "60"}, ["everything"]),
        (EVERYTHING, ["everything"]),
    ],
    ids=str,
)
def test_only_those_are_left_who_fit(client: Client, leeds: None, filters: dict[str, str], slugs: list[str]):
    page = search(client, location=LEEDS, **filters)
    assert sorted(page.slugs) == sorted(slugs)
    assert (page.one("h1").text.split()[0]) == (str(len(slugs)) if slugs else "No")
    assert page.notices == ""


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"home_visits": "on"},
        {"female": "on", "language": "pol"},
        {"evenings": "on", "insurer": "wpa", "price": "60"},
        {"condition": "neck-pain", "language": "urd"},
        {"condition": "back-pain"},
        EVERYTHING,
    ],
    ids=str,
)
def test_every_option_leaves_as_many_as_it_says(client: Client, leeds: None, chosen: dict[str, str]):
    told = leaves(search(client, location=LEEDS, **chosen))
    assert {name for name, _ in told} == set(FILTERS)
    for (name, value), number in told.items():
        if name in {"language", "insurer"} and number == "0" and value not in {"urd", "wpa"}:
            continue  # nobody has it, and one of each is asked
        left = search(client, **{"location": LEEDS} | chosen | {name: value})
        assert number == str(len(left.slugs)), (name, value)
    offered = [value for name, value in told if name == "language"]
    assert offered == [value for value in Language.values if value != "eng"]
    assert [value for name, value in told if name == "insurer"] == Insurer.values
    assert [value for name, value in told if name == "condition"] == ["back-pain", "neck-pain"]


def test_of_a_crowd_no_option_tells_a_number_that_is_not_known(client: Client):
    neck = make_page("neck-pain", title="Neck pain").page
    make_page("back-pain", title="Back pain")
    clinic = make_clinic(LEEDS)
    crowd = make_crowd(600, clinic, gender="female", languages=["pol"], fee_first=55)
    few = make_crowd(50, clinic, evenings=True, insurers=["wpa"])
    for person in few:
        person.conditions_treated.add(neck)
    told = leaves(search(client, location=LEEDS))
    assert (told["female", "on"], told["language", "pol"], told["price", "60"]) == ("over 200",) * 3
    assert (told["home_visits", "on"], told["weekends", "on"]) == ("0", "")
    # Some of the few are among the rows that were read, or none.
    for option in (("evenings", "on"), ("insurer", "wpa"), ("condition", "neck-pain")):
        number, _, more = told[option].partition(" ")
        assert (more == "or more" and 0 < int(number) <= 50) or told[option] == ""
    assert told["condition", "back-pain"] == ""
    # Where fewer are left, they are counted.
    told = leaves(search(client, location=LEEDS, evenings="on"))
    assert (told["insurer", "wpa"], told["female", "on"], told["condition", "neck-pain"]) == ("50", "0", "50")
    assert len(crowd) == 600


def tags(page: Page) -> dict[str, str]:
    found = page.all("*", class_="filters-on")
    return {
        text.removesuffix(": take this filter away"): href
        for element in found
        for text, href in element.links.items()
    }


def test_what_is_on_is_shown_as_tags_that_take_it_away(client: Client, leeds: None):
    make_crowd(30, make_clinic(LEEDS), evenings=True, languages=["pol"], gender="female")
    asked = {
        "location": "ls1 4ap",
        "radius": "20",
        "from": "a leaflet",
        "female": "on",
        "evenings": "on",
        "language": "pol",
        "page": "2",
    }
    page = search(client, **asked)
    assert list(tags(page)) == [
        "Female physiotherapists",
        "Evening appointments",
        "Language: Polish",
        "Clear all filters",
    ]
    kept = {"location": "ls1 4ap", "radius": "20", "from": "a leaflet"}
    on = {"female": "on", "evenings": "on", "language": "pol"}
    for (words, href), name in zip(tags(page).items(), [*on, "all"], strict=True):
        left = {} if name == "all" else {other: value for other, value in on.items() if other != name}
        assert dict(parse_qsl(href[1:])) == kept | left, words
        assert len(tags(follow(client, href))) == (3 if left else 0)


def test_every_filter_has_its_tag(client: Client, leeds: None):
    page = search(client, location=LEEDS, **EVERYTHING)
    assert list(tags(page)) == [
        *TICKS.values(),
        "Treats neck pain",
        "Language: Polish",
        "Insurer: Bupa",
        "Up to £60",
        "Clear all filters",
    ]
    gone = {name for href in tags(page).values() for name in EVERYTHING.keys() - parse_qs(href[1:]).keys()}
    assert gone == EVERYTHING.keys()


def test_one_filter_needs_no_way_to_clear_them_all(client: Client, leeds: None):
    assert list(tags(search(client, location=LEEDS, neuro="on"))) == ["Neuro physiotherapy"]
    assert tags(search(client, location=LEEDS)) == {}


@pytest.mark.parametrize(
    ("filters", "number"),
    [({}, 0), ({"neuro": "on", "home_visits": "on", "female": "on"}, 0)]
    + [
        ({name: value}, 1)
        for name, value in EVERYTHING.items()
        if name not in {"neuro", "home_visits", "female"}
    ]
    + [(EVERYTHING, 9)],
    ids=str,
)
@pytest.mark.parametrize("location", [None, LEEDS, "xyzzyq"])
def test_more_filters_are_folded_away_until_one_is_on(
    client: Client, leeds: None, location: str | None, filters: dict[str, str], number: int
):
    page = search(client, **{"location": location} if location else {}, **filters)
    more = page.one("details", class_="more-filters")
    assert ("open" in more.attributes) == bool(number)
    summary = next(element for element in more.within if element.tag == "summary")
    assert summary.text == (f"More filters ({number} on)" if number else "More filters")
    folded = {element.attributes["name"] for element in more.within if "name" in element.attributes}
    assert folded == set(FILTERS) - {"neuro", "home_visits", "female"}
    # What was asked for stays in the form, wherever the search leads.
    assert filled_in(page) == filters


def filled_in(page: Page) -> dict[str, str]:
    form = page.one("form", id="search-form")
    values = {box.attributes["name"]: "on" for box in form.within if "checked" in box.attributes}
    chosen = {
        choice.attributes["name"]: option.attributes["value"]
        for choice in form.within
        for option in choice.within
        if choice.tag == "select" and "selected" in option.attributes
    }
    chosen.pop("radius")
    return values | chosen


@pytest.mark.parametrize("address", ["/", "/conditions/neck-pain/"])
def test_boxes_on_other_pages_have_the_three_ticks_alone(client: Client, leeds: None, address: str):
    page = Page(client.get(address))
    assert {box.attributes["name"] for box in page.all("input", type="checkbox")} == {
        "neuro",
        "home_visits",
        "female",
    }
    assert not page.all("*", class_="leaves")


def about(page: Page, slug: str) -> tuple[list[str], str]:
    """The tags of a result, and all that it says."""
    card = page.one("article", data_slug=slug)
    return [
        element.text for element in card.within if "tag" in element.attributes.get("class", "").split()
    ], card.text


def test_a_result_says_what_somebody_offers_there(client: Client, leeds: None):
    page = search(client, location=LEEDS)
    said, text = about(page, "everything")
    assert said == [
        "Neuro physiotherapy",
        "Home visits, within 10 miles",
        "Female",
        "Step-free",
        "Hoist",
        "Online",
        "Evenings",
        "Weekends",
    ]
    assert "First appointment £55" in text
    assert "Languages besides English: Polish, Urdu" in text
    assert "Insurers" not in text
    said, text = about(page, "evening")
    assert said == ["Male", "Evenings"]
    assert "Languages" not in text
    said, text = about(page, "nothing-stated")
    assert said == ["Home visits, within 40 miles"]
    assert "£" not in text


def test_a_result_at_home_says_what_is_true_at_home(client: Client, leeds: None):
    page = search(client, location=LEEDS, home_visits="on")
    said, text = about(page, "everything")
    assert ("Step-free" in said, "Works with a hoist" in said) == (False, True)
    assert "Home visit £60, travel included" in text
    assert "Home visit £50, travel fee not stated" in about(page, "nothing-stated")[1]


def test_insurers_are_told_where_one_is_asked_for(client: Client, leeds: None):
    page = search(client, location=LEEDS, insurer="wpa")
    assert "Insurers: Bupa, WPA" in about(page, "everything")[1]
    assert "Insurers: WPA" in about(page, "evening")[1]


def test_the_place_of_a_result_is_one_that_fits(client: Client, leeds: None):
    """Somebody works at two clinics, and the nearer one has steps."""
    steps = make_clinic(YORK, name="Near steps", steps=1, access_stated_on=timezone.localdate())
    level = make_clinic(
        "YO24 1AB",
        name="Far level",
        steps=0,
        inside="lift",
        door_cm=75,
        access_stated_on=timezone.localdate(),
    )
    make_physiotherapist((steps, level), slug="of-york")
    assert "Near steps" in about(search(client, location=YORK), "of-york")[1]
    assert "Far level" in about(search(client, location=YORK, wheelchair="on"), "of-york")[1]


@pytest.mark.parametrize("filters", [{}, EVERYTHING, {"home_visits": "on"}], ids=["none", "every", "home"])
@pytest.mark.parametrize("people", [0, 1, 45, 650])
@pytest.mark.parametrize(
    ("clinic", "location"), [(LEEDS, LEEDS), (YORK, "Leeds"), (YORK, "LS1 4ZZ"), (LEEDS, LERWICK)]
)
def test_a_page_takes_eight_queries_and_three_for_times_whatever_is_asked_and_found(
    client: Client,
    clinic: str,
    location: str,
    people: int,
    filters: dict[str, str],
    django_assert_max_num_queries: Any,
):
    neck = make_page("neck-pain", title="Neck pain").page
    base = make_clinic(clinic)
    crowd = make_crowd(
        people,
        base,
        gender="female",
        specialisms=["neuro"],
        home_visits=True,
        visit_miles=50,
        visit_postcode=clinic,
        visit_latitude=base.latitude,
        visit_longitude=base.longitude,
        **dict.fromkeys(("online", "evenings", "weekends", "hoist_at_home"), True),
        languages=["pol"],
        insurers=["bupa"],
        fee_first=40,
        fee_home=40,
        visit_fee=0,
    )
    neck_too = type(crowd[0]).conditions_treated.through if crowd else None
    if neck_too:
        neck_too.objects.bulk_create(neck_too(physiotherapist_id=p.pk, page_id=neck.pk) for p in crowd)
        rebuild([person.pk for person in crowd])
    with django_assert_max_num_queries(8 + 3):
        page = search(client, location=location, radius=50, **filters)
    assert len(page.results) == (0 if location == LERWICK else min(people, 20))


def test_filtered_searches_are_not_for_search_engines(client: Client, leeds: None):
    place = {"location": LEEDS}
    for asked in (place, place | {"page": "2"}, place | EVERYTHING, {"language": "pol"}, {"page": "2"}):
        page = Page(client.get(SEARCH, asked))
        assert page.one("meta", name="robots").attributes["content"] == "noindex"

"""Soonest times on cards and profiles, and the search in the order of them."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bookings.booking import hold
from bookings.models import Diary, Kind, TimeOff, Where
from directory import nearest, soonest
from directory.models import Physiotherapist
from tests.bookings.factories import EVERY_DAY, add_time_off, local, make_appointment, make_diary, make_place
from tests.conditions.editing import clock_at
from tests.directory.crowd import make_crowd
from tests.directory.pages import Element, Page, follow, search
from tests.factories import make_page, make_physiotherapist

pytestmark = pytest.mark.django_db

LEEDS = "LS1 4AP"
# A Monday.
NOW = "2031-06-02 12:00"
EVERY_KIND = [{}, {"kind": Kind.ONLINE, "minutes": 30}]


@pytest.fixture(autouse=True)
def _clock():
    with clock_at(NOW):
        yield


def person_at(slug: str, **values: Any) -> Physiotherapist:
    return make_physiotherapist((make_place(),), slug=slug, name=slug.title(), **values)


def free_from(person: Physiotherapist, text: str, **values: Any) -> Diary:
    """Their diary, with nothing free before that moment."""
    diary = make_diary(person, **values)
    add_time_off(diary, timezone.now() - timedelta(days=1), local(text))
    return diary


def card_of(page: Page, slug: str) -> Element:
    return page.one("article", data_slug=slug)


def book_link(element: Element) -> str:
    return {text: href for text, href in element.links.items() if text.startswith("Book with")}.popitem()[1]


def told(page: Page, slug: str) -> str:
    lines = [line for line in card_of(page, slug).within if line.attributes.get("class") == "soonest"]
    return " ".join(line.text for line in lines)


def times_panel(page: Page) -> Element:
    return page.one("section", aria_labelledby="times")


def offered(page: Page) -> list[str]:
    return [button.attributes["value"] for button in page.all("button", name="slot")]


@pytest.mark.parametrize(
    ("free", "words"),
    [
        ("2031-06-02 13:00", "Soonest: Today, Monday 13:00"),
        ("2031-06-03 09:00", "Soonest: Tomorrow, Tuesday 09:00"),
        ("2031-06-06 16:00", "Soonest: Friday 16:00"),
        ("2031-06-10 09:00", "Soonest: Tuesday 10 June 09:00"),
    ],
)
def test_a_card_and_a_profile_say_when_and_lead_to_the_booking(client: Client, free: str, words: str):
    free_from(person_at("ada"), free)
    page = search(client, location=LEEDS)
    assert told(page, "ada") == words
    assert card_of(page, "ada").links["Book with Ada"] == "/physiotherapists/ada/book/"
    profile = Page(client.get("/physiotherapists/ada/"))
    panel = times_panel(profile)
    assert words in panel.text
    first, *_ = [text for text in panel.links if not text.startswith("Book")]
    assert words == f"Soonest: {first}"
    times = follow(client, panel.links[first])
    assert datetime.fromisoformat(offered(times)[0]) == local(free)


def test_a_profile_offers_the_next_six_times_each_on_its_day(client: Client):
    free_from(person_at("ada"), "2031-06-03 14:00")
    panel = Page(client.get("/physiotherapists/ada/?condition=neck-pain")).one(
        "section", aria_labelledby="times"
    )
    hours = ["Tomorrow, Tuesday 14:00", "Tomorrow, Tuesday 15:00", "Tomorrow, Tuesday 16:00"]
    hours += ["Wednesday 09:00", "Wednesday 10:00", "Wednesday 11:00"]
    assert [*panel.links] == [*hours, "Book with Ada"]
    assert panel.links["Wednesday 10:00"].endswith("/ada/book/?from=2031-06-04&condition=neck-pain")
    assert panel.links["Book with Ada"].endswith("/ada/book/?condition=neck-pain")
    assert "neck" not in Page(client.get("/physiotherapists/ada/?condition=neck%22pain")).html


def test_a_time_that_is_far_off_opens_the_page_on_its_day(client: Client):
    free_from(person_at("ada"), "2031-07-01 09:00")
    href = book_link(card_of(search(client, location=LEEDS), "ada"))
    assert href.endswith("?from=2031-07-01")
    assert offered(follow(client, href))[0] == "2031-07-01T09:00:00+01:00"


def test_who_is_full_says_so_and_has_no_button(client: Client):
    diary = make_diary(person_at("ada", phone="0113 496 0123"), days_ahead=30)
    add_time_off(diary, timezone.now() - timedelta(days=1), timezone.now() + timedelta(days=40))
    page = search(client, location=LEEDS)
    assert told(page, "ada") == "No free times in the next 30 days"
    assert card_of(page, "ada").links["0113 496 0123"] == "tel:01134960123"
    assert "Book with Ada" not in page.links
    profile = Page(client.get("/physiotherapists/ada/"))
    assert "No free times in the next 30 days" in times_panel(profile).text
    assert "Book with Ada" not in profile.links


def test_without_a_diary_there_is_the_way_to_get_in_touch_and_no_button(client: Client):
    person_at("ada", phone="07700 900123")
    person_at("bob")
    make_diary(person_at("cid"), is_open=False)
    make_diary(person_at("dot"), offers=[{"kind": Kind.FOLLOW_UP}])
    page = search(client, location=LEEDS)
    assert "To book, telephone 07700 900123" in card_of(page, "ada").text
    for slug in ("bob", "cid", "dot"):
        assert "To book, get in touch: the profile says how" in card_of(page, slug).text
    assert not [text for text in page.links if text.startswith("Book with")]
    profile = Page(client.get("/physiotherapists/ada/"))
    assert "takes no bookings on this site" in profile.one("section", aria_labelledby="contact").text
    assert not profile.all("section", aria_labelledby="times")


@pytest.fixture
def everywhere() -> Diary:
    """Next at homes, on Wednesday; on Thursday at a clinic and online."""
    person = person_at("ada", visits_from=LEEDS, online=True)
    clinic = [{"weekday": 3, "starts": time(10), "ends": time(17), "online_too": True}]
    home = [{"weekday": 2, "where": Where.HOME, "starts": time(9), "ends": time(12)}]
    return make_diary(person, hours=[*clinic, *home], offers=EVERY_KIND)


@pytest.mark.parametrize(
    ("asked", "words", "query"),
    [
        # Nobody knows yet whether their home is in reach.
        ({}, "Thursday 10:00", ""),
        ({"home_visits": "on"}, "Wednesday 09:00, at your home", "?where=home"),
        ({"online": "on"}, "Thursday 10:00, online", "?kind=online&where=online"),
        ({"online": "on", "home_visits": "on"}, "Wednesday 09:00, at your home", ""),
    ],
    ids=str,
)
def test_the_time_is_at_such_a_place_as_was_asked_for(
    client: Client, everywhere: Diary, asked: dict[str, str], words: str, query: str
):
    page = search(client, location=LEEDS, **asked)
    assert told(page, "ada") == f"Soonest: {words}"
    href = book_link(card_of(page, "ada"))
    assert href == f"/physiotherapists/ada/book/{query}"
    if query:
        assert offered(follow(client, href))[0][11:16] == words.split()[1].rstrip(",")


def test_at_a_clinic_and_online_at_once_the_clinic_is_meant(client: Client):
    make_diary(
        person_at("ada", online=True),
        hours=[{"weekday": day, "online_too": True} for day in EVERY_DAY],
        offers=EVERY_KIND,
    )
    assert told(search(client, location=LEEDS), "ada") == "Soonest: Today, Monday 12:00"
    page = search(client, location=LEEDS, online="on")
    assert told(page, "ada") == "Soonest: Today, Monday 12:00, online"


def test_another_clinic_than_that_of_the_card_is_told(client: Client):
    person = person_at("ada")
    other = make_place(name="Far", postcode="YO1 7HH", latitude=53.96, longitude=-1.08)
    person.clinics.add(other)
    make_diary(person, hours=[{"weekday": 1, "clinic": other}])
    assert (
        told(search(client, location=LEEDS), "ada") == "Soonest: Tomorrow, Tuesday 09:00, at another clinic"
    )
    profile = Page(client.get("/physiotherapists/ada/"))
    assert "Soonest: Tomorrow, Tuesday 09:00, Far" in times_panel(profile).text


def test_who_comes_to_nobodys_home_by_booking_is_telephoned_for_that(client: Client):
    make_diary(person_at("ada", visits_from=LEEDS, phone="07700 900123"))
    page = search(client, location=LEEDS, home_visits="on")
    assert "To book, telephone 07700 900123" in card_of(page, "ada").text
    assert "Book with Ada" not in page.links


def test_the_condition_of_the_search_goes_along(client: Client):
    person = person_at("ada")
    person.conditions_treated.add(make_page("neck-pain", title="Neck pain").page)
    make_diary(person)
    page = search(client, location=LEEDS, condition="neck-pain")
    assert book_link(card_of(page, "ada")) == "/physiotherapists/ada/book/?condition=neck-pain"
    profile = follow(client, page.links["View profile of Ada"])
    assert profile.links["Book with Ada"] == "/physiotherapists/ada/book/?condition=neck-pain"


def test_a_time_that_is_held_or_booked_is_no_longer_told(client: Client):
    diary = make_diary(person_at("ada"))
    hold(diary.physiotherapist, Kind.FIRST, local("2031-06-02 12:00"), timezone.now())
    assert told(search(client, location=LEEDS), "ada") == "Soonest: Today, Monday 13:00"
    make_appointment(diary.physiotherapist, local("2031-06-02 13:00"))
    assert told(search(client, location=LEEDS), "ada") == "Soonest: Today, Monday 14:00"


# --- The order --------------------------------------------------------------------------------------


def far(miles: float) -> dict[str, Any]:
    return {"latitude": 53.79 + miles / 69, "longitude": -1.55}


@pytest.fixture
def four() -> None:
    for slug, miles, free in (
        ("near", 0.5, "2031-06-05 09:00"),
        ("middle", 2, "2031-06-03 09:00"),
        ("none", 3, ""),
        ("far", 5, "2031-06-02 15:00"),
    ):
        place = make_place(**far(miles))
        person = make_physiotherapist((place,), slug=slug)
        if free:
            free_from(person, free)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", ["near", "middle", "none", "far"]),
        ("distance", ["near", "middle", "none", "far"]),
        ("soonest", ["far", "middle", "near", "none"]),
        (" SOONEST ", ["far", "middle", "near", "none"]),
    ],
)
def test_the_search_can_be_in_the_order_of_the_soonest_time(
    client: Client, four: None, sort: str, order: list[str]
):
    page = search(client, location=LEEDS, sort=sort)
    assert page.slugs == order
    chosen = [o.text for o in page.one("select", name="sort").within if "selected" in o.attributes]
    assert chosen == (["Soonest appointment first"] if order[0] == "far" else [])
    # The pins of the map are numbered as the cards are.
    assert page.one("a", id="pin-1").attributes["href"] == f"#result-{order[0]}"


@pytest.mark.parametrize("sort", ["rating", "soonest' OR 1=1", "☺"])
def test_an_order_that_there_is_not_is_told_and_the_nearest_come_first(client: Client, four: None, sort: str):
    page = search(client, location=LEEDS, sort=sort)
    assert page.slugs[0] == "near"
    assert "We cannot sort in that way, so the nearest come first." in page.notices


def test_the_order_stays_in_every_link_of_the_page(client: Client, four: None):
    page = search(client, location=LEEDS, sort="soonest", female="on", radius=3)
    links = [href for href in page.links.values() if href.startswith("?")]
    assert links
    assert all("sort=soonest" in href for href in links)


def test_pages_go_on_in_that_order(client: Client):
    place = make_place()
    crowd = make_crowd(45, place)
    for hours, person in enumerate(reversed(crowd)):
        free_from(person, f"2031-06-{3 + hours // 7:02} {9 + hours % 7:02}:00")
    found = []
    for number in (1, 2, 3):
        found += search(client, location=LEEDS, sort="soonest", page=number).slugs
    assert found == [person.slug for person in reversed(crowd)]
    assert client.get(f"/physiotherapists/?location={LEEDS}&sort=soonest&page=4").status_code == 404


def test_of_more_people_than_can_be_sorted_the_nearest_are_and_the_page_says_so(
    client: Client, four: None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(nearest, "SORTED", 3)
    monkeypatch.setattr("directory.views.SORTED", 3)
    page = search(client, location=LEEDS, sort="soonest")
    assert page.slugs == ["middle", "near", "none"]
    assert "We sorted the nearest 3." in page.notices
    monkeypatch.setattr(nearest, "SORTED", 4)
    assert "We sorted" not in search(client, location=LEEDS, sort="soonest").notices
    assert "We sorted" not in search(client, location=LEEDS).notices


def test_a_crowd_is_told_as_it_is_by_distance(client: Client):
    make_crowd(650, make_place())
    far_off = make_physiotherapist((make_place(**far(4)),), slug="last")
    make_diary(far_off)
    by_distance, by_time = (search(client, location=LEEDS, sort=sort) for sort in ("distance", "soonest"))
    assert (
        by_time.one("h1").text
        == by_distance.one("h1").text
        == f"Over 200 physiotherapists within 10 miles of {LEEDS}"
    )
    assert by_time.slugs[0] == "last"
    assert by_time.slugs[1:] == by_distance.slugs[:19]
    pages = by_time.one("nav", aria_label="Pages of results")
    assert pages.links == {"Next page": f"?location={LEEDS.replace(' ', '+')}&sort=soonest&page=2"}


@pytest.mark.parametrize("sort", ["distance", "soonest"])
@pytest.mark.parametrize("people", [0, 3, 45])
@pytest.mark.parametrize("asked", [{}, {"home_visits": "on"}, {"online": "on", "female": "on"}], ids=str)
def test_eleven_queries_at_most(
    client: Client, people: int, asked: dict[str, str], sort: str, django_assert_max_num_queries: Any
):
    for number in range(people):
        person = person_at(f"person-{number}", visits_from=LEEDS, online=True, gender="female")
        if number % 3:
            hours: list[dict[str, Any]] = [
                {"weekday": 1, "online_too": True},
                {"weekday": 2, "where": Where.HOME},
            ]
            make_diary(person, hours=hours, offers=EVERY_KIND)
    with django_assert_max_num_queries(8 + 3):
        page = search(client, location=LEEDS, sort=sort, **asked)
    assert len(page.slugs) == min(people, 20)


# --- Without diaries ---------------------------------------------------------------------------------


def test_without_the_app_the_directory_is_as_it_was(
    client: Client, four: None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(soonest, "_diaries", None)
    page = search(client, location=LEEDS, sort="soonest")
    assert page.slugs == ["near", "middle", "none", "far"]
    assert not page.all("select", name="sort")
    assert not [text for text in page.links if text.startswith("Book")]
    assert "To book" not in page.one("ol", id="results").text
    profile = Page(client.get("/physiotherapists/near/"))
    assert not profile.all("section", aria_labelledby="times")
    assert "takes no bookings" not in profile.html


def test_both_apps_mean_the_same_sorts_of_place():
    assert list(soonest.PLACES) == Where.values


def test_time_off_that_is_taken_away_again_is_told_at_once(client: Client):
    free_from(person_at("ada"), "2031-06-05 09:00")
    assert told(search(client, location=LEEDS, sort="soonest"), "ada") == "Soonest: Thursday 09:00"
    TimeOff.objects.get().delete()
    assert told(search(client, location=LEEDS, sort="soonest"), "ada") == "Soonest: Today, Monday 12:00"

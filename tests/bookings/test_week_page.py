"""A diary's week in the admin, at a glance."""

from datetime import time, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from bookings.groups import BOOKING_EDITOR
from bookings.models import Diary, Kind, State
from tests.bookings.editors import DIARIES as LIST
from tests.bookings.editors import url_of
from tests.bookings.factories import (
    add_hours,
    add_offer,
    add_time_off,
    local,
    make_appointment,
    make_diary,
    make_place,
)
from tests.conditions.editing import SignedIn, clock_at, text_of
from tests.factories import make_physiotherapist
from tests.markup import page_of
from tests.test_admin_policy import assert_strict

pytestmark = pytest.mark.django_db

NOW = "2026-11-23 08:00"


@pytest.fixture(autouse=True)
def _monday_morning():
    with clock_at(NOW):
        yield


@pytest.fixture
def ed():
    return SignedIn(BOOKING_EDITOR, name="ed")


@pytest.fixture
def person():
    return make_physiotherapist((make_place(name="Aire Rooms"), make_place(name="Dock Rooms")), name="Pat")


@pytest.fixture
def diary(person):
    return make_diary(person, hours=[{}], offers=[{}])


def week(client, diary, text=""):
    return client.get(url_of(diary, "week"), {"week": text} if text else {})


def columns(response):
    """By day's heading, the words of each piece."""
    page = page_of(response)
    return {
        day.one("h2").text: [block.text for block in day.all("li", class_="block") if block.text]
        or [part.text for part in day.all("p")]
        for day in page.all("li", class_="week-day")
    }


def test_the_week_shows_hours_appointments_breaks_gaps_and_time_off(ed, diary):
    person = diary.physiotherapist
    starts = local("2026-11-23 10:00")
    booked = make_appointment(person, starts, name="Ann Patient", busy_until=starts + timedelta(minutes=75))
    make_appointment(person, local("2026-11-23 18:00"), name="Bob Patient", kind=Kind.FOLLOW_UP)
    make_appointment(person, local("2026-11-23 12:00"), 30, name="Cath Patient", state=State.NO_SHOW)
    make_appointment(person, local("2026-11-23 15:00"), name="Dev Patient", state=State.CANCELLED)
    add_time_off(diary, local("2026-11-23 16:00"), local("2026-11-23 17:00"))
    response = week(ed, diary)
    shown = columns(response)
    assert next(iter(shown)) == "Monday 23 November, today"
    assert shown["Monday 23 November, today"] == [
        "09:00 to 10:00 Free, Aire Rooms",
        "10:00 to 11:00 Ann Patient First assessment, Aire Rooms",
        "11:00 to 11:15 Break",
        "11:15 to 12:00 Free, Aire Rooms",
        "12:00 to 12:30 Cath Patient First assessment, Aire Rooms Did not come",
        "12:30 to 16:00 Free, Aire Rooms",
        "16:00 to 17:00 Time off",
        "18:00 to 19:00 Bob Patient Follow-up, Aire Rooms Outside the hours",
    ]
    assert shown["Tuesday 24 November"] == ["No hours"]
    assert f"/admin/bookings/appointment/{booked.pk}/change/" in page_of(response).links


def test_a_held_time_is_shown_and_one_whose_hold_is_over_is_not(ed, diary):
    now = timezone.now()
    for hour, minutes in ((10, 5), (12, -5)):
        make_appointment(
            diary.physiotherapist,
            local(f"2026-11-23 {hour}:00"),
            state=State.HELD,
            held_until=now + timedelta(minutes=minutes),
        )
    shown = columns(week(ed, diary))["Monday 23 November, today"]
    assert shown[1].startswith("10:00 to 11:00 Held while details are typed")
    assert shown[2] == "11:00 to 17:00 Free, Aire Rooms"


def test_bank_holidays_are_named(ed, diary):
    Diary.objects.update(bank_holidays="england-and-wales")
    for day in range(7):
        add_hours(diary, weekday=day, starts=time(9), ends=time(12))
    text = columns(week(ed, diary, "2026-W53"))
    assert text["Monday 28 December"][0].startswith("Bank holiday: Boxing Day")
    assert text["Friday 1 January"][0] == "Bank holiday: New Year's Day"
    assert text["Tuesday 29 December"] == ["09:00 to 12:00 Free, Aire Rooms"]


def test_weeks_lead_to_one_another_over_the_turn_of_the_year(ed, diary):
    links = page_of(week(ed, diary, "2026-W53")).one("nav", class_="week-links").links
    assert list(links) == ["?week=2026-W52", url_of(diary, "week"), "?week=2027-W01"]
    page = page_of(week(ed, diary))
    assert list(page.one("nav", class_="week-links").links) == ["?week=2026-W47", "?week=2026-W49"]


@pytest.mark.parametrize("text", ["nonsense", "2025-W53", "2026-W48'--", "9999-W52", "<b>", "2026-11-23"])
def test_nonsense_for_a_week_shows_this_one_and_says_so(ed, diary, text):
    response = week(ed, diary, text)
    assert response.status_code == 200
    assert "is no week" in text_of(response)
    assert "Monday 23 November, today" in columns(response)


@pytest.mark.parametrize(
    ("text", "sunday"), [("2027-W12", "Sunday 28 March"), ("2026-W43", "Sunday 25 October")]
)
def test_a_week_in_which_the_clock_changes(ed, diary, text, sunday):
    add_hours(diary, weekday=6, starts=time(0), ends=time(4))
    assert columns(week(ed, diary, text))[sunday] == ["00:00 to 04:00 Free, Aire Rooms"]


def test_the_week_asks_few_questions_however_many_appointments(ed, diary, django_assert_max_num_queries):
    for number in range(12):
        make_appointment(
            diary.physiotherapist, local("2026-11-23 09:00") + timedelta(minutes=30 * number), 30
        )
    with django_assert_max_num_queries(12):
        week(ed, diary)


def test_pages_have_the_strict_policy_and_one_heading(ed, diary):
    make_appointment(diary.physiotherapist, local("2026-11-23 20:00"))
    for address in (LIST, f"{LIST}add/", url_of(diary), url_of(diary, "week")):
        response = ed.get(address)
        assert_strict(response)
        page = page_of(response)
        assert len(page.all("h1")) == 1
        assert [tag for tag in page.walk() if "style" in tag.attributes] == []


def test_the_list_shows_kinds_and_leads_to_the_week(ed, diary):
    add_offer(diary, kind=Kind.FOLLOW_UP)
    page = page_of(ed.get(LIST, {"q": "pat"}))
    assert "First assessment, Follow-up" in page.text
    assert url_of(diary, "week") in page.links


def test_whoever_may_not_see_appointments_sees_no_names_in_the_week(diary):
    make_appointment(diary.physiotherapist, local("2026-11-23 10:00"), name="Ann Patient")
    reader = SignedIn()
    reader.user.user_permissions.set(Permission.objects.filter(codename="view_diary"))
    text = text_of(week(reader, diary))
    assert "10:00 to 11:00 Appointment" in text
    assert "Ann" not in text
    assert reader.post(url_of(diary), {"notice_hours": 1}).status_code == 403


def test_a_diary_that_is_not_there_is_none(ed):
    assert ed.get("/admin/bookings/diary/99999/week/").status_code == 404

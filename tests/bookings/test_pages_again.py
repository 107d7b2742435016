"""The same button twice, a way back, an answer that never arrived, and what changed in between."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from bookings.booking import Details, EnoughOpenError, book, hold
from bookings.diaries import free_slots, open_diary
from bookings.models import Appointment, Diary, Kind, State
from bookings.tokens import appointment_token, booking_token
from tests.bookings.booked import DETAILS
from tests.bookings.factories import EVERY_DAY, make_diary, make_place
from tests.bookings.pages import NOW, TYPED, buttons, choose, confirm, in_hours, times_of
from tests.bookings.pages import book as book_it
from tests.conditions.editing import clock_at
from tests.factories import make_page, make_physiotherapist
from tests.markup import filled_in, page_of


@pytest.fixture(autouse=True)
def _clock(request):
    with clock_at(NOW):
        yield


@pytest.fixture
def diary(db) -> Diary:
    person = make_physiotherapist((make_place(),), slug="ada", name="Ada Sample", phone="0113 496 0123")
    return make_diary(person)


def form_of(client, diary, query=""):
    form = page_of(client.get(times_of(diary) + query)).one("form", class_="slot-form")
    return filled_in(form) | {"slot": buttons(form)[0]}


def test_a_time_that_is_chosen_twice_from_one_page_is_held_once(client: Client, diary: Diary):
    form = form_of(client, diary)
    first, second = (client.post(times_of(diary), form) for _ in range(2))
    assert first.status_code == second.status_code == 302
    assert first.headers["Location"] == second.headers["Location"]
    assert Appointment.objects.count() == 1


def test_it_is_nobody_elses_whatever_they_send(client: Client, diary: Diary):
    form = form_of(client, diary)
    held = client.post(times_of(diary), form).headers["Location"]
    for page in ("", "x", "0" * 24, form_of(client, diary)["page"]):
        other = client.post(times_of(diary), form | {"page": page})
        assert other.status_code == 409
        assert other.headers.get("Location") != held


def test_the_page_is_one_visitors_own(client: Client, diary: Diary):
    first, second = client.get(times_of(diary)), client.get(times_of(diary))
    assert first.headers["Cache-Control"] == "private, no-cache"
    numbers = {
        page_of(page).one("form", class_="slot-form").one("input", name="page")["value"]
        for page in (first, second)
    }
    assert len(numbers) == 2


def test_after_ten_minutes_the_page_takes_the_time_anew(client: Client, diary: Diary):
    form = form_of(client, diary, "?from=2031-06-04")
    first = client.post(times_of(diary), form).headers["Location"]
    with clock_at(in_hours(1)):
        later = client.post(times_of(diary), form)
    assert later.status_code == 302 and later.headers["Location"] != first
    assert list(Appointment.objects.order_by("pk").values_list("state", flat=True)) == [
        State.LAPSED,
        State.HELD,
    ]


def test_who_has_booked_it_and_goes_back_is_led_to_what_they_have(client: Client, diary: Diary):
    form = form_of(client, diary)
    steps = client.post(times_of(diary), form).headers["Location"]
    done = confirm(client, steps).headers["Location"]
    again = client.post(times_of(diary), form)
    assert client.get(again.headers["Location"]).headers["Location"] == done
    assert Appointment.objects.count() == 1


def test_the_way_back_keeps_the_kind_and_the_condition(client: Client, diary: Diary):
    make_page("neck-pain")
    address = choose(client, diary, query="?kind=follow-up&condition=neck-pain")
    page = page_of(client.get(address))
    assert (
        page.one("a", href=f"{times_of(diary)}?kind=follow-up&condition=neck-pain").text
        == "Back to the times"
    )
    details = page_of(client.get(page.one("a", class_="button")["href"]))
    back = details.all("a", href=address)
    assert [link.text for link in back] == ["Back"]


def test_a_time_that_is_not_kept_any_more_is_not_said_to_be(client: Client, diary: Diary):
    address = choose(client, diary)
    assert "Your time is kept for you" in client.get(address).text
    with clock_at(in_hours(0.5)):
        page = client.get(address).text
    assert "It is no longer kept for you" in page and "Your time is kept" not in page


def test_other_times_are_held_as_often_as_times_may_be_and_the_one_before_is_let_go(
    client: Client, diary: Diary, settings
):
    settings.HOLDS_PER_VISITOR = 3
    steps = choose(client, diary)
    offered = buttons(page_of(client.get(times_of(diary))).one("form", class_="slot-form"))
    answers = [client.post(f"{steps}again/", TYPED | {"slot": slot}) for slot in offered[:5]]
    assert [answer.status_code for answer in answers] == [307, 307, 429, 429, 429]
    states = list(Appointment.objects.order_by("pk").values_list("state", flat=True))
    assert states == [State.LAPSED, State.HELD, State.HELD]
    assert "Many times were chosen" in answers[2].text


def test_nobody_unlisted_is_held_by_that_way(client: Client, diary: Diary):
    steps = choose(client, diary)
    slot = buttons(page_of(client.get(times_of(diary))).one("form", class_="slot-form"))[0]
    type(diary.physiotherapist).objects.update(listed=False)
    answer = client.post(f"{steps}again/", TYPED | {"slot": slot})
    assert answer.status_code == 409
    assert Appointment.objects.count() == 1
    assert "What you typed is kept" not in answer.text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+353 1 234 5678 x12", "+35312345678 x12"),
        ("020 7946 0958 x123456", "02079460958 x123456"),
        ("+1 212 555 0100 ext 12", "+12125550100 x12"),
    ],
)
def test_a_long_number_with_an_extension_fits(client: Client, diary: Diary, typed: str, kept: str):
    steps = choose(client, diary)
    assert confirm(client, steps, phone=typed).status_code == 302
    phone = Appointment.objects.get().phone
    assert phone == kept and len(phone) <= 20


def test_what_somebody_does_no_more_cannot_be_booked(client: Client, db):
    aire, dock = make_place(name="Aire Rooms"), make_place(name="Dock Rooms")
    person = make_physiotherapist((aire, dock), slug="ada", online=True, visits_from="LS1 4AP")
    hours = [
        *({"weekday": day, "clinic": aire, "online_too": True} for day in EVERY_DAY[:3]),
        {"weekday": 3, "clinic": dock},
        {"weekday": 4, "where": "home"},
        {"weekday": 5, "where": "online"},
    ]
    diary = make_diary(person, hours=hours, offers=[{}, {"kind": Kind.ONLINE}])

    def places() -> set[str]:
        return {
            heading.text for heading in page_of(client.get(times_of(diary))).all("p", class_="slot-place")
        }

    assert len(places()) == 3
    person.clinics.remove(dock)
    assert len(places()) == 2
    person.home_visits = False
    person.save()
    assert len(places()) == 1
    assert "Online appointment" in client.get(times_of(diary)).text
    person.online = False
    person.save()
    assert "Online appointment" not in client.get(times_of(diary)).text


def test_what_an_address_leads_to_ends_with_the_appointment(client: Client, diary: Diary):
    booked = book_it(client, diary)
    manage = f"/appointments/{appointment_token(booked)}/"
    Appointment.objects.update(state=State.CANCELLED)
    steps = f"{times_of(diary)}{booking_token(booked)}/"
    assert client.get(f"{steps}done/").headers["Location"] == manage
    Appointment.objects.update(erased_at=booked.booked_at, state=State.BOOKED)
    for page in ("", "move/", "cancel/"):
        assert client.get(manage + page).status_code == 410


def test_the_price_of_a_visit_is_told_from_the_first_step(client: Client, db):
    person = make_physiotherapist(
        (), slug="ada", visits_from="LS1 4AP", fee_first=50, fee_home=60, visit_fee=8
    )
    diary = make_diary(person, hours=[{"weekday": day, "where": "home"} for day in EVERY_DAY])
    told = page_of(client.get(times_of(diary) + "?where=home")).one("nav", class_="kinds").text
    assert "£68" in told and "£50" not in told


def test_a_second_press_on_the_third_booking_leads_to_it(client: Client, diary: Diary):
    for number in range(2):
        book_it(client, diary, number)
    steps = choose(client, diary, 5)
    assert confirm(client, steps).status_code == 302
    again = confirm_again(client, steps)
    assert again.status_code == 302 and again.headers["Location"].endswith("/done/")


def confirm_again(client, steps):
    return client.post(f"{steps.partition('?')[0]}confirm/", TYPED)


def test_three_an_address_also_where_five_are_confirmed_at_once(committed_db):
    """Of five people's diaries, so that no lock of a diary makes them wait for each other."""
    now = timezone.now()
    held = []
    for _ in range(5):
        diary = make_diary()
        opened = open_diary(diary.physiotherapist_id, now)
        assert opened
        slot = next(free_slots(opened, Kind.FIRST, now))
        held.append(hold(diary.physiotherapist, Kind.FIRST, slot.starts, now).key)
    ready = Barrier(5)

    def take(key):
        try:
            ready.wait(timeout=30)
            book(key, Details(**DETAILS), now)
        except EnoughOpenError:
            return 0
        finally:
            connections.close_all()
        return 1

    with ThreadPoolExecutor(5) as threads:
        assert sum(threads.map(take, held)) == 3
    assert Appointment.objects.filter(state=State.BOOKED).count() == 3

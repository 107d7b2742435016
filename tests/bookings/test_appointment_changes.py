"""An editor cancels an appointment, moves it, or says whether the patient came."""

from datetime import timedelta

import pytest
from post_office.models import Email

from bookings.booking import cancel
from bookings.groups import BOOKING_EDITOR
from bookings.mails import write_reminders
from bookings.models import Actor, AppointmentEvent, Diary, State
from tests.bookings.booked import book_one
from tests.bookings.editors import events_of, slots_of, url_of
from tests.bookings.factories import local, make_appointment, make_diary, make_place
from tests.conditions.editing import SignedIn, clock_at, said, text_of
from tests.factories import make_physiotherapist
from tests.markup import page_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with clock_at("2026-11-23 08:00"):
        yield


@pytest.fixture
def ed():
    return SignedIn(BOOKING_EDITOR, name="ed")


@pytest.fixture
def diary():
    person = make_physiotherapist((make_place(),), name="Pat Practitioner", email="pat@example.com")
    return make_diary(person)


@pytest.fixture
def booked(diary):
    """On Monday at 9, in an hour."""
    return book_one(diary=diary, reason="My knee")


# --- Cancelling ---


def test_cancelling_tells_both_with_the_reason(ed, booked):
    assert "the next three free times" in text_of(ed.get(url_of(booked, "cancel")))
    booked.refresh_from_db()
    assert booked.state == State.BOOKED
    response = ed.post(url_of(booked, "cancel"), {"reason": "Pat is ill."})
    assert said(ed, response) == "Cancelled. Patient and physiotherapist are told."
    booked.refresh_from_db()
    assert (booked.state, booked.cancelled_by, booked.cancel_reason) == (
        State.CANCELLED,
        Actor.EDITOR,
        "Pat is ill.",
    )
    assert events_of(booked)[-1] == ("cancelled", "editor", "ed")
    assert "Pat is ill." in booked.mails.get(about="cancelled", to="patient").email.message
    page = page_of(ed.get(url_of(booked)))
    assert "Cancelled, by the editor. The patient was told: Pat is ill." in page.text
    assert url_of(booked, "move") not in page.links


@pytest.mark.parametrize(
    ("reason", "message"), [("", "Write a reason."), ("x" * 201, "Shorten the reason to 200")]
)
def test_cancelling_needs_a_reason_that_fits(ed, booked, reason, message):
    response = ed.post(url_of(booked, "cancel"), {"reason": reason})
    assert message in said(ed, response)
    assert page_of(response).one("input", name="reason")["value"] == reason
    booked.refresh_from_db()
    assert booked.state == State.BOOKED


@pytest.mark.parametrize("page", ["cancel", "move"])
def test_what_is_over_or_cancelled_is_left_as_it_is(ed, diary, booked, page):
    over = make_appointment(diary.physiotherapist, local("2026-11-20 10:00"))
    ed.post(url_of(booked, "cancel"), {"reason": "Ill"})
    number = Email.objects.count()
    for appointment in (over, booked):
        address, sent = url_of(appointment, page), {"reason": "Again", "slot": "2026-11-24T09:00+00:00"}
        for ask in (ed.get, ed.post):
            assert "cannot be changed any more" in said(ed, ask(address, sent))
    booked.refresh_from_db()
    assert booked.cancel_reason == "Ill"
    assert Email.objects.count() == number


# --- Moving ---


def test_moving_offers_free_times_and_takes_one(ed, diary, booked):
    book_one(diary=diary, name="Bob")
    response = ed.get(url_of(booked, "move"))
    page = page_of(response)
    offered = [radio["value"] for radio in page.all("input", name="slot")]
    # Not its own time, nor that of somebody else.
    assert offered[:2] == ["2026-11-23T11:00:00+00:00", "2026-11-23T12:00:00+00:00"]
    assert "?from=2026-12-07" in page.links
    response = ed.post(url_of(booked, "move"), {"slot": offered[1]})
    assert said(ed, response) == "Moved. Patient and physiotherapist are told."
    booked.refresh_from_db()
    assert booked.starts == local("2026-11-23 12:00")
    event = booked.events.last()
    assert (event.what, event.by, event.user) == ("moved", Actor.EDITOR, ed.user)
    assert event.detail == "From Mon 23 Nov 2026 09:00 to Mon 23 Nov 2026 12:00"
    assert booked.mails.filter(about="moved").count() == 2


def test_an_editor_needs_no_notice(ed, diary, booked):
    Diary.objects.update(notice_hours=48)
    assert slots_of(diary)[0].starts >= local("2026-11-25 08:00")
    response = ed.post(url_of(booked, "move"), {"slot": "2026-11-23T13:00:00+00:00"})
    assert response.status_code == 302
    booked.refresh_from_db()
    assert booked.starts == local("2026-11-23 13:00")


@pytest.mark.parametrize(
    ("slot", "status", "message"),
    [
        ("", 200, "Choose a time."),
        ("nonsense", 200, "Choose a time."),
        ("2026-11-24T09:07:00+00:00", 409, "That time has just gone. Choose another."),
        ("2026-11-20T09:00:00+00:00", 409, "That time has just gone. Choose another."),
        ("2099-11-20T09:00:00+00:00", 409, "That time has just gone. Choose another."),
    ],
)
def test_a_time_that_cannot_be_had(ed, booked, slot, status, message):
    response = ed.post(url_of(booked, "move"), {"slot": slot, "from": "2026-11-24"})
    assert response.status_code == status
    page = page_of(response)
    assert page.one("p", class_="errornote").text == message
    assert "Tomorrow, Tuesday 24 November to" in page.text
    booked.refresh_from_db()
    assert booked.starts == local("2026-11-23 09:00")


def test_where_no_diary_takes_bookings_moving_says_so(ed, diary, booked):
    Diary.objects.update(is_open=False)
    assert "has no diary that takes bookings" in text_of(ed.get(url_of(booked, "move")))
    diary.delete()
    assert "has no diary that takes bookings" in text_of(ed.get(url_of(booked, "move")))
    assert ed.get(url_of(booked)).status_code == 200


def test_reminders_of_an_appointment_whose_diary_is_gone_are_written_all_the_same(diary):
    later = next(slot for slot in slots_of(diary) if slot.starts > local("2026-12-05 00:00"))
    booked = make_appointment(diary.physiotherapist, later.starts, name="A", email="a@example.com")
    booked.events.create(what=AppointmentEvent.What.BOOKED, by=Actor.PATIENT)
    diary.delete()
    assert write_reminders(later.starts - timedelta(days=6)) == 1
    assert {mail.to for mail in booked.mails.all()} == {"patient", "physiotherapist"}


# --- Whether they came ---


def test_did_not_come_and_did_come_after_all(ed, diary):
    over = make_appointment(diary.physiotherapist, local("2026-11-23 07:00"), name="Ann")
    for answer, told, state in (
        ("no", "Noted: the patient did not come.", State.NO_SHOW),
        ("yes", "Noted: the patient came.", State.BOOKED),
    ):
        button = page_of(ed.get(url_of(over))).one("button", name="came")
        assert button["value"] == answer
        assert said(ed, ed.post(url_of(over, "came"), {"came": answer})) == told
        over.refresh_from_db()
        assert over.state == state
    assert events_of(over) == [("no-show", "editor", "ed"), ("came", "editor", "ed")]


def test_before_it_begins_or_once_cancelled_nobody_came(ed, diary, booked):
    assert "It has not begun yet." in said(ed, ed.post(url_of(booked, "came"), {"came": "no"}))
    cancel(booked.pk, Actor.PATIENT, local("2026-11-23 08:00"))
    assert "It is cancelled." in said(ed, ed.post(url_of(booked, "came"), {"came": "no"}))
    assert ed.get(url_of(booked, "came")).status_code == 405

"""Booking, moving and cancelling: all of it or nothing, and when two do it at one moment."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from post_office.models import Email

from bookings.booking import NotOpenError, SlotGoneError, book, cancel, move
from bookings.diaries import offered_slot, open_diary
from bookings.models import Actor, Appointment, AppointmentMail, Kind, State
from bookings.tokens import booking_token
from tests.bookings.factories import make_diary
from tests.bookings.moments import (
    ANN,
    BEN,
    MINUTE,
    NOW,
    TEN,
    booked_for,
    events,
    held_for,
    mails,
    moved,
    patient,
)


@pytest.fixture
def diary(db):
    return make_diary()


# --- All or nothing ---


@pytest.mark.parametrize("what", ["book", "move", "cancel"])
def test_a_mail_that_cannot_be_written_leaves_everything_as_it_was(diary, what):
    appointment = held_for(diary) if what == "book" else booked_for(diary)
    calls = {
        "book": lambda: book(appointment.key, ANN, NOW),
        "move": lambda: moved(appointment, TEN + 60 * MINUTE),
        "cancel": lambda: cancel(appointment.pk, Actor.PATIENT, NOW),
    }
    before = Appointment.objects.values().get(), mails(), events(appointment), Email.objects.count()
    with (
        patch("bookings.booking.write_mails", side_effect=ZeroDivisionError),
        pytest.raises(ZeroDivisionError),
    ):
        calls[what]()
    after = Appointment.objects.values().get(), mails(), events(appointment), Email.objects.count()
    assert after == before


def test_mails_are_rolled_back_with_the_appointment(diary):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        booked_for(diary)
        assert Email.objects.count() == 2
        raise ZeroDivisionError
    assert not Email.objects.exists() and not AppointmentMail.objects.exists()
    assert not Appointment.objects.exists()


def soon():
    """A time of tomorrow, for tests through the front door, whose clock is the real one."""
    return (timezone.localtime() + timedelta(days=2)).replace(hour=10, minute=0, second=0, microsecond=0)


def test_the_database_is_gone_at_commit(committed_db, client, settings):
    """Nothing is left but the time that was held; and pressing Confirm again books it."""
    settings.BOOKING_LEAST_SECONDS = 0
    client.raise_request_exception = False
    diary = make_diary()
    held = held_for(diary, soon(), timezone.now())
    address = reverse("bookings:confirm", args=[diary.physiotherapist.slug, booking_token(held)])
    form = {"name": "Ann", "email": "ann@example.com", "phone": "07700 900123", "consent": "on"}
    commit = connection._commit  # type: ignore[attr-defined]

    def commit_unless_booked():
        if AppointmentMail.objects.exists():
            raise OperationalError("the database is gone")
        commit()

    with patch.object(connection, "_commit", commit_unless_booked):
        assert client.post(address, form).status_code >= 500
    held.refresh_from_db()
    assert (held.state, held.email, events(held), mails()) == (State.HELD, "", [], [])
    assert not Email.objects.exists()
    for _ in range(2):
        assert client.post(address, form).url.endswith("/done/")
    held.refresh_from_db()
    assert (held.state, len(mails())) == (State.BOOKED, 2)


# --- At one moment ---


def at_once(*works):
    """Each in a thread and on a connection of its own; what they return or raise, in their order."""
    ready = threading.Barrier(len(works))

    def run(work):
        try:
            ready.wait(timeout=60)
            return work()
        except (SlotGoneError, NotOpenError) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return [done.result(timeout=60) for done in [threads.submit(run, work) for work in works]]


def test_confirm_pressed_many_times_at_once(committed_db):
    held = held_for(make_diary())
    made = at_once(*[lambda: book(held.key, ANN, NOW)] * 4)
    assert {appointment.pk for appointment in made} == {held.pk}
    assert len(mails()) == 2 and held.events.count() == 1


def test_two_who_held_one_time_after_another_confirm_at_once(committed_db):
    diary = make_diary()
    for number in range(4):
        starts = TEN + timedelta(days=number)
        ended, held = held_for(diary, starts), held_for(diary, starts, NOW + 11 * MINUTE)
        later = NOW + 25 * MINUTE
        ann, ben = patient(number), patient(number, BEN)
        made = at_once(lambda: book(ended.key, ann, later), lambda: book(held.key, ben, later))  # noqa: B023
        assert sorted(isinstance(each, Appointment) for each in made) == [False, True]
        assert Appointment.objects.filter(starts=starts, state=State.BOOKED).count() == 1


def test_two_appointments_are_moved_to_one_time_at_once(committed_db):
    """Both are there afterwards, one of them where it was."""
    diary = make_diary()
    for number in range(4):
        morning = TEN + timedelta(days=number)
        noon = morning + 120 * MINUTE
        both = (
            booked_for(diary, morning, patient(number)),
            booked_for(diary, morning + 60 * MINUTE, patient(number, BEN)),
        )
        works = []
        for each in both:
            opened = open_diary(each.physiotherapist_id, NOW, without=each.pk)
            assert opened
            slot = offered_slot(opened, Kind.FIRST, noon, NOW)
            assert slot
            works.append(partial(move, each.pk, slot, opened, Actor.PATIENT, NOW))
        made = at_once(*works)
        assert sorted(isinstance(each, Appointment) for each in made) == [False, True]
        after = [Appointment.objects.get(pk=each.pk) for each in both]
        assert {each.state for each in after} == {State.BOOKED}
        assert sorted(each.starts == noon for each in after) == [False, True]
        assert [a.starts for a, b in zip(after, both, strict=True) if a.starts != noon] == [
            b.starts for a, b in zip(after, both, strict=True) if a.starts != noon
        ]


def test_a_move_and_a_booking_of_one_time_at_once(committed_db):
    diary = make_diary()
    for number in range(4):
        morning = TEN + timedelta(days=number)
        noon = morning + 120 * MINUTE
        booked = booked_for(diary, morning, patient(number))
        opened = open_diary(booked.physiotherapist_id, NOW, without=booked.pk)
        assert opened
        slot = offered_slot(opened, Kind.FIRST, noon, NOW)
        assert slot
        made = at_once(
            lambda: move(booked.pk, slot, opened, Actor.PATIENT, NOW),  # noqa: B023
            lambda: booked_for(diary, noon, patient(number, BEN)),  # noqa: B023
        )
        booked.refresh_from_db()
        assert booked.state == State.BOOKED
        assert booked.starts == (noon if isinstance(made[0], Appointment) else morning)
        assert Appointment.objects.filter(starts=noon, state=State.BOOKED).count() == 1


def test_moved_and_cancelled_at_once(committed_db):
    """Either first; it is cancelled in the end, and its mails say what happened."""
    diary = make_diary()
    for number in range(4):
        morning = TEN + timedelta(days=number)
        booked = booked_for(diary, morning)
        made = at_once(
            lambda: moved(booked, morning + 60 * MINUTE),  # noqa: B023
            lambda: cancel(booked.pk, Actor.PATIENT, NOW),  # noqa: B023
        )
        booked.refresh_from_db()
        assert booked.state == State.CANCELLED
        was_moved = isinstance(made[0], Appointment)
        assert booked.sequence == (2 if was_moved else 1)
        assert booked.mails.filter(about="moved").count() == (2 if was_moved else 0)
        assert booked.mails.filter(about="cancelled").count() == 2

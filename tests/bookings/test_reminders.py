"""Reminders 7 days and 48 hours before: once for each time that an appointment has."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from bookings.booking import Details, book, cancel, hold, move
from bookings.diaries import free_slots, open_diary
from bookings.mails import write_reminders
from bookings.models import Actor, Appointment, AppointmentMail, Diary, Kind
from tests.bookings.booked import DETAILS
from tests.bookings.factories import make_diary

pytestmark = pytest.mark.django_db
About = AppointmentMail.About


def book_in(days: int, diary: Diary | None = None) -> Appointment:
    """The first free time so many days from now or later."""
    now = timezone.now()
    diary = diary or make_diary()
    slot = _free(diary, now, days)
    held = hold(diary.physiotherapist, Kind.FIRST, slot.starts, now)
    return book(held.key, Details(**DETAILS), now)


def _free(diary: Diary, now: datetime, days: int):
    opened = open_diary(diary.physiotherapist_id, now)
    assert opened
    return next(free_slots(opened, Kind.FIRST, now, timezone.localdate(now) + timedelta(days=days)))


def reminders(appointment: Appointment) -> list[str]:
    written = appointment.mails.filter(about__in=[About.WEEK_BEFORE, About.HOURS_BEFORE], to="patient")
    return list(written.order_by("pk").values_list("about", flat=True))


def test_each_is_written_once_when_its_time_has_come():
    appointment = book_in(12)
    starts = appointment.starts
    for before, expected in (
        (timedelta(days=7, minutes=1), []),
        (timedelta(days=7), [About.WEEK_BEFORE]),
        (timedelta(days=6), [About.WEEK_BEFORE]),
        (timedelta(hours=48, minutes=1), [About.WEEK_BEFORE]),
        (timedelta(hours=48), [About.WEEK_BEFORE, About.HOURS_BEFORE]),
        (timedelta(minutes=1), [About.WEEK_BEFORE, About.HOURS_BEFORE]),
        (timedelta(0), [About.WEEK_BEFORE, About.HOURS_BEFORE]),
    ):
        write_reminders(starts - before)
        write_reminders(starts - before)
        assert reminders(appointment) == expected, before


def test_whoever_books_within_the_week_is_not_reminded_of_it_at_once():
    appointment = book_in(4)
    assert write_reminders(timezone.now()) == 0
    write_reminders(appointment.starts - timedelta(hours=47))
    assert reminders(appointment) == [About.HOURS_BEFORE]


def test_a_moved_appointment_is_reminded_of_for_its_new_time():
    diary = make_diary()
    appointment = book_in(12, diary)
    write_reminders(appointment.starts - timedelta(days=6))
    now = timezone.now()
    opened = open_diary(diary.physiotherapist_id, now, without=appointment.pk)
    assert opened
    moved = move(appointment.pk, _free(diary, now, 20), opened, Actor.PATIENT, now)
    write_reminders(moved.starts - timedelta(days=6))
    write_reminders(moved.starts - timedelta(hours=40))
    assert reminders(appointment) == [About.WEEK_BEFORE, About.WEEK_BEFORE, About.HOURS_BEFORE]


def test_a_cancelled_one_is_not_reminded_of():
    appointment = book_in(12)
    cancel(appointment.pk, Actor.PATIENT, timezone.now())
    assert write_reminders(appointment.starts - timedelta(days=6)) == 0


@pytest.mark.parametrize("wanted", [True, False])
def test_physiotherapists_are_reminded_unless_they_want_none(wanted):
    appointment = book_in(12, make_diary(reminders=wanted))
    write_reminders(appointment.starts - timedelta(days=6))
    recipients = appointment.mails.filter(about=About.WEEK_BEFORE).order_by("to").values_list("to", flat=True)
    assert list(recipients) == (["patient", "physiotherapist"] if wanted else ["patient"])

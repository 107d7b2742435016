"""Deleting on time: what a person told is gone a number of days after the appointment."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from post_office.models import Email

from bookings.booking import cancel, hold
from bookings.diaries import free_slots, open_diary
from bookings.limits import has_tried_too_often
from bookings.models import PERSONAL, Actor, Appointment, Attempt, Kind, State
from tests.bookings.booked import book_one
from tests.bookings.factories import make_diary

pytestmark = pytest.mark.django_db
WORDS: dict[str, Any] = {
    "name": "Zebedee Planted",
    "email": "planted@example.com",
    "phone": "07700 900199",
    "reason": "planted knees",
}


def book_and_end(days: int, **details: str) -> Appointment:
    """An appointment that ended so many days ago."""
    appointment = book_one(**WORDS | details)
    ended = timezone.now() - timedelta(days=days, minutes=1)
    Appointment.objects.filter(pk=appointment.pk).update(
        starts=ended - timedelta(hours=1), ends=ended, busy_until=ended
    )
    return appointment


def purge(**options: object) -> None:
    call_command("purge_appointments", **options)


def test_details_are_erased_30_days_after_and_not_before(capsys):
    old, recent, to_come = book_and_end(30), book_and_end(29), book_one(**WORDS)
    purge()
    assert capsys.readouterr().out.startswith("1 appointments erased, 0 that were never booked")
    old.refresh_from_db()
    assert [getattr(old, name) for name in PERSONAL] == [""] * len(PERSONAL)
    assert old.erased_at
    assert (old.kind, old.state) == (Kind.FIRST, State.BOOKED)
    for kept in (recent, to_come):
        kept.refresh_from_db()
        assert (kept.name, kept.reason) == ("Zebedee Planted", "planted knees")
        assert kept.mails.count() == 2
    assert not old.mails.exists()
    assert Email.objects.count() == 4


def test_settings_say_how_long(settings):
    settings.KEEP_DETAILS_DAYS = 7
    old = book_and_end(8)
    purge()
    old.refresh_from_db()
    assert old.name == ""


def test_cancelled_ones_and_those_who_did_not_come_are_erased_too():
    cancelled, absent = book_one(**WORDS), book_and_end(40)
    cancel(cancelled.pk, Actor.PATIENT, timezone.now())
    past = timezone.now() - timedelta(days=40)
    Appointment.objects.filter(pk=cancelled.pk).update(
        starts=past, ends=past + timedelta(hours=1), busy_until=past + timedelta(hours=1)
    )
    Appointment.objects.filter(pk=absent.pk).update(state=State.NO_SHOW)
    purge()
    assert not Appointment.objects.exclude(name="").exists()
    assert not Email.objects.exists()


def test_what_was_never_booked_goes_after_a_day(capsys):
    now = timezone.now()
    diary = make_diary()
    opened = open_diary(diary.physiotherapist_id, now)
    assert opened
    first, second = list(free_slots(opened, Kind.FIRST, now))[:2]
    old = hold(diary.physiotherapist, Kind.FIRST, first.starts, now)
    hold(diary.physiotherapist, Kind.FIRST, second.starts, now)
    Appointment.objects.filter(pk=old.pk).update(created_at=now - timedelta(days=1, minutes=1))
    purge()
    assert "1 that were never booked deleted" in capsys.readouterr().out
    assert Appointment.objects.count() == 1


def test_counts_of_attempts_go_after_a_day():
    now = timezone.now()
    has_tried_too_often("book", "192.0.2.1", 5, now - timedelta(days=2))
    has_tried_too_often("book", "192.0.2.1", 5, now)
    purge()
    assert Attempt.objects.count() == 1


def test_a_rehearsal_counts_and_changes_nothing(capsys):
    old = book_and_end(31)
    purge(dry_run=True)
    assert capsys.readouterr().out == (
        "1 appointments would be erased, 0 that were never booked would be deleted, "
        "0 counts of attempts would be deleted.\n"
    )
    old.refresh_from_db()
    assert old.name == "Zebedee Planted"


def test_twice_is_as_good_as_once(capsys):
    book_and_end(31)
    purge()
    capsys.readouterr()
    purge()
    assert capsys.readouterr().out.startswith("0 appointments erased")


def test_silence_can_be_asked_for(capsys):
    purge(verbosity=0)
    assert capsys.readouterr().out == ""

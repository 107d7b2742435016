"""Holding and booking at moments that a test sets, and what came of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bookings.booking import Details, SlotGoneError, book, hold, move
from bookings.diaries import offered_slot, open_diary
from bookings.models import Actor, AppointmentMail, Kind
from tests.bookings.factories import local

# A Monday.
NOW = local("2026-11-23 08:00")
TEN = local("2026-11-24 10:00")
MINUTE = timedelta(minutes=1)
ANN = Details("Ann Patient", "Ann@Example.com", "07700 900123", reason="A sore neck")
BEN = Details("Ben Patient", "ben@example.com", "07700 900124")


def patient(number, details=ANN):
    """Somebody else of the same name: of one address there are three bookings at most."""
    return replace(details, email=f"{number}-{details.email}")


def held_for(diary, starts=TEN, now=NOW, **values):
    return hold(diary.physiotherapist, Kind.FIRST, starts, now, **values)


def booked_for(diary, starts=TEN, details=ANN, now=NOW):
    return book(held_for(diary, starts, now).key, details, now)


def moved(appointment, starts, now=NOW):
    opened = open_diary(appointment.physiotherapist_id, now, without=appointment.pk)
    assert opened
    slot = offered_slot(opened, appointment.kind, starts, now)
    assert slot
    return move(appointment.pk, slot, opened, Actor.PATIENT, now)


def events(appointment):
    return [(event.what, event.by, event.at) for event in appointment.events.all()]


def mails(about=None):
    found = AppointmentMail.objects.filter(about=about) if about else AppointmentMail.objects.all()
    return sorted((mail.about, mail.to, mail.sequence) for mail in found)


def gone(call, *arguments, **values):
    """Which times it offers instead."""
    with pytest.raises(SlotGoneError) as error:
        call(*arguments, **values)
    return [slot.starts for slot in error.value.nearest]

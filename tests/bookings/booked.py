"""Appointments made the way that patients make them."""

from typing import Any

from django.utils import timezone

from bookings.booking import Details, book, hold
from bookings.diaries import free_slots, open_diary
from bookings.models import Appointment, Diary, Kind
from tests.bookings.factories import make_diary

DETAILS = {"name": "Ann Patient", "email": "ann@example.com", "phone": "07700 900123"}


def book_one(kind: str = Kind.FIRST, diary: Diary | None = None, **details: Any) -> Appointment:
    """The first free time of a diary, or of one of its own."""
    now = timezone.now()
    diary = diary or make_diary()
    opened = open_diary(diary.physiotherapist_id, now)
    assert opened
    slot = next(free_slots(opened, kind, now))
    held = hold(diary.physiotherapist, kind, slot.starts, now)
    return book(held.key, Details(**DETAILS | details), now)

"""What editors of bookings do in the admin, for tests."""

from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookings.diaries import free_slots, open_diary
from bookings.models import Appointment, Diary, Kind
from bookings.slots import Slot
from tests.conditions.editing import typed

DIARIES = "/admin/bookings/diary/"
APPOINTMENTS = "/admin/bookings/appointment/"


def url_of(row: Diary | Appointment, page: str = "change") -> str:
    return reverse(f"admin:bookings_{row._meta.model_name}_{page}", args=[row.pk])


def opened(client: Client, row: Diary | Appointment) -> dict[str, Any]:
    """What a browser would send for its form as it stands."""
    return typed(client.get(url_of(row)), "notice_hours" if isinstance(row, Diary) else "email")


def events_of(appointment: Appointment) -> list[tuple[str, str, str]]:
    """What was done, on whose behalf, and which user it was."""
    events = appointment.events.select_related("user")
    return [(event.what, event.by, event.user.username if event.user else "") for event in events]


def slots_of(diary: Diary) -> list[Slot]:
    """The free times for a first assessment."""
    opened_now = open_diary(diary.physiotherapist_id, timezone.now())
    assert opened_now
    return list(free_slots(opened_now, Kind.FIRST, timezone.now()))

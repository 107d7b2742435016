"""Diaries to book in, and what stands in them: plain functions with defaults."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import Model

from bookings.models import Appointment, Diary, Kind, Offer, State, TimeOff, Where, WorkingHours
from bookings.slots import LOCAL
from directory.models import Clinic, Physiotherapist
from tests.factories import make_physiotherapist

EVERY_DAY = range(7)


def make_diary(
    physiotherapist: Physiotherapist | None = None,
    hours: Iterable[dict[str, Any]] | None = None,
    offers: Iterable[dict[str, Any]] | None = None,
    **values: Any,
) -> Diary:
    """Open every day from 9 to 5 at a clinic of its own, for a first assessment of an hour and a follow-up of
    half an hour, without notice. ``hours`` and ``offers``: what is in place of those, each completed."""
    if physiotherapist is None:
        physiotherapist = make_physiotherapist((make_place(),), email="physiotherapist@example.com")
    diary = Diary.objects.create(physiotherapist=physiotherapist, **{"notice_hours": 0} | values)
    for offer in [{}, {"kind": Kind.FOLLOW_UP, "minutes": 30}] if offers is None else offers:
        add_offer(diary, **offer)
    for rule in [{"weekday": day} for day in EVERY_DAY] if hours is None else hours:
        add_hours(diary, **rule)
    return diary


def make_place(**values: Any) -> Clinic:
    """A clinic for which no postcode is looked up."""
    defaults = {"name": "Aire Rooms", "address": "1 Sample Street", "postcode": "LS1 4AP"}
    point = {"latitude": 53.79, "longitude": -1.55, "pin_by_hand": True}
    return Clinic.objects.create(**defaults | point | values)


def add_offer(diary: Diary, **values: Any) -> Offer:
    if values.get("kind") == Kind.ONLINE:
        _offers(diary.physiotherapist, online=True)
    return _create(Offer, diary, {"kind": Kind.FIRST, "minutes": 60}, values)


def add_hours(diary: Diary, **values: Any) -> WorkingHours:
    defaults: dict[str, Any] = {"weekday": 0, "starts": time(9), "ends": time(17)}
    if values.get("where", Where.CLINIC) == Where.CLINIC and "clinic" not in values:
        defaults["clinic"] = diary.physiotherapist.clinics.first()
    if values.get("where") == Where.HOME and not diary.physiotherapist.home_visits:
        base = {"visit_postcode": "LS1 4AP", "visit_latitude": 53.79, "visit_longitude": -1.55}
        _offers(diary.physiotherapist, home_visits=True, visit_miles=10, **base)
    if values.get("where") == Where.ONLINE or values.get("online_too"):
        _offers(diary.physiotherapist, online=True)
    return _create(WorkingHours, diary, defaults, values)


def _offers(person: Physiotherapist, **values: Any) -> None:
    """What is in a diary counts only where their own page has it too."""
    for name, value in values.items():
        setattr(person, name, value)
    person.save()


def add_time_off(diary: Diary, starts: datetime, ends: datetime, **values: Any) -> TimeOff:
    return _create(TimeOff, diary, {"starts": starts, "ends": ends}, values)


def make_appointment(
    person: Physiotherapist, starts: datetime, minutes: int = 60, **values: Any
) -> Appointment:
    """Booked, at the first clinic of the physiotherapist, without a word to anybody."""
    ends = starts + timedelta(minutes=minutes)
    defaults: dict[str, Any] = {
        "kind": Kind.FIRST,
        "where": Where.CLINIC,
        "starts": starts,
        "ends": ends,
        "busy_until": ends,
        "state": State.BOOKED,
    }
    if values.get("where", Where.CLINIC) == Where.CLINIC:
        defaults["clinic"] = person.clinics.first()
    return Appointment.objects.create(physiotherapist=person, **defaults | values)


def local(text: str) -> datetime:
    """In UTC, of what London's clock shows: 2026-03-30 09:00."""
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL).astimezone(UTC)


def _create(model: type[Model], diary: Diary, defaults: dict[str, Any], values: dict[str, Any]) -> Any:
    return model._default_manager.create(diary=diary, **defaults | values)

"""The soonest free time of each physiotherapist: worked out for the few on a page, held for sorting many."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import BinaryField, F, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Substr
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import receiver
from django.utils import timezone

from bookings.diaries import FIRST_BY_PLACE, free_slots, lock_diary, open_diaries
from bookings.models import Appointment, Diary, NextTimes, Offer, State, TimeOff, Where, WorkingHours
from bookings.models.soonest import BYTES, minutes_of, packed, time_of, unpacked
from bookings.slots import Slot
from directory.models import Physiotherapist

# As many as a busy fortnight has: what is held stays of use for days in which nothing is booked.
HELD = 100
# So many of them are read at first where thousands are sorted.
FIRST_READ = 40


def soonest(
    physiotherapists: Collection[int], now: datetime, places: Iterable[str] = Where.values
) -> dict[int, Slot]:
    """By physiotherapist, in three queries; for a new patient, at any of these sorts of place."""
    places = list(places)
    found = {}
    for person, opened in open_diaries(physiotherapists, now).items():
        slots = (
            next(free_slots(opened, FIRST_BY_PLACE[Where(place)], now, where=place), None) for place in places
        )
        if first := min(filter(None, slots), key=lambda slot: slot.starts, default=None):
            found[person] = first
    return found


def soonest_held(
    physiotherapists: Collection[int], now: datetime, places: Iterable[str] = Where.values
) -> dict[int, datetime]:
    """The same of thousands, in one query or two, from what is held: with no regard to times held for
    somebody for some minutes. Who has run out of held times is left out until they are made anew."""
    minute = minutes_of(now) + (1 if now.second or now.microsecond else 0)
    found: dict[int, int] = {}
    held = NextTimes.objects.filter(where__in=list(places))
    passed = []
    # Of nearly everybody the first few are enough, and all of them would take twice as long to read.
    few = Substr("minutes", 1, FIRST_READ * BYTES, output_field=BinaryField())
    for row in _held_rows(held.filter(diary__physiotherapist__in=physiotherapists), few):
        if not _take_first(row, minute, found) and len(row.minutes) == FIRST_READ * BYTES:
            passed.append(row.pk)
    if passed:
        for row in _held_rows(held.filter(pk__in=passed), F("minutes")):
            _take_first(row, minute, found)
    return {person: time_of(first) for person, first in found.items()}


class _Held(NamedTuple):
    pk: int
    person: int
    notice: int
    days: int
    minutes: bytes


def _held_rows(rows: QuerySet[NextTimes], minutes: Combinable) -> Iterator[_Held]:
    columns = ("pk", "diary__physiotherapist", "notice_minutes", "diary__days_ahead", "read")
    return map(_Held._make, rows.annotate(read=minutes).values_list(*columns))


def _take_first(row: _Held, minute: int, found: dict[int, int]) -> bool:
    """Note the first time that can be booked at this minute; False where all that was read is too soon."""
    earliest = minute + row.notice
    first = next((time for time in unpacked(row.minutes) if time >= earliest), None)
    if first is None:
        return False
    if first < minute + (row.days + 1) * 24 * 60:
        found[row.person] = min(first, found.get(row.person, first))
    return True


def refresh(diary: Diary, now: datetime | None = None) -> None:
    """Work out the next times of a diary anew; in the transaction of whatever changed them."""
    now = now or timezone.now()
    with transaction.atomic():
        lock_diary(diary.physiotherapist_id)
        _write_next_times(diary, now)


def _write_next_times(diary: Diary, now: datetime) -> None:
    opened = open_diaries([diary.physiotherapist_id], now, with_holds=False).get(diary.physiotherapist_id)
    NextTimes.objects.filter(diary=diary).delete()
    Diary.objects.filter(pk=diary.pk).update(refreshed_at=now)
    if not opened:
        return
    rows = []
    for place, kind in FIRST_BY_PLACE.items():
        slots = islice(free_slots(opened, kind, now, where=place), HELD)
        times = packed(slot.starts for slot in slots)
        if times:
            rows.append(
                NextTimes(
                    diary=diary,
                    where=place,
                    notice_minutes=opened.diary.notice_hours * 60,
                    minutes=times,
                    refreshed_at=now,
                )
            )
    NextTimes.objects.bulk_create(rows)


def refresh_stale(now: datetime, older_than: timedelta = timedelta(hours=20)) -> int:
    """Of diaries that nobody has changed for a day: times have passed, and their end has moved on."""
    stale = Diary.objects.filter(is_open=True).exclude(refreshed_at__gt=now - older_than)
    number = 0
    for diary in stale.iterator():
        refresh(diary, now)
        number += 1
    return number


@receiver([post_save, post_delete], sender=Diary)
def _diary_changed(instance: Diary, **kwargs: Any) -> None:
    if Diary.objects.filter(pk=instance.pk).exists():
        refresh(instance)


def _goes_with_its_diary(origin: Any) -> bool:
    """``origin``: what is being deleted, a row or a queryset, with all that hangs on it."""
    return getattr(origin, "model", type(origin)) in {Diary, Physiotherapist}


@receiver([post_save, post_delete], sender=Offer)
@receiver([post_save, post_delete], sender=WorkingHours)
@receiver([post_save, post_delete], sender=TimeOff)
def _rule_changed(instance: Offer | WorkingHours | TimeOff, origin: Any = None, **kwargs: Any) -> None:
    if _goes_with_its_diary(origin):
        return
    if diary := Diary.objects.filter(pk=instance.diary_id).first():
        refresh(diary)


@receiver(post_save, sender=Physiotherapist)
def _person_changed(instance: Physiotherapist, created: bool, **kwargs: Any) -> None:
    """What they offer, and where, may have changed."""
    if not created and (diary := Diary.objects.filter(physiotherapist=instance.pk).first()):
        refresh(diary)


@receiver(m2m_changed, sender=Physiotherapist.clinics.through)
def _clinics_changed(
    instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **kwargs: Any
) -> None:
    if not action.startswith("post_"):
        return
    people = list(pk_set or []) if reverse else [instance.pk]
    for diary in Diary.objects.filter(physiotherapist__in=people):
        refresh(diary)


@receiver([post_save, post_delete], sender=Appointment)
def _appointment_changed(instance: Appointment, origin: Any = None, **kwargs: Any) -> None:
    # A hold is for minutes, and is left out of what is held here.
    if instance.state in {State.HELD, State.LAPSED} or _goes_with_its_diary(origin):
        return
    if diary := Diary.objects.filter(physiotherapist=instance.physiotherapist_id).first():
        refresh(diary)

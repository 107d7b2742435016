"""Free times of real diaries: what the database says, put before the pure functions of ``slots``."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import CharField, F, Q, QuerySet, Value

from bookings.bank_holidays import ClosedDays
from bookings.models import Appointment, Diary, Kind, Offer, State, TimeOff, Where, WorkingHours
from bookings.slots import (
    LOCAL,
    MIDNIGHT,
    Hours,
    Slot,
    Span,
    Stretch,
    days_between,
    online_only,
    slots_of,
    stretches_of,
    utc_of,
)
from directory.models import Physiotherapist

# A new patient's first appointment, by where it is.
FIRST_BY_PLACE = {Where.CLINIC: Kind.FIRST, Where.HOME: Kind.FIRST, Where.ONLINE: Kind.ONLINE}


class Opened(NamedTuple):
    """A diary with all that its free times are worked out from. ``busy`` is in order."""

    diary: Diary
    offers: dict[str, Offer]
    hours: list[Hours]
    away: list[Span]
    busy: list[Span]


def open_diaries(
    physiotherapists: Iterable[int], now: datetime, without: int | None = None, with_holds: bool = True
) -> dict[int, Opened]:
    """By physiotherapist, in three queries; of those who take bookings. ``without``: an appointment whose
    time counts as free, since it is to be moved or is held for whoever asks. Time that is past is left out.
    """
    offers = Offer.objects.filter(diary__physiotherapist__in=list(physiotherapists), diary__is_open=True)
    # What somebody does no more is not on offer, though nobody has changed their diary yet.
    offers = offers.exclude(kind=Kind.ONLINE, diary__physiotherapist__online=False)
    of_diary: dict[int, list[Offer]] = defaultdict(list)
    for offer in offers.select_related("diary"):
        of_diary[offer.diary_id].append(offer)
    if not of_diary:
        return {}
    diaries = {pk: found[0].diary for pk, found in of_diary.items()}
    hours: dict[int, list[Hours]] = defaultdict(list)
    rules = WorkingHours.objects.filter(diary__in=diaries).filter(
        Q(where=Where.CLINIC, clinic__physiotherapists=F("diary__physiotherapist"))
        | Q(where=Where.HOME, diary__physiotherapist__home_visits=True)
        | Q(where=Where.ONLINE, diary__physiotherapist__online=True)
    )
    for rule in rules.distinct().order_by("pk"):
        hours[rule.diary_id].append(rule.as_rule)
    away: dict[int, list[Span]] = defaultdict(list)
    busy: dict[int, list[Span]] = defaultdict(list)
    by_person = {diary.physiotherapist_id: pk for pk, diary in diaries.items()}
    for what, owner, starts, ends in _taken(diaries, by_person, now, without, with_holds):
        if what == "away":
            away[owner].append(Span(starts, ends))
        else:
            busy[by_person[owner]].append(Span(starts, ends))
    return {
        person: Opened(
            diaries[pk], {offer.kind: offer for offer in of_diary[pk]}, hours[pk], away[pk], sorted(busy[pk])
        )
        for person, pk in by_person.items()
    }


def _taken(
    diaries: dict[int, Diary], people: Iterable[int], now: datetime, without: int | None, with_holds: bool
) -> QuerySet:
    """Time off and appointments in one statement: which of the two, whose, from, to."""
    times_off = TimeOff.objects.filter(diary__in=diaries, ends__gt=now).order_by()
    taken = Appointment.objects.taking_time(now).filter(physiotherapist__in=list(people), busy_until__gt=now)
    if without:
        taken = taken.exclude(pk=without)
    if not with_holds:
        taken = taken.exclude(state=State.HELD)
    kind = {name: Value(name, output_field=CharField()) for name in ("away", "busy")}
    return times_off.values_list(kind["away"], "diary_id", "starts", "ends").union(
        taken.order_by().values_list(kind["busy"], "physiotherapist_id", "starts", "busy_until"), all=True
    )


def open_diary(physiotherapist: int, now: datetime, without: int | None = None) -> Opened | None:
    return open_diaries([physiotherapist], now, without).get(physiotherapist)


def free_slots(
    opened: Opened,
    kind: str,
    now: datetime,
    first: date | None = None,
    last: date | None = None,
    where: str = "",
    earliest: datetime | None = None,
) -> Iterator[Slot]:
    """The times for a kind of appointment that can be booked now, in order, on local days from ``first`` to
    ``last``, as far as the diary is open. ``where`` leaves out other sorts of place. ``earliest`` stands in
    for the end of the notice needed."""
    offer = opened.offers.get(kind)
    if not offer:
        return
    today = now.astimezone(LOCAL).date()
    earliest = earliest or now + timedelta(hours=opened.diary.notice_hours)
    first = max(first or today, earliest.astimezone(LOCAL).date())
    last = min(last or date.max, today + timedelta(days=opened.diary.days_ahead))
    # With the day after: the break of the last slot may not go on into its hours.
    days = days_between(first, last + timedelta(days=1))
    stretches: Iterator[Stretch] = stretches_of(
        opened.hours, days, ClosedDays(opened.diary.bank_holidays), opened.away
    )
    if kind == Kind.ONLINE:
        stretches = online_only(stretches, Where.ONLINE)
    else:
        stretches = (each for each in stretches if each.place.where != Where.ONLINE)
    end = utc_of(last + timedelta(days=1), MIDNIGHT)
    for slot in slots_of(stretches, opened.busy, offer.length, offer.gap):
        if slot.starts >= end:
            return
        if slot.starts >= earliest and (not where or slot.place.where == where):
            yield slot


def offered_slot(
    opened: Opened, kind: str, starts: datetime, now: datetime, earliest: datetime | None = None
) -> Slot | None:
    """The free time that begins just then, if it is offered. Nobody is at two places at once."""
    day = starts.astimezone(LOCAL).date()
    slots = free_slots(opened, kind, now, day, day, earliest=earliest)
    return next((slot for slot in slots if slot.starts == starts), None)


def nearest_slots(
    opened: Opened, kind: str, where: str, wanted: datetime, now: datetime, number: int = 3
) -> list[Slot]:
    """The free times that are least far from one that is gone, in order of time."""
    slots = list(free_slots(opened, kind, now, where=where))
    nearest = sorted(slots, key=lambda slot: abs(slot.starts - wanted))[:number]
    return sorted(nearest, key=lambda slot: slot.starts)


def kinds_offered(opened: Opened) -> list[Offer]:
    """In the order in which patients need them."""
    return [opened.offers[kind] for kind in Kind.values if kind in opened.offers]


def is_listed(physiotherapist: int) -> bool:
    """Whether new appointments can be made with them at all, whatever their diary says."""
    return Physiotherapist.objects.listed().filter(pk=physiotherapist).exists()


def lock_diary(physiotherapist: int) -> None:
    """Until the transaction's end. On SQLite the transaction has the whole database already."""
    list(Diary.objects.select_for_update().filter(physiotherapist=physiotherapist).values_list("pk"))

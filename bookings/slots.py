"""Free times, worked out from working hours: nothing here reads a database or a clock.

Hours are local (Europe/London); everything that comes of them is in UTC, so that a day on which the
clock changes has the hour more or less that it really has. An hour that the clock repeats belongs to
whatever hours go on through it; one that it leaves out is nobody's.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Europe/London")
MIDNIGHT = time(0)
# Times are offered at full five minutes, even where time off ends at 10:07.
GRID = timedelta(minutes=5)


class Place(NamedTuple):
    """``where`` is a value of ``Where``; ``clinic_id`` is None unless it is at a clinic."""

    where: str
    clinic_id: int | None = None


class Hours(NamedTuple):
    """Every week on one day (0 is Monday). ``ends`` at midnight means the end of the day.

    ``online``: appointments online may be given in them too.
    """

    weekday: int
    starts: time
    ends: time
    place: Place
    online: bool = False
    valid_from: date | None = None
    valid_until: date | None = None


class Span(NamedTuple):
    starts: datetime
    ends: datetime


class Stretch(NamedTuple):
    """Time in which somebody works at one place without a break."""

    starts: datetime
    ends: datetime
    place: Place
    online: bool


class Slot(NamedTuple):
    """``busy_until`` is the end of the break after it."""

    starts: datetime
    ends: datetime
    busy_until: datetime
    place: Place


def slots_of(
    stretches: Iterable[Stretch], busy: Sequence[Span], length: timedelta, gap: timedelta
) -> Iterator[Slot]:
    """In order: one after another from the start of each stretch, without those that meet a ``busy`` span.

    What is taken moves no other time, so a time that one person is looking at stays when another books.
    ``busy`` is in order of its starts, and its spans do not overlap. Length and gap are at least 0, and
    not both.
    """
    upcoming = 0
    for stretch in stretches:
        starts = _on_the_grid(stretch.starts)
        while starts + length <= stretch.ends:
            slot = Slot(starts, starts + length, starts + length + gap, stretch.place)
            while upcoming < len(busy) and busy[upcoming].ends <= starts:
                upcoming += 1
            if upcoming == len(busy) or busy[upcoming].starts >= max(slot.busy_until, slot.ends):
                yield slot
            starts = slot.busy_until


def stretches_of(
    hours: Sequence[Hours], days: Iterable[date], closed: Container[date], away: Sequence[Span]
) -> Iterator[Stretch]:
    """When somebody works on these days, in order. Nobody works on ``closed`` days nor while ``away``."""
    for day in days:
        if day not in closed:
            for stretch in _without_overlaps(_of_day(hours, day)):
                yield from _without_time_off(stretch, away)


def online_only(stretches: Iterable[Stretch], where: str) -> Iterator[Stretch]:
    """Those in which appointments online may be given; ``where`` is what such a slot's place says."""
    return (stretch._replace(place=Place(where)) for stretch in stretches if stretch.online)


def days_between(first: date, last: date) -> Iterator[date]:
    """Both included."""
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def utc_of(day: date, at: time) -> datetime:
    return datetime.combine(day, at, LOCAL).astimezone(UTC)


def _of_day(hours: Sequence[Hours], day: date) -> list[Stretch]:
    found = []
    for rule in hours:
        if rule.weekday != day.weekday():
            continue
        if (rule.valid_from and day < rule.valid_from) or (rule.valid_until and day > rule.valid_until):
            continue
        last_day = day + timedelta(days=1) if rule.ends == MIDNIGHT else day
        starts, ends = utc_of(day, rule.starts), utc_of(last_day, rule.ends)
        # On the last Sunday of March, hours from 01:30 to 02:00 are nothing.
        if starts < ends:
            found.append(Stretch(starts, ends, rule.place, rule.online))
    return sorted(found, key=lambda stretch: (stretch.starts, stretch.ends, stretch.place.where))


def _without_overlaps(stretches: list[Stretch]) -> list[Stretch]:
    """Of hours at one place, one stretch; where two places claim the same time, the one that began first
    has it, since nobody is at two."""
    clear: list[Stretch] = []
    for stretch in stretches:
        before = clear[-1] if clear else None
        if before and stretch.starts <= before.ends and stretch[2:] == before[2:]:
            clear[-1] = before._replace(ends=max(before.ends, stretch.ends))
        elif before and stretch.starts < before.ends:
            if stretch.ends > before.ends:
                clear.append(stretch._replace(starts=before.ends))
        else:
            clear.append(stretch)
    return clear


def _without_time_off(stretch: Stretch, away: Sequence[Span]) -> Iterator[Stretch]:
    starts = stretch.starts
    for span in sorted(away):
        if span.ends <= starts or span.starts >= stretch.ends:
            continue
        if span.starts > starts:
            yield stretch._replace(starts=starts, ends=span.starts)
        starts = max(starts, span.ends)
    if starts < stretch.ends:
        yield stretch._replace(starts=starts)


def _on_the_grid(moment: datetime) -> datetime:
    over = (moment - datetime.min.replace(tzinfo=UTC)) % GRID
    return moment + (GRID - over) if over else moment

"""Free times, worked out from working hours: nothing here reads a database or a clock.

Hours are local (Europe/London); everything that comes of them is in UTC, so that a day on which the
clock changes has the hour more or less that it really has. Somebody works whenever the clock shows a time
within their hours: twice in an hour that it repeats, and never in one that it leaves out.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Europe/London")
MIDNIGHT = time(0)
# In UTC, by law: S.I. 2002/262.
CLOCK_CHANGES = time(1)
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


_NO_MORE = Stretch(datetime.max.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), Place(""), False)


def slots_of(
    stretches: Iterable[Stretch], busy: Sequence[Span], length: timedelta, gap: timedelta
) -> Iterator[Slot]:
    """In order: one after another from the start of each stretch, without those that meet a ``busy`` span.

    What is taken moves no other time, so a time that one person is looking at stays when another books.
    The break after a slot may go on after the hours, but not into the next stretch. ``busy`` is in order
    of its starts, and its spans do not overlap. Length and gap are at least 0, and not both.
    """
    upcoming = 0
    for stretch, following in pairwise(chain(stretches, [_NO_MORE])):
        starts = _on_the_grid(stretch.starts)
        while starts + length <= stretch.ends:
            slot = Slot(starts, starts + length, starts + length + gap, stretch.place)
            while upcoming < len(busy) and busy[upcoming].ends <= starts:
                upcoming += 1
            is_free = upcoming == len(busy) or busy[upcoming].starts >= slot.busy_until
            if is_free and slot.busy_until <= following.starts:
                yield slot
            starts = _on_the_grid(slot.busy_until)


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
        for starts, ends in _spans(day, rule.starts, rule.ends):
            found.append(Stretch(starts, ends, rule.place, rule.online))
    return sorted(found, key=lambda stretch: (stretch.starts, stretch.ends, stretch.place.where))


def _spans(day: date, starts: time, ends: time) -> list[Span]:
    """When the clock shows a time from ``starts`` to ``ends``: one span, or two, or none, if it changes."""
    last_day = day + timedelta(days=1) if ends == MIDNIGHT else day
    first, last = datetime.combine(day, starts, UTC), datetime.combine(last_day, ends, UTC)
    found: list[Span] = []
    for begins, over, offset in _offsets_of(day):
        span = Span(max(begins, first - offset), min(over, last - offset))
        if span.starts >= span.ends:
            continue
        if found and span.starts == found[-1].ends:
            span = Span(found.pop().starts, span.ends)
        found.append(span)
    return found


@lru_cache(maxsize=2048)
def _offsets_of(day: date) -> list[tuple[datetime, datetime, timedelta]]:
    """From when to when the clock is how far ahead of UTC: one row, or two on a day on which it changes."""
    begins, over = datetime.combine(day, MIDNIGHT, LOCAL), datetime.combine(day, time.max, LOCAL)
    before, after = begins.utcoffset() or timedelta(), over.utcoffset() or timedelta()
    begins, over = begins.astimezone(UTC), utc_of(day + timedelta(days=1), MIDNIGHT)
    if before == after:
        return [(begins, over, before)]
    changes = datetime.combine(day, CLOCK_CHANGES, UTC)
    return [(begins, changes, before), (changes, over, after)]


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

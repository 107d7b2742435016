"""A week of a diary, day by day: when there are hours, what of them is taken and what is free.

Nothing here reads a database or a clock. Days are local (Europe/London); moments are in UTC.
"""

import re
from collections.abc import Container, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple

from bookings.slots import LOCAL, MIDNIGHT, Hours, Place, Span, Stretch, stretches_of, utc_of

NO_HOURS, FREE, AWAY, BREAK, TAKEN = "no-hours", "free", "away", "break", "taken"
# What a week without anything in it shows.
USUAL = 9, 17


class Taken(NamedTuple):
    """The time of an appointment. ``online``: it is given in hours in which that may be, wherever."""

    number: int
    starts: datetime
    ends: datetime
    busy_until: datetime
    place: Place
    online: bool = False


class Piece(NamedTuple):
    """``place`` is that of the hours; ``number`` says whose appointment or break it is."""

    what: str
    starts: datetime
    ends: datetime
    place: Place | None = None
    number: int | None = None


def monday_of(text: str) -> date | None:
    """Of a week as ISO 8601 writes it, such as 2026-W48; None for anything else."""
    found = re.fullmatch(r"(2[01]\d\d)-W(\d\d)", text, re.ASCII)
    if not found:
        return None
    try:
        return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        return None


def week_text(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def pieces_of(
    span: Span, stretches: Iterable[Stretch], away: Iterable[Span], taken: Iterable[Taken]
) -> list[Piece]:
    """The span in pieces, without a hole and in order. An appointment covers whatever else there would be,
    then its break, then time off, then hours."""
    layers = [Piece(FREE, stretch.starts, stretch.ends, stretch.place) for stretch in stretches]
    layers += [Piece(AWAY, *each) for each in away]
    taken = list(taken)
    layers += [Piece(BREAK, each.ends, each.busy_until, number=each.number) for each in taken]
    layers += [Piece(TAKEN, each.starts, each.ends, each.place, each.number) for each in taken]
    moments = {moment for layer in layers for moment in (layer.starts, layer.ends)}
    cuts = sorted({*span, *(moment for moment in moments if span.starts < moment < span.ends)})
    found: list[Piece] = []
    for starts, ends in pairwise(cuts):
        covering = [layer for layer in layers if layer.starts <= starts and ends <= layer.ends]
        top = covering[-1] if covering else Piece(NO_HOURS, starts, ends)
        if found and found[-1][3:] == top[3:] and found[-1].what == top.what:
            found[-1] = found[-1]._replace(ends=ends)
        else:
            found.append(top._replace(starts=starts, ends=ends))
    return found


def hours_shown(days: Iterable[date], spans: Iterable[Span]) -> dict[date, Span]:
    """For each day the same full hours of the clock, in which all the spans lie; the usual ones if none."""
    hours = []
    for span in spans:
        starts, ends = span.starts.astimezone(LOCAL), span.ends.astimezone(LOCAL)
        hours.append(starts.hour)
        hours.append(24 if ends.date() > starts.date() else ends.hour + bool(ends.minute))
    first, last = (min(hours), max(hours)) if hours else USUAL
    return {
        day: Span(
            utc_of(day, time(first)),
            utc_of(day, time(last)) if last < 24 else utc_of(day + timedelta(days=1), MIDNIGHT),
        )
        for day in days
    }


def why_outside(taken: Taken, hours: Sequence[Hours], closed: Container[date], away: Sequence[Span]) -> str:
    """Why nobody would be booked at that time and place now, in words; nothing if it lies within hours."""
    day = taken.starts.astimezone(LOCAL).date()
    if _lies_within(taken, stretches_of(hours, [day], closed, away)):
        return ""
    if day in closed:
        return "on a bank holiday"
    if any(span.starts < taken.ends and taken.starts < span.ends for span in away):
        return "in time off"
    stretches = stretches_of(hours, [day], closed, [])
    if any(each.starts <= taken.starts and taken.ends <= each.ends for each in stretches):
        return "in hours without online appointments" if taken.online else "in hours at another place"
    return "outside the hours"


def _lies_within(taken: Taken, stretches: Iterable[Stretch]) -> bool:
    return any(
        stretch.starts <= taken.starts
        and taken.ends <= stretch.ends
        and (stretch.online if taken.online else stretch.place == taken.place)
        for stretch in stretches
    )

"""What holds of every diary, however odd: checked minute by minute against the clock on the wall."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import settings as at_most
from hypothesis import strategies as st

from bookings.slots import (
    GRID,
    LOCAL,
    Hours,
    Place,
    Span,
    Stretch,
    days_between,
    slots_of,
    stretches_of,
    utc_of,
)

MINUTE = timedelta(minutes=1)
PLACES = [Place("clinic", 1), Place("clinic", 2), Place("home")]
# Ordinary ones, and the two on which the clock changes, with the days beside them.
DAYS = [date(2026, 11, 22), date(2026, 3, 28), date(2026, 10, 24)]
NUMBER_OF_DAYS = 3

days = st.sampled_from(DAYS)
lengths = st.sampled_from([5, 20, 30, 33, 45, 60, 90, 480]).map(lambda number: number * MINUTE)
gaps = st.sampled_from([0, 5, 7, 15, 60]).map(lambda number: number * MINUTE)
# Mostly full quarters, so that hours and spans touch each other often.
minutes = st.sampled_from([0, 0, 15, 30, 30, 45, 7])
# Half of them in the night, when the clock changes.
clock = st.builds(time, st.one_of(st.integers(0, 3), st.integers(0, 23)), minutes)


@st.composite
def rules(draw):
    starts, ends = draw(clock), draw(st.one_of(st.just(time(0)), clock))
    if ends != time(0) and ends <= starts:
        starts, ends = (ends, starts) if ends < starts else (time(0), ends)
    valid = st.one_of(st.none(), st.sampled_from(DAYS).flatmap(lambda day: st.just(day + timedelta(days=1))))
    weekday = draw(st.sampled_from([5, 6, 6, 6, 0]))
    return Hours(
        weekday, starts, ends, draw(st.sampled_from(PLACES)), draw(st.booleans()), draw(valid), draw(valid)
    )


@st.composite
def spans(draw, first: date, apart: bool):
    """In order; ``apart``: none meets another, as the database sees to with appointments."""
    begins = utc_of(first, time(0))
    edges = draw(st.lists(st.integers(0, NUMBER_OF_DAYS * 24 * 12), max_size=12, unique=True))
    made = [Span(begins + a * GRID, begins + b * GRID) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    made = sorted(Span(min(span), max(span)) for span in made)
    if not apart:
        return made
    kept: list[Span] = []
    for span in made:
        if not kept or span.starts >= kept[-1].ends:
            kept.append(span)
    return kept


@st.composite
def diaries(draw):
    first = draw(days)
    return (
        first,
        draw(st.lists(rules(), max_size=5)),
        draw(spans(first, apart=True)),
        draw(spans(first, apart=False)),
        {day for day in days_between(first, first + timedelta(days=2)) if draw(st.integers(0, 5)) == 0},
        draw(lengths),
        draw(gaps),
    )


def slots_in(diary):
    first, hours, busy, away, closed, length, gap = diary
    stretches = stretches_of(hours, days_between(first, first + timedelta(days=2)), closed, away)
    return list(slots_of(stretches, busy, length, gap))


def works_at(hours, closed, minute: datetime, place: Place) -> bool:
    """Whether the clock on the wall shows a time of somebody's hours there."""
    wall = minute.astimezone(LOCAL)
    if wall.date() in closed:
        return False
    return any(
        rule.place == place
        and rule.weekday == wall.weekday()
        and rule.starts <= wall.time() < (time.max if rule.ends == time(0) else rule.ends)
        and (rule.valid_from is None or rule.valid_from <= wall.date())
        and (rule.valid_until is None or wall.date() <= rule.valid_until)
        for rule in hours
    )


def minutes_of(span) -> list[datetime]:
    return [span.starts + number * MINUTE for number in range((span.ends - span.starts) // MINUTE)]


def meet(starts: datetime, ends: datetime, span: Span) -> bool:
    return starts < span.ends and span.starts < ends


@given(diaries())
@at_most(max_examples=300, deadline=None)
def test_no_slot_meets_an_appointment_time_off_or_another_slot(diary):
    _, _, busy, away, _, length, gap = diary
    slots = slots_in(diary)
    for slot in slots:
        assert (slot.ends - slot.starts, slot.busy_until - slot.ends) == (length, gap)
        assert not any(meet(slot.starts, slot.busy_until, span) for span in busy)
        # A break may go on into time off, as it may after the hours.
        assert not any(meet(slot.starts, slot.ends, span) for span in away)
    for slot, following in pairwise(slots):
        assert slot.busy_until <= following.starts


@given(diaries())
@at_most(max_examples=150, deadline=None)
def test_every_slot_lies_within_hours_on_full_five_minutes(diary):
    _, hours, _, _, closed, _, _ = diary
    for slot in slots_in(diary):
        assert all(works_at(hours, closed, minute, slot.place) for minute in minutes_of(slot))
        assert slot.starts.minute % 5 == slot.starts.second == slot.starts.microsecond == 0


@given(diaries())
@at_most(max_examples=150, deadline=None)
def test_somebody_works_for_every_minute_of_their_hours_and_in_one_place(diary):
    first, hours, _, away, closed, _, _ = diary
    stretches = list(stretches_of(hours, days_between(first, first + timedelta(days=2)), closed, away))
    assert all(a.ends <= b.starts and a.starts < a.ends for a, b in pairwise(stretches))
    worked = {minute for stretch in stretches for minute in minutes_of(stretch)}
    begins, over = utc_of(first, time(0)), utc_of(first + timedelta(days=3), time(0))
    for minute in minutes_of(Span(begins, over)):
        is_away = any(span.starts <= minute < span.ends for span in away)
        within = any(works_at(hours, closed, minute, place) for place in PLACES)
        assert (minute in worked) == (within and not is_away), minute


@given(diaries())
@at_most(max_examples=150, deadline=None)
def test_what_is_taken_moves_no_other_time(diary):
    first, hours, busy, away, closed, length, gap = diary
    every = slots_in((first, hours, [], away, closed, length, gap))
    free = [slot for slot in every if not any(meet(slot.starts, slot.busy_until, span) for span in busy)]
    assert slots_in(diary) == free


@given(st.lists(st.integers(1, 200), min_size=1, max_size=6), lengths)
@at_most(max_examples=100, deadline=None)
def test_no_room_is_left_that_a_slot_fits_in(widths, length):
    """Of one stretch after another, an hour apart."""
    begins, stretches = utc_of(DAYS[0], time(0)), []
    for width in widths:
        stretches.append(Stretch(begins, begins + width * GRID, PLACES[0], False))
        begins = stretches[-1].ends + timedelta(hours=1)
    slots = list(slots_of(stretches, (), length, timedelta()))
    on_grid = -(-length // GRID)
    for stretch, width in zip(stretches, widths, strict=True):
        there = [slot for slot in slots if stretch.starts <= slot.starts < stretch.ends]
        # As many as fit, of which the last need not end on full five minutes.
        assert len(there) == (width - -(-length // GRID)) // on_grid + 1 if width >= on_grid else not there

"""What of a day is hours, taken or free: by table, over both changes of the clock too."""

from datetime import UTC, date, datetime, time
from itertools import pairwise

import pytest

from bookings.slots import Hours, Place, Span, stretches_of
from bookings.week import (
    AWAY,
    BREAK,
    FREE,
    NO_HOURS,
    TAKEN,
    Taken,
    hours_shown,
    monday_of,
    pieces_of,
    week_text,
    why_outside,
)
from tests.bookings.factories import local

HERE, THERE, HOME, ONLINE = Place("clinic", 1), Place("clinic", 2), Place("home"), Place("online")
MONDAY = date(2026, 11, 23)
NINE_TO_FIVE = Hours(0, time(9), time(17), HERE)


def at(text: str, day: date = MONDAY) -> datetime:
    return local(f"{day} {text}").astimezone(UTC)


def span(starts: str, ends: str) -> Span:
    return Span(at(starts), at(ends))


def taken(number: int, starts: str, ends: str, busy_until: str = "", place: Place = HERE, **more) -> Taken:
    return Taken(number, at(starts), at(ends), at(busy_until or ends), place, **more)


def told(pieces) -> list[str]:
    return [f"{p.starts:%H:%M}-{p.ends:%H:%M} {p.what}{p.number or ''}" for p in pieces]


@pytest.mark.parametrize(
    ("away", "appointments", "expected"),
    [
        ([], [], ["08:00-09:00 no-hours", "09:00-17:00 free", "17:00-18:00 no-hours"]),
        (
            [],
            [taken(1, "10:00", "11:00", "11:15")],
            [
                "08:00-09:00 no-hours",
                "09:00-10:00 free",
                "10:00-11:00 taken1",
                "11:00-11:15 break1",
                "11:15-17:00 free",
                "17:00-18:00 no-hours",
            ],
        ),
        (
            [],
            # One after another, and two that fill the day's end.
            [taken(1, "09:00", "10:00"), taken(2, "10:00", "11:00"), taken(3, "16:00", "17:00", "17:10")],
            [
                "08:00-09:00 no-hours",
                "09:00-10:00 taken1",
                "10:00-11:00 taken2",
                "11:00-16:00 free",
                "16:00-17:00 taken3",
                "17:00-17:10 break3",
                "17:10-18:00 no-hours",
            ],
        ),
        (
            [("12:00", "14:00")],
            # An appointment stays in sight in time off that was entered later.
            [taken(1, "13:00", "13:30", "13:40")],
            [
                "08:00-09:00 no-hours",
                "09:00-12:00 free",
                "12:00-13:00 away",
                "13:00-13:30 taken1",
                "13:30-13:40 break1",
                "13:40-14:00 away",
                "14:00-17:00 free",
                "17:00-18:00 no-hours",
            ],
        ),
        ([("07:00", "23:00")], [], ["08:00-18:00 away"]),
        (
            [],
            [taken(1, "07:30", "08:30"), taken(2, "17:30", "18:30")],
            [
                "08:00-08:30 taken1",
                "08:30-09:00 no-hours",
                "09:00-17:00 free",
                "17:00-17:30 no-hours",
                "17:30-18:00 taken2",
            ],
        ),
    ],
)
def test_pieces_of_a_day(away, appointments, expected):
    stretches = stretches_of([NINE_TO_FIVE], [MONDAY], (), [])
    pieces = pieces_of(span("08:00", "18:00"), stretches, [span(*each) for each in away], appointments)
    assert told(pieces) == expected
    assert {piece.what for piece in pieces} <= {NO_HOURS, FREE, AWAY, BREAK, TAKEN}


def test_hours_at_two_places_are_two_pieces():
    hours = [NINE_TO_FIVE._replace(ends=time(12)), NINE_TO_FIVE._replace(starts=time(12), place=HOME)]
    pieces = pieces_of(span("09:00", "17:00"), stretches_of(hours, [MONDAY], (), []), [], [])
    assert [(piece.ends, piece.place) for piece in pieces] == [(at("12:00"), HERE), (at("17:00"), HOME)]


def test_a_day_has_no_hole_and_no_overlap():
    pieces = pieces_of(
        span("00:00", "23:00"),
        stretches_of([NINE_TO_FIVE], [MONDAY], (), []),
        [span("10:30", "12:07")],
        [taken(1, "09:35", "10:20", "10:40"), taken(2, "12:00", "12:30")],
    )
    for one, following in pairwise(pieces):
        assert one.ends == following.starts
        assert one.starts < one.ends
    assert (pieces[0].starts, pieces[-1].ends) == (at("00:00"), at("23:00"))


@pytest.mark.parametrize(
    ("day", "hours_long", "expected"),
    [
        # The clock goes from 01:00 to 02:00, in UTC at 01:00.
        (date(2026, 3, 29), 4, ["00:00-00:30 no-hours", "00:30-02:30 free", "02:30-04:00 no-hours"]),
        # It shows 01:00 to 02:00 twice: hours from 00:30 to 03:30 are four.
        (
            date(2026, 10, 25),
            6,
            ["23:00-23:30 no-hours", "23:30-03:30 free", "03:30-05:00 no-hours"],
        ),
    ],
)
def test_a_night_in_which_the_clock_changes_is_as_long_as_it_is(day, hours_long, expected):
    rule = Hours(6, time(0, 30), time(3, 30), HERE)
    spans = hours_shown([day], [Span(at("00:00", day), at("05:00", day))])
    stretches = list(stretches_of([rule], [day], (), []))
    assert told(pieces_of(spans[day], stretches, [], [])) == expected
    assert (spans[day].ends - spans[day].starts).total_seconds() == hours_long * 3600


def test_both_weeks_of_a_change_show_the_same_hours_of_the_clock_each_day():
    for monday in (date(2026, 3, 23), date(2026, 10, 19)):
        days = [date.fromordinal(monday.toordinal() + number) for number in range(8)]
        spans = hours_shown(days, [Span(at("09:30", monday), at("16:10", monday))])
        assert spans == {day: Span(at("09:00", day), at("17:00", day)) for day in days}


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ([], ("09:00", "17:00")),
        ([("10:00", "12:00")], ("10:00", "12:00")),
        ([("10:30", "12:05"), ("19:00", "20:00")], ("10:00", "20:00")),
        ([("12:00", "12:30"), ("07:59", "08:10")], ("07:00", "13:00")),
    ],
)
def test_hours_shown(shown, expected):
    assert hours_shown([MONDAY], [span(*each) for each in shown])[MONDAY] == span(*expected)


def test_hours_until_midnight_are_shown_to_the_end_of_the_day():
    end = at("00:00", date(2026, 11, 24))
    assert hours_shown([MONDAY], [Span(at("20:00"), end)])[MONDAY] == Span(at("20:00"), end)


@pytest.mark.parametrize(
    ("appointment", "why"),
    [
        (taken(1, "09:00", "10:00"), ""),
        (taken(1, "16:00", "17:00", "17:30"), ""),
        (taken(1, "16:30", "17:30"), "outside the hours"),
        (taken(1, "08:30", "09:30"), "outside the hours"),
        (taken(1, "11:30", "12:30"), "in time off"),
        (taken(1, "10:00", "11:00", place=THERE), "in hours at another place"),
        (taken(1, "10:00", "11:00", place=ONLINE, online=True), "in hours without online appointments"),
    ],
)
def test_why_an_appointment_lies_outside(appointment, why):
    assert why_outside(appointment, [NINE_TO_FIVE], (), [span("12:00", "13:00")]) == why


def test_on_a_bank_holiday_nobody_has_hours():
    assert why_outside(taken(1, "09:00", "10:00"), [NINE_TO_FIVE], {MONDAY}, []) == "on a bank holiday"


def test_online_appointments_lie_within_hours_at_a_clinic_that_allow_them():
    hours = [NINE_TO_FIVE._replace(online=True)]
    assert why_outside(taken(1, "09:00", "10:00", place=ONLINE, online=True), hours, (), []) == ""


def test_hours_that_are_not_valid_yet_are_none():
    hours = [NINE_TO_FIVE._replace(valid_from=date(2026, 11, 24))]
    assert why_outside(taken(1, "09:00", "10:00"), hours, (), []) == "outside the hours"


@pytest.mark.parametrize(
    ("text", "monday"),
    [
        ("2026-W48", date(2026, 11, 23)),
        ("2026-W01", date(2025, 12, 29)),
        ("2026-W53", date(2026, 12, 28)),
        ("2025-W53", None),
        ("2026-W00", None),
        ("2026-W54", None),
        ("2026-48", None),
        ("2026-W4", None),
        ("2026-W48 ", None),
        ("1999-W10", None),
        ("9999-W52", None),
        ("٢٠٢٦-W48", None),
        ("", None),
    ],
)
def test_weeks_as_they_are_written(text, monday):
    assert monday_of(text) == monday
    if monday:
        assert week_text(monday) == text

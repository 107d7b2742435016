"""Free times by table: what comes of hours, time off and appointments on a given day."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from bookings.slots import (
    LOCAL,
    Hours,
    Place,
    Span,
    days_between,
    online_only,
    slots_of,
    stretches_of,
    utc_of,
)

MONDAY = date(2026, 11, 23)
FORWARD, BACK = date(2026, 3, 29), date(2026, 10, 25)
HERE, THERE, HOME = Place("clinic", 1), Place("clinic", 2), Place("home")
HOUR, NONE = timedelta(hours=1), timedelta()


def hours(text: str, place: Place = HERE, day: date = MONDAY, **values) -> Hours:
    starts, ends = (time.fromisoformat(part) for part in text.split("-"))
    return Hours(day.weekday(), starts, ends, place, **values)


def span(text: str, day: date = MONDAY) -> Span:
    starts, ends = (time.fromisoformat(part) for part in text.split("-"))
    return Span(utc_of(day, starts), utc_of(day, ends))


def found(rules, day=MONDAY, length=60, gap=0, busy=(), away=(), closed=()):
    """As the clock on the wall shows them."""
    stretches = stretches_of(rules, [day], closed, away)
    slots = slots_of(stretches, busy, timedelta(minutes=length), timedelta(minutes=gap))
    return [f"{slot.starts.astimezone(LOCAL):%H:%M}" for slot in slots]


@pytest.mark.parametrize(
    ("rule", "length", "gap", "starts"),
    [
        ("09:00-12:00", 60, 0, ["09:00", "10:00", "11:00"]),
        # The last break may go on after the hours.
        ("09:00-12:00", 50, 10, ["09:00", "10:00", "11:00"]),
        ("09:00-11:45", 45, 15, ["09:00", "10:00", "11:00"]),
        ("09:00-11:44", 45, 15, ["09:00", "10:00"]),
        ("09:00-09:59", 60, 0, []),
        ("09:00-10:00", 60, 240, ["09:00"]),
        # On full five minutes, whatever the hours and the length are.
        ("09:07-11:00", 30, 0, ["09:10", "09:40", "10:10"]),
        ("09:00-10:30", 33, 0, ["09:00", "09:35"]),
        ("09:00-10:30", 30, 2, ["09:00", "09:35"]),
        ("22:30-00:00", 30, 0, ["22:30", "23:00", "23:30"]),
        ("00:00-01:00", 30, 0, ["00:00", "00:30"]),
        ("00:00-00:00", 480, 0, ["00:00", "08:00", "16:00"]),
    ],
)
def test_length_and_break(rule, length, gap, starts):
    assert found([hours(rule)], length=length, gap=gap) == starts


@pytest.mark.parametrize(
    ("busy", "starts"),
    [
        (["10:00-11:00"], ["09:00", "11:00"]),
        # What is taken off the grid takes every time that it meets, and moves no other.
        (["09:30-10:30"], ["11:00"]),
        (["10:59-11:01"], ["09:00"]),
        (["08:00-09:00", "12:00-13:00"], ["09:00", "10:00", "11:00"]),
        (["08:00-13:00"], []),
        (["09:00-09:05", "11:55-12:00"], ["10:00"]),
        (["09:00-10:00", "10:00-11:00", "11:00-12:00"], []),
    ],
)
def test_appointments_take_the_times_that_they_meet(busy, starts):
    assert found([hours("09:00-12:00")], busy=[span(each) for each in busy]) == starts


def test_a_break_may_not_meet_the_next_appointment():
    assert found([hours("09:00-12:00")], length=50, gap=10, busy=[span("10:55-11:00")]) == ["09:00", "11:00"]
    assert found([hours("09:00-12:00")], length=50, gap=10, busy=[span("11:00-11:50")]) == ["09:00", "10:00"]


@pytest.mark.parametrize(
    ("away", "starts"),
    [
        (["10:00-11:00"], ["09:00", "11:00"]),
        # After time off, times begin anew at the next full five minutes.
        (["09:30-10:07"], ["10:10", "11:10"]),
        (["08:00-13:00"], []),
        (["11:00-14:00"], ["09:00", "10:00"]),
        (["12:00-13:00", "08:00-09:00"], ["09:00", "10:00", "11:00"]),
        # Two that overlap, entered in the wrong order.
        (["10:30-11:00", "10:00-10:45"], ["09:00", "11:00"]),
        (["09:00-10:00", "09:10-09:20"], ["10:00", "11:00"]),
    ],
)
def test_time_off(away, starts):
    assert found([hours("09:00-12:10")], away=[span(each) for each in away]) == starts


def test_time_off_for_days():
    away = [Span(datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 23, 10, tzinfo=UTC))]
    assert found([hours("09:00-12:00")], away=away) == ["10:00", "11:00"]


@pytest.mark.parametrize(
    ("rules", "starts"),
    [
        # One place: the hours are one.
        ([("09:00-11:00", HERE), ("10:00-12:30", HERE)], ["09:00 1", "10:00 1", "11:00 1"]),
        ([("09:00-10:30", HERE), ("10:30-12:00", HERE)], ["09:00 1", "10:00 1", "11:00 1"]),
        ([("09:00-12:00", HERE), ("10:00-11:00", HERE)], ["09:00 1", "10:00 1", "11:00 1"]),
        # Two places: who began first has it, whichever was entered first.
        ([("10:00-13:00", THERE), ("09:00-11:00", HERE)], ["09:00 1", "10:00 1", "11:00 2", "12:00 2"]),
        ([("09:00-12:00", HERE), ("10:00-11:00", THERE)], ["09:00 1", "10:00 1", "11:00 1"]),
        ([("09:00-10:30", HERE), ("10:30-11:30", THERE)], ["09:00 1", "10:30 2"]),
        (
            [("09:00-11:00", HERE), ("10:00-12:00", THERE), ("11:00-13:00", HOME)],
            ["09:00 1", "10:00 1", "11:00 2", "12:00 None"],
        ),
    ],
)
def test_hours_that_overlap(rules, starts):
    stretches = stretches_of([hours(text, place) for text, place in rules], [MONDAY], (), ())
    slots = slots_of(stretches, (), HOUR, NONE)
    assert [f"{s.starts.astimezone(LOCAL):%H:%M} {s.place.clinic_id}" for s in slots] == starts


def test_the_last_break_is_over_before_the_hours_at_another_place_begin():
    rules = [hours("09:00-11:00", HERE), hours("11:00-13:00", THERE)]
    assert found(rules, length=60, gap=15) == ["09:00", "11:00"]
    # The second began at 10:15 and its break would go on until 11:15.
    assert found([hours("09:00-11:15", HERE), hours("11:30-13:00", THERE)], gap=15) == [
        "09:00",
        "10:15",
        "11:30",
    ]
    assert found([hours("09:00-11:15", HERE), hours("11:25-13:00", THERE)], gap=15) == ["09:00", "11:25"]


def test_the_last_break_of_the_day_is_over_before_the_next_day_begins():
    rules = [hours("22:00-00:00"), hours("00:00-02:00", day=MONDAY + timedelta(days=1))]
    stretches = stretches_of(rules, days_between(MONDAY, MONDAY + timedelta(days=1)), (), ())
    slots = list(slots_of(stretches, (), HOUR, timedelta(minutes=30)))
    assert [f"{slot.starts:%d %H:%M}" for slot in slots] == ["23 22:00", "24 00:00"]


@pytest.mark.parametrize(
    ("values", "days"),
    [
        ({}, [23, 30, 7]),
        ({"valid_from": date(2026, 11, 30)}, [30, 7]),
        ({"valid_from": date(2026, 11, 24)}, [30, 7]),
        ({"valid_until": date(2026, 11, 30)}, [23, 30]),
        ({"valid_until": date(2026, 11, 29)}, [23]),
        ({"valid_from": date(2026, 11, 30), "valid_until": date(2026, 11, 30)}, [30]),
        ({"valid_from": date(2026, 12, 8)}, []),
        ({"valid_until": date(2026, 11, 22)}, []),
    ],
)
def test_valid_from_and_to(values, days):
    stretches = stretches_of(
        [hours("09:00-10:00", **values)], days_between(MONDAY, date(2026, 12, 8)), (), ()
    )
    assert [stretch.starts.day for stretch in stretches] == days


def test_nobody_works_on_closed_days():
    christmas = date(2026, 12, 25)
    week = days_between(date(2026, 12, 24), date(2026, 12, 26))
    rules = [Hours(day, time(9), time(10), HERE) for day in range(7)]
    assert [s.starts.day for s in stretches_of(rules, week, {christmas}, ())] == [24, 26]


def test_nothing_comes_of_nothing():
    assert found([]) == []
    assert found([hours("09:00-10:00")], day=MONDAY + timedelta(days=1)) == []
    assert list(stretches_of([hours("09:00-10:00")], [], (), ())) == []
    assert list(days_between(MONDAY, MONDAY - timedelta(days=1))) == []


def test_online_only_where_it_may_be():
    rules = [hours("09:00-10:00", HERE, online=True), hours("11:00-12:00", THERE), hours("13:00-14:00", HOME)]
    stretches = online_only(stretches_of(rules, [MONDAY], (), ()), "online")
    assert [(s.starts, s.place) for s in stretches] == [(utc_of(MONDAY, time(9)), Place("online"))]


@pytest.mark.parametrize(
    ("day", "rule", "begins", "lasts_minutes"),
    [
        # In March 01:00 to 02:00 is left out: 00:59 is followed by 02:00.
        (FORWARD, "09:00-17:00", "08:00", 480),
        (FORWARD, "00:00-01:00", "00:00", 60),
        (FORWARD, "02:00-03:00", "01:00", 60),
        (FORWARD, "00:00-03:00", "00:00", 120),
        (FORWARD, "00:30-01:30", "00:30", 30),
        (FORWARD, "01:30-03:00", "01:00", 60),
        (FORWARD, "22:00-00:00", "21:00", 120),
        (FORWARD, "00:00-00:00", "00:00", 23 * 60),
        # In October 01:00 to 02:00 comes twice.
        (BACK, "09:00-17:00", "09:00", 480),
        (BACK, "02:00-03:00", "02:00", 60),
        (BACK, "01:00-02:00", "00:00", 120),
        (BACK, "01:00-03:00", "00:00", 180),
        (BACK, "22:00-00:00", "22:00", 120),
    ],
)
def test_the_days_on_which_the_clock_changes(day, rule, begins, lasts_minutes):
    (stretch,) = stretches_of([hours(rule, day=day)], [day], (), ())
    assert f"{stretch.starts:%H:%M}" == begins
    assert stretch.ends - stretch.starts == timedelta(minutes=lasts_minutes)


def test_an_hour_that_the_clock_leaves_out_is_nobodys():
    assert found([hours("01:00-02:00", day=FORWARD)], FORWARD, length=5) == []
    assert found([hours("01:15-01:45", day=FORWARD)], FORWARD, length=5) == []
    assert found([hours("00:00-03:00", day=FORWARD)], FORWARD, length=30) == [
        "00:00",
        "00:30",
        "02:00",
        "02:30",
    ]


def test_an_hour_that_the_clock_repeats_is_worked_twice_and_no_minute_more():
    assert found([hours("00:00-01:30", day=BACK)], BACK, length=30) == ["00:00", "00:30", "01:00", "01:00"]
    assert found([hours("01:30-02:30", day=BACK)], BACK, length=30) == ["01:30", "01:30", "02:00"]
    slots = slots_of(stretches_of([hours("01:00-02:00", day=BACK)], [BACK], (), ()), (), HOUR, NONE)
    assert [slot.starts.astimezone(LOCAL).isoformat() for slot in slots] == [
        "2026-10-25T01:00:00+01:00",
        "2026-10-25T01:00:00+00:00",
    ]

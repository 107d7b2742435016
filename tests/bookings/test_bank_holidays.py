"""Against the governments' own lists: gov.uk/bank-holidays, gov.im, gov.je and gov.gg."""

from datetime import date, datetime

import pytest

from bookings.bank_holidays import ClosedDays, Jurisdiction, bank_holidays

# Day and month, without those of Christmas, which are the same everywhere.
PUBLISHED = {
    ("england-and-wales", 2026): "1.1 3.4 6.4 4.5 25.5 31.8",
    ("england-and-wales", 2027): "1.1 26.3 29.3 3.5 31.5 30.8",
    # With the one of the football World Cup, by proclamation of February 2026.
    ("scotland", 2026): "1.1 2.1 3.4 4.5 25.5 15.6 3.8 30.11",
    ("scotland", 2027): "1.1 4.1 26.3 3.5 31.5 2.8 30.11",
    ("northern-ireland", 2026): "1.1 17.3 3.4 6.4 4.5 25.5 13.7 31.8",
    ("northern-ireland", 2027): "1.1 17.3 26.3 29.3 3.5 31.5 12.7 30.8",
    ("isle-of-man", 2026): "1.1 3.4 6.4 4.5 25.5 5.6 6.7 31.8",
    ("isle-of-man", 2027): "1.1 26.3 29.3 3.5 31.5 11.6 5.7 30.8",
    ("jersey", 2026): "1.1 3.4 6.4 4.5 9.5 25.5 31.8",
    ("jersey", 2027): "1.1 26.3 29.3 3.5 31.5 30.8",
    ("guernsey", 2026): "1.1 3.4 6.4 4.5 9.5 25.5 31.8",
    ("guernsey", 2027): "1.1 26.3 29.3 3.5 31.5 30.8",
}
CHRISTMAS = {2026: "25.12 28.12", 2027: "27.12 28.12"}
# The day itself, at the weekend, beside the weekday in its place: nobody works on Christmas Day because it
# is a Saturday.
AT_WEEKENDS = {
    2026: "26.12",
    2027: "25.12 26.12",
    ("scotland", 2027): "2.1",
    ("northern-ireland", 2026): "12.7",
    ("guernsey", 2027): "9.5",
}


def days(year: int, text: str) -> set[date]:
    pairs = (each.split(".") for each in text.split())
    return {date(year, int(month), int(day)) for day, month in pairs}


@pytest.mark.parametrize(("jurisdiction", "year"), PUBLISHED)
def test_published_days(jurisdiction, year):
    published = days(year, f"{PUBLISHED[jurisdiction, year]} {CHRISTMAS[year]}")
    at_weekends = days(year, f"{AT_WEEKENDS.get((jurisdiction, year), '')} {AT_WEEKENDS[year]}")
    assert set(bank_holidays(jurisdiction, year)) == published | at_weekends
    assert all(day.weekday() >= 5 for day in at_weekends)


def test_each_jurisdiction_is_in_the_table():
    assert {jurisdiction for jurisdiction, _ in PUBLISHED} == set(Jurisdiction.values)


@pytest.mark.parametrize(
    ("jurisdiction", "day", "name"),
    [
        ("england-and-wales", date(2026, 12, 28), "Boxing Day"),
        ("scotland", date(2027, 1, 4), "New Year"),
        ("northern-ireland", date(2026, 7, 13), "Battle of the Boyne"),
        ("isle-of-man", date(2026, 7, 6), "Tynwald Day"),
        ("isle-of-man", date(2022, 6, 10), "TT Bank Holiday"),
        ("jersey", date(2026, 5, 9), "Liberation Day"),
        ("guernsey", date(2027, 12, 27), "Christmas Day"),
    ],
)
def test_days_have_names(jurisdiction, day, name):
    assert name in bank_holidays(jurisdiction, day.year)[day]


def test_what_is_a_holiday_in_one_is_a_working_day_in_another():
    assert date(2026, 4, 6) in ClosedDays("england-and-wales")
    assert date(2026, 4, 6) not in ClosedDays("scotland")
    assert date(2026, 11, 30) in ClosedDays("scotland")
    assert date(2026, 11, 30) not in ClosedDays("northern-ireland")


def test_closed_days_are_of_whatever_year_is_asked_for():
    closed = ClosedDays("england-and-wales")
    assert all(date(year, 12, 25) in closed for year in (2025, 2026, 2040))
    assert date(2026, 12, 24) not in closed
    assert "2026-12-25" not in closed


def test_without_a_jurisdiction_no_day_is_closed():
    assert bank_holidays("", 2026) == {}
    assert date(2026, 12, 25) not in ClosedDays("")
    assert datetime(2026, 12, 25).date() not in ClosedDays("")

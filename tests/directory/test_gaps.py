"""Where nobody is listed near by, and what people looked for and did not find."""

import logging
from datetime import date, timedelta
from typing import Any
from unittest import mock

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from directory import gap_map
from directory.forms import FILTERS
from directory.gaps import filter_words, gaps, gaps_lately, outward_of, unmet_searches
from directory.map_layout import Rect, around
from directory.models import EmptySearch, SearchPoint
from places.distance import great_circle_miles
from places.locate import Place, locate
from places.models import PartialPostcode
from tests.conditions.editing import SignedIn, clock_at, text_of
from tests.directory.drawings import outlines_of
from tests.factories import make_clinic, make_physiotherapist
from tests.markup import page_of
from tests.test_admin_policy import assert_strict

pytestmark = pytest.mark.django_db
PAGE = "/admin/directory/emptysearch/"


@pytest.fixture
def ann():
    return SignedIn("Directory editor", name="ann")


def counted():
    return sorted(EmptySearch.objects.values_list("outward", "filters", "times"))


def an_hour_later():
    """What was remembered for an hour is forgotten."""
    cache.clear()


def look(client, **asked):
    response = client.get("/physiotherapists/", asked)
    assert response.status_code == 200
    return response


# --- Searches that found nobody ---


def test_a_search_that_finds_nobody_is_counted(client):
    look(client, location="ze1 0en", neuro="on", female="on", condition="", radius="10")
    assert counted() == [("ZE1", "neuro,female", 1)]
    assert EmptySearch.objects.get().month == timezone.localdate().replace(day=1)
    an_hour_later()
    look(client, location="ZE1 0AA", female="on", neuro="on", radius="50")
    look(client, location="ZE1")
    assert counted() == [("ZE1", "", 1), ("ZE1", "neuro,female", 2)]


def test_a_search_that_finds_somebody_is_not(client):
    make_physiotherapist((make_clinic("ZE1 0EN"),))
    look(client, location="ZE1 0EN")
    client.get("/physiotherapists/", {"location": "ZE1 0EN", "page": "2"})
    client.get("/physiotherapists/")
    client.get("/physiotherapists/", {"location": "Nowhere at all"})
    assert counted() == []


def test_no_more_of_a_search_is_kept_than_the_outward_code_and_the_names_of_filters(client):
    """Not the postcode, not which language or price, nothing of the visitor: not in the database, not in
    the cache's keys, not in a log line."""
    secret = {"location": "ZE1 0EN", "language": "cym", "price": "80", "insurer": "bupa", "radius": "3"}
    kept: list[str] = []

    def add(key, *values):
        kept.append(key)
        return True

    with mock.patch("directory.gaps.cache.add", add):
        client.get(
            "/physiotherapists/", secret, REMOTE_ADDR="203.0.113.7", headers={"user-agent": "Somebody"}
        )
    assert counted() == [("ZE1", "language,insurer,price,small_radius", 1)]
    assert {field.name for field in EmptySearch._meta.fields} == {
        "id",
        "month",
        "outward",
        "filters",
        "times",
    }
    for told in ("0EN", "cym", "203.0", "Somebody", "bupa", "80"):
        assert told not in repr(kept)


def test_every_filter_has_a_name_that_fits():
    everything = ",".join([*FILTERS, "small_radius"])
    assert len(everything) <= 200 == EmptySearch._meta.get_field("filters").max_length
    assert (
        "_" not in filter_words(everything) and len(filter_words(everything).split(", ")) == len(FILTERS) + 1
    )


def test_a_reload_and_a_crawler_count_once_an_hour(client):
    for _ in range(5):
        look(client, location="ZE1 0EN", neuro="on")
        # Another postcode of the same outward code, and another way of writing it.
        look(client, location="ze1 0aa", neuro="on", radius="20")
    assert counted() == [("ZE1", "neuro", 1)]


@pytest.mark.parametrize(
    ("typed", "outward"),
    [
        ("LS1 4AP", "LS1"),
        ("LS1 4", "LS1"),
        ("ls1", "LS1"),
        ("LS1 4ZZ", "LS1"),
        ("EC1A 1BB", "EC1A"),
        ("W1", "W1"),
        ("BT1 5GS", "BT1"),
        ("JE2 3AB", "JE2"),
        ("Leeds", "LS1"),
        ("Penzance", "TR18"),
        ("3 Some Road, Leeds, LS2 7UE", "LS2"),
    ],
)
def test_the_outward_code_of_a_place(typed, outward):
    assert outward_of(locate(typed)) == outward


def test_the_outward_code_of_a_position_is_the_nearest():
    here = Place(53.80, -1.55, "your position", "position")
    nearest = min(
        PartialPostcode.objects.filter(is_outward=True),
        key=lambda row: great_circle_miles(here.latitude, here.longitude, row.latitude, row.longitude),
    )
    assert outward_of(here) == nearest.code


def test_a_town_without_an_outward_code_of_its_own_gets_the_nearest():
    assert outward_of(locate("Belfast")).startswith("BT")
    assert outward_of(locate("Douglas, Isle of Man")).startswith("IM")


def test_a_search_by_position_is_counted(client):
    look(client, lat="60.155", lng="-1.145")
    assert counted() == [("ZE1", "", 1)]


def test_a_new_month_begins_in_london_and_deletes_what_is_older_than_13_months(client):
    for month in (date(2030, 5, 1), date(2030, 6, 1), date(2030, 7, 1), date(2031, 6, 1)):
        EmptySearch.objects.create(month=month, outward="ZE1", times=3)
    with clock_at("2031-06-30 23:59"):
        look(client, location="ZE1")
    assert EmptySearch.objects.get(month=date(2031, 6, 1)).times == 4
    assert list(EmptySearch.objects.order_by("month").values_list("month", flat=True)) == [
        date(2030, 6, 1),
        date(2030, 7, 1),
        date(2031, 6, 1),
    ]
    an_hour_later()
    with clock_at("2031-07-01 00:00"):
        # Before the first search of the month nobody is shown what is over either.
        assert [row.times for row in unmet_searches()] == [3 + 4]
        look(client, location="LS1", neuro="on")
    assert list(EmptySearch.objects.order_by("month").values_list("month", flat=True)) == [
        date(2030, 7, 1),
        date(2031, 6, 1),
        date(2031, 7, 1),
    ]


def fails_at_the_table(execute, sql, params, many, context):
    if "directory_emptysearch" in sql:
        raise DatabaseError("ZE1 is locked")
    return execute(sql, params, many, context)


@pytest.mark.parametrize("breaks", ["database", "cache", "place"])
def test_a_count_that_fails_does_not_break_the_search(client, breaks, caplog):
    breaking: Any = {
        "database": connection.execute_wrapper(fails_at_the_table),
        "cache": mock.patch(
            "directory.gaps.cache",
            mock.Mock(add=mock.Mock(side_effect=ConnectionError("redis:// at ZE1 0EN"))),
        ),
        "place": mock.patch("directory.gaps.outward_of", side_effect=ValueError("ZE1 0EN")),
    }[breaks]
    with breaking, caplog.at_level(logging.WARNING):
        assert "No physiotherapists" in text_of(look(client, location="ZE1 0EN"))
    assert counted() == []
    (line,) = [record.getMessage() for record in caplog.records if record.name == "directory.gaps"]
    assert line.startswith("A search that found nobody was not counted (") and "ZE1" not in line


@pytest.mark.parametrize(
    "asked",
    [
        {"location": "ZE1 0EN"},
        {"location": "ZE1 9ZZ", "neuro": "on", "radius": "1"},
        {"location": "W1", "language": "sqi", "insurer": "wpa", "price": "40", "hoist": "on", "radius": "1"},
        {"location": "Lerwick", "home_visits": "on"},
        {"lat": "60.155", "lng": "-1.145"},
    ],
)
def test_a_search_that_finds_nobody_stays_within_eight_queries(client, asked):
    look(client, location="LS1")  # What a process reads once is read.
    EmptySearch.objects.create(month=date(2020, 1, 1), outward="LS1")
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        look(client, **asked)
    assert len(queries) <= 8, [query["sql"][:80] for query in queries]
    assert EmptySearch.objects.filter(month__lt=date(2021, 1, 1)).count() == 0


def test_counting_sets_no_cookie(client):
    response = look(client, location="ZE1")
    assert not response.cookies and "cookie" not in response.headers.get("Vary", "").lower()


# --- Outward codes by listings near ---


def gap_of(outward):
    return next(gap for gap in gaps() if gap.outward == outward)


def test_who_is_near_an_outward_code_is_counted_once_each():
    leeds, york = make_clinic("LS1 4AP"), make_clinic("YO1 7HH")
    make_physiotherapist((leeds, make_clinic("LS2 7UE")))
    make_physiotherapist((leeds, york), visits_from="LS1 4AP", visit_miles=10)
    make_physiotherapist((), visits_from="YO1 7HH", visit_miles=50)
    make_physiotherapist((), visits_from="YO1 7HH", visit_miles=5)
    gap = gap_of("LS1")
    assert (gap.at_clinics, gap.visiting, gap.near) == (2, 2, 3)


def test_near_is_ten_miles_from_the_middle_as_by_great_circle():
    make_physiotherapist((make_clinic("LS1 4AP"),))
    clinic = locate("LS1 4AP")
    near = {gap.outward for gap in gaps() if gap.near}
    for row in PartialPostcode.objects.filter(is_outward=True):
        miles = great_circle_miles(clinic.latitude, clinic.longitude, row.latitude, row.longitude)
        if abs(miles - 10) > 0.05:
            assert (row.code in near) == (miles < 10), (row.code, miles)
    assert len(near) > 20


def test_far_north_and_far_west_as_well():
    make_physiotherapist((), visits_from="ZE1 0EN", visit_miles=50)
    make_physiotherapist((make_clinic("TR18 2EX"),))
    near = {gap.outward for gap in gaps() if gap.near}
    base = locate("ZE1 0EN")
    for row in PartialPostcode.objects.filter(is_outward=True, code__startswith="ZE"):
        miles = great_circle_miles(base.latitude, base.longitude, row.latitude, row.longitude)
        assert (row.code in near) == (miles <= 50)
    assert {"TR18", "TR20"} <= near


@pytest.mark.parametrize("hidden", ["lapsed", "unlisted", "sample"])
def test_who_is_not_shown_fills_no_gap(hidden, settings):
    today = timezone.localdate()
    values: Any = {
        "lapsed": {"checked_on": today - timedelta(days=365), "check_due_on": today - timedelta(days=1)},
        "unlisted": {"listed": False},
        "sample": {"sample": True},
    }[hidden]
    make_physiotherapist((make_clinic("LS1 4AP"),), **values)
    settings.SAMPLE_DATA_ALLOWED = hidden != "sample"
    assert gap_of("LS1").near == 0
    assert SearchPoint.objects.count() == (0 if hidden == "unlisted" else 1)


def test_the_worst_come_first():
    make_physiotherapist((make_clinic("EC1A 1BB"),))
    found = gaps()
    alone = [gap.near == 0 for gap in found]
    assert alone == sorted(alone, reverse=True)
    nobody = [gap.postcodes or 0 for gap in found if not gap.near]
    assert nobody == sorted(nobody, reverse=True)
    shared = [gap.per_ten_thousand or 0 for gap in found if gap.near and gap.postcodes]
    assert shared == sorted(shared)


def test_places_whose_postcodes_are_not_held_are_there_too():
    make_physiotherapist((make_clinic("BT1 5GS"),))
    gap = gap_of("BT1")
    assert (gap.near, gap.postcodes, gap.per_ten_thousand) == (1, None, None)
    assert {gap.outward[:2] for gap in gaps()} >= {"BT", "JE", "GY", "IM", "ZE", "TR"}


# --- The page ---


def test_the_page_has_a_map_a_table_and_the_searches(ann):
    make_physiotherapist((make_clinic("LS1 4AP"),))
    EmptySearch.objects.create(
        month=timezone.localdate().replace(day=1), outward="ZE1", filters="neuro,home_visits", times=7
    )
    response = ann.get(PAGE, {"start": "ze"})
    assert_strict(response)
    page = page_of(response)
    assert page.one("h1").text == "Where are the gaps?"
    table, searches = page.one("div", class_="gaps").all("table")
    rows = {row.one("th").text: [cell.text for cell in row.all("td")] for row in table.one("tbody").all("tr")}
    assert set(rows) == {"ZE1", "ZE2", "ZE3"}
    assert rows["ZE1"][:3] == ["0", "0", "0"] and rows["ZE1"][-1] == "7"
    assert [cell.text for cell in searches.one("tbody").all("td")] == [
        "Neuro physiotherapy, Home visits",
        "7",
    ]
    label = page.all("svg", role="img")[0].get("aria-label")
    assert "nobody near, " in label
    assert "/physiotherapists/?location=ZE1" in table.links


def test_it_can_be_ordered_by_searches(ann):
    EmptySearch.objects.create(month=timezone.localdate().replace(day=1), outward="ZE1", times=7)
    page = page_of(ann.get(PAGE, {"order": "searches"}))
    assert page.one("div", class_="gaps").all("table")[0].one("tbody").all("th")[0].text == "ZE1"
    assert "order=searches" in next(href for href, text in page.links.items() if text == "Next")


@pytest.mark.parametrize(
    "asked",
    [
        {"page": "-1"},
        {"page": "9" * 30},
        {"page": "abc"},
        {"start": "<script>"},
        {"start": "\x00"},
        {"start": "ZZ99"},
        {"order": "nonsense"},
        {"start": "ls", "page": "2"},
    ],
)
def test_what_is_asked_badly_is_answered(ann, asked):
    response = ann.get(PAGE, asked)
    assert_strict(response)
    assert page_of(response).all("table")


def test_it_takes_few_queries_and_is_small(ann):
    ann.get(PAGE)
    for postcode in ("LS1 4AP", "YO1 7HH", "ZE1 0EN"):
        make_physiotherapist((make_clinic(postcode),), visits_from=postcode)
    with CaptureQueriesContext(connection) as queries:
        response = ann.get(PAGE)
    assert len(queries) <= 12
    assert len(response.content) < 150_000


def test_the_admins_front_page_leads_to_it(ann):
    assert page_of(ann.get("/admin/")).links[PAGE] in {"Where the gaps are", "View"}


def test_every_outward_code_is_drawn_once_on_the_map():
    make_physiotherapist((make_clinic("EC1A 1BB"),))
    found = gaps()
    drawn = gap_map.draw(found)
    assert sum(dots.number for dots in drawn) == len(found)
    assert sum(dots.path.count("M") for dots in drawn) == len(found)


def test_the_map_has_the_coast_and_names_that_cover_no_outward_code():
    view = gap_map.VIEW
    frame = Rect(0, 0, view.width, view.height)
    dots = [around(*view.xy(gap.latitude, gap.longitude), 6, 6) for gap in gaps()]
    assert all(dot.lies_in(frame) for dot in dots)
    rects = [name.text.rect for name in gap_map.names()]
    assert len(rects) == 10
    for rect in rects:
        assert rect.lies_in(frame)
        assert not any(rect.meets(other) for other in rects if other is not rect)
        assert not any(rect.meets(dot) for dot in dots)
    assert {name.text.words for name in gap_map.names()} >= {"London", "Newcastle", "Belfast"}
    # Several islands, in quarters of a unit.
    outlines = outlines_of(gap_map.land())
    assert len(outlines) > 20 and len(gap_map.land()) < 40_000


def test_the_figures_are_kept_for_ten_minutes_and_say_of_when_they_are(ann):
    with clock_at("2031-06-01 10:31"):
        ann.force_login(ann.user)
        assert "Worked out at 10:31" in text_of(ann.get(PAGE))
    make_physiotherapist((make_clinic("ZE1 0EN"),))
    with clock_at("2031-06-01 10:40"), CaptureQueriesContext(connection) as queries:
        page = page_of(ann.get(PAGE, {"start": "ze1"}))
    assert "Worked out at 10:31; what has changed since is here within 10 minutes." in page.text
    assert page.all("tbody")[0].all("td")[0].text == "0"
    assert not any("directory_searchpoint" in query["sql"] for query in queries)
    cache.clear()
    assert page_of(ann.get(PAGE, {"start": "ze1"})).all("tbody")[0].all("td")[0].text == "1"


def test_another_day_has_figures_of_its_own():
    make_physiotherapist(
        (make_clinic("ZE1 0EN"),), checked_on=date(2031, 1, 1), check_due_on=date(2031, 6, 1)
    )
    for moment, near in (("2031-06-01 23:59", 1), ("2031-06-02 00:01", 0)):
        with clock_at(moment):
            assert next(gap for gap in gaps_lately()[1] if gap.outward == "ZE1").near == near

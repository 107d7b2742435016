"""The nearest search against the plain bounding box with the haversine formula in SQL."""

import random
from itertools import product

from django.core.management import call_command
from django.db import connection
from django.test import Client

from bench.measure import in_turns, p50_p99, times_ms
from directory.forms import RADII
from directory.models import SearchPoint
from directory.nearest import PER_PAGE, Wish, _box, nearest
from places.codepoint import E4
from places.distance import EARTH_RADIUS_MILES
from places.models import Postcode
from places.postcodes import text_of_key

WISHES = 400


def run(numbers: tuple[int, ...]) -> None:
    with connection.cursor() as cursor:
        # What the baseline may use; ours has its own.
        cursor.execute("CREATE INDEX bench_box ON directory_searchpoint (latitude, longitude)")
    for number in numbers:
        call_command("load_sample_directory", number=number, verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE directory_searchpoint")
        wishes, places = _wishes()
        for wish in wishes[:40]:
            if nearest(wish).matches and not wish.home_visits:
                _check_equal(wish)
        figures = in_turns(nearest, _box_and_haversine, [wish for wish in wishes if not wish.home_visits])
        print(f"search, {SearchPoint.objects.count():,} rows: " + _told(figures))
        p50, p99 = p50_p99(times_ms(nearest, [wish for wish in wishes if wish.home_visits]))
        print(f"  home visits: p50 {p50:.2f} ms, p99 {p99:.2f} ms")
        client = Client()
        p50, p99 = p50_p99(times_ms(client.get, [f"/physiotherapists/?location={p}" for p in places[:200]]))
        print(f"  whole page, in the process: p50 {p50:.2f} ms, p99 {p99:.2f} ms")


def _told(figures: dict[str, float]) -> str:
    return ", ".join(
        f"{name} {value:.2f}" + ("" if "ratio" in name else " ms") for name, value in figures.items()
    )


def _wishes() -> tuple[list[Wish], list[str]]:
    """From random postcodes, so mostly from towns, with random filters and radii."""
    pick = random.Random(2)
    rows = pick.sample(list(Postcode.objects.order_by("key")[::500]), WISHES)
    filters = list(product((False, True), repeat=3))
    wishes = [
        Wish(row.latitude_e4 / E4, row.longitude_e4 / E4, pick.choice(RADII), *pick.choice(filters))
        for row in rows
    ]
    return wishes, [text_of_key(row.key).replace(" ", "+") for row in rows]


def _box_and_haversine(wish: Wish) -> list:
    """The baseline: everybody in a box, distance by trigonometry a row, counted, sorted, cut to a page."""
    south, north, west, east = _box(wish, wish.radius_miles)
    required = SearchPoint.NEURO * wish.neuro | SearchPoint.FEMALE * wish.female
    inside = """
        FROM (SELECT physiotherapist_id,
                     2 * %(earth)s * asin(sqrt(
                         power(sin(radians(latitude - %(latitude)s) / 2), 2)
                         + cos(radians(%(latitude)s)) * cos(radians(latitude))
                         * power(sin(radians(longitude - %(longitude)s) / 2), 2))) AS miles
              FROM directory_searchpoint
              WHERE latitude BETWEEN %(south)s AND %(north)s AND longitude BETWEEN %(west)s AND %(east)s
                AND (flags & %(tested)s) = %(required)s) AS near
        WHERE miles <= %(radius)s"""
    values = {
        "earth": EARTH_RADIUS_MILES,
        "latitude": wish.latitude,
        "longitude": wish.longitude,
        "south": south,
        "north": north,
        "west": west,
        "east": east,
        "tested": required | SearchPoint.VISITS,
        "required": required,
        "radius": wish.radius_miles,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(DISTINCT physiotherapist_id) {inside}", values)
        cursor.fetchone()
        cursor.execute(
            f"SELECT physiotherapist_id, min(miles) AS nearest {inside}"
            f" GROUP BY physiotherapist_id ORDER BY nearest, physiotherapist_id LIMIT {PER_PAGE}",
            values,
        )
        return cursor.fetchall()


def _check_equal(wish: Wish) -> None:
    ours = [(match.physiotherapist_id, round(match.miles, 4)) for match in nearest(wish).matches]
    theirs = [(person, round(miles, 4)) for person, miles in _box_and_haversine(wish)]
    # People at one and the same place may stand in either order in the baseline's rounding.
    assert sorted(ours) == sorted(theirs), wish

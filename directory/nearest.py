"""The nearest search: who is within reach of a point, nearest first, by great-circle distance.

One SQL statement over the covering index of ``SearchPoint``, the same on SQLite and PostgreSQL.
Rows are found by latitude band and longitude; what is left is ordered by the haversine of the
distance, written as its series so that a row costs multiplications only. The series are cut
where, at 50 miles in Shetland, they are off by less than a millionth of a mile, so that the
order is that of the great-circle distance. docs/decisions/0004-nearest-search.md has the reasons.
"""

from dataclasses import dataclass
from math import asin, cos, degrees, floor, radians, sin, sqrt
from typing import NamedTuple

from django.conf import settings
from django.db import connections, router

from directory.models import MAX_VISIT_MILES, SearchPoint
from places.distance import EARTH_RADIUS_MILES, haversine

PER_PAGE = 20
# Beyond this the page says "over 200" instead of counting on.
COUNTED = 200
# A person may have several rows in reach; three times as many rows tell exactly up to COUNTED.
_ROW_LIMIT = 3 * COUNTED + 1
_RINGS_MILES = (1, 3)


@dataclass(frozen=True)
class Wish:
    """Who is looked for, from where (degrees). ``home_visits``: they come to this point."""

    latitude: float
    longitude: float
    radius_miles: int = 10
    neuro: bool = False
    female: bool = False
    home_visits: bool = False
    condition_id: int | None = None


class Match(NamedTuple):
    """``clinic_id`` is None where the distance is that from a home visits' base."""

    physiotherapist_id: int
    clinic_id: int | None
    miles: float


class Found(NamedTuple):
    """One page of matches. Where ``is_exact`` is false there are at least ``total``, and more."""

    matches: list[Match]
    total: int
    is_exact: bool
    has_next: bool


class _Row(NamedTuple):
    haversine: float
    physiotherapist_id: int
    clinic_id: int | None


def nearest(wish: Wish, page: int = 1) -> Found:
    """The given page (from 1) of everybody who fits, nearest first, each once, at their nearest place."""
    rows = _rows(wish, _reach(wish), _ROW_LIMIT, in_order=False)
    is_exact = len(rows) < _ROW_LIMIT
    people = _each_once(rows)
    total = len(people)
    if not is_exact:
        total = min(total, COUNTED)
        people = _from_rings(wish, page * PER_PAGE + 1)
    start = (page - 1) * PER_PAGE
    return Found(
        matches=[_match(row) for row in people[start : start + PER_PAGE]],
        total=total,
        is_exact=is_exact,
        has_next=len(people) > start + PER_PAGE,
    )


def count_each(wishes: list[Wish]) -> list[Found]:
    """How many fit each wish, with no matches, in one statement."""
    if not wishes:
        return []
    parts: list[str] = []
    parameters: dict[str, float | int] = {}
    for number, wish in enumerate(wishes):
        sql, own = _statement(wish, _reach(wish), _ROW_LIMIT, in_order=False)
        sql = sql.replace("%(", f"%(w{number}_")
        parts.append(f"SELECT {number} AS wish, physiotherapist_id FROM ({sql}) AS found{number}")  # noqa: S608
        parameters |= {f"w{number}_{name}": value for name, value in own.items()}
    with connections[router.db_for_read(SearchPoint)].cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters)
        rows = cursor.fetchall()
    found = []
    for number in range(len(wishes)):
        people = [person for wish, person in rows if wish == number]
        is_exact = len(people) < _ROW_LIMIT
        total = len(set(people))
        found.append(Found([], total if is_exact else min(total, COUNTED), is_exact, has_next=False))
    return found


def _reach(wish: Wish) -> float:
    """Miles beyond which nobody can fit: a visit counts by the visitor's own radius, not by the wish's."""
    return MAX_VISIT_MILES if wish.home_visits else wish.radius_miles


def _from_rings(wish: Wish, needed: int) -> list[_Row]:
    """The nearest ``needed`` people or more, in growing rings, so that a city's crowd is not all sorted."""
    people: list[_Row] = []
    for ring in (*(ring for ring in _RINGS_MILES if ring < _reach(wish)), _reach(wish)):
        limit = 2 * needed
        while True:
            rows = _rows(wish, ring, limit, in_order=True)
            people = _each_once(rows)
            if len(people) >= needed:
                return people
            if len(rows) < limit:
                break
            limit *= 2
    return people


def _each_once(rows: list[_Row]) -> list[_Row]:
    """Nearest first, every physiotherapist at their nearest place; equal distances in order of entry."""
    nearest_rows: dict[int, _Row] = {}
    for row in sorted(rows, key=lambda row: (row.haversine, row.physiotherapist_id, row.clinic_id or 0)):
        nearest_rows.setdefault(row.physiotherapist_id, row)
    return list(nearest_rows.values())


def _match(row: _Row) -> Match:
    miles = 2 * EARTH_RADIUS_MILES * asin(sqrt(row.haversine))
    return Match(row.physiotherapist_id, row.clinic_id, miles)


def _rows(wish: Wish, radius_miles: float, limit: int, in_order: bool) -> list[_Row]:
    sql, parameters = _statement(wish, radius_miles, limit, in_order)
    with connections[router.db_for_read(SearchPoint)].cursor() as cursor:
        cursor.execute(sql, parameters)
        return [
            _Row(haversine(wish.latitude, wish.longitude, latitude, longitude), person, clinic)
            for person, clinic, latitude, longitude in cursor.fetchall()
        ]


# With x and y the differences in radians: sin²(x/2) = x²/4 - x⁴/48 + …, and the cosine of the
# row's latitude by its series around the wish's.
_SERIES = """
    0.25 * x * x * (1.0 - x * x / 12.0)
    + 0.25 * y * y * (1.0 - y * y / 12.0) * %(cos)s
      * (%(cos)s * (1.0 - 0.5 * x * x * (1.0 - x * x / 12.0)) - %(sin)s * x * (1.0 - x * x / 6.0))
"""


def _statement(
    wish: Wish, radius_miles: float, limit: int, in_order: bool
) -> tuple[str, dict[str, float | int]]:
    south, north, west, east = _box(wish, radius_miles)
    required = SearchPoint.NEURO * wish.neuro | SearchPoint.FEMALE * wish.female
    required |= SearchPoint.VISITS * wish.home_visits
    # The place of work and the base for visits are different rows: a search is for one or the other.
    tested = required | SearchPoint.VISITS
    if not settings.SAMPLE_DATA_ALLOWED:
        tested |= SearchPoint.SAMPLE
    bands = ",".join(str(band) for band in range(floor(south * 100), floor(north * 100) + 1))
    conditions = [
        f"band IN ({bands})",
        "longitude BETWEEN %(west)s AND %(east)s",
        "(flags & %(tested)s) = %(required)s",
    ]
    within = [f"({_SERIES}) <= %(reach)s"]
    if wish.home_visits:
        own = f"(visit_miles * {1 / EARTH_RADIUS_MILES!r})"
        within.append(f"({_SERIES}) <= 0.25 * {own} * {own} * (1.0 - {own} * {own} / 12.0)")
    if wish.condition_id is not None:
        conditions.append(
            "EXISTS (SELECT 1 FROM directory_physiotherapist_conditions_treated AS treated"
            " WHERE treated.physiotherapist_id = point.physiotherapist_id"
            " AND treated.page_id = %(condition)s)"
        )
    order = f"ORDER BY {_SERIES}, physiotherapist_id" if in_order else ""
    # Every part is text of this module or a number reckoned here; what people type is never in it.
    sql = f"""
        SELECT physiotherapist_id, clinic_id, latitude, longitude
        FROM (
            SELECT physiotherapist_id, clinic_id, latitude, longitude, visit_miles,
                   (latitude - %(latitude)s) * {radians(1)!r} AS x,
                   (longitude - %(longitude)s) * {radians(1)!r} AS y
            FROM directory_searchpoint AS point
            WHERE {" AND ".join(conditions)}
        ) AS near
        WHERE {" AND ".join(within)}
        {order}
        LIMIT %(limit)s
    """  # noqa: S608
    return sql, {
        "latitude": wish.latitude,
        "longitude": wish.longitude,
        "sin": sin(radians(wish.latitude)),
        "cos": cos(radians(wish.latitude)),
        "west": west,
        "east": east,
        "tested": tested,
        "required": required,
        "reach": sin(radius_miles / EARTH_RADIUS_MILES / 2) ** 2,
        "condition": wish.condition_id or 0,
        "limit": limit,
    }


def _box(wish: Wish, radius_miles: float) -> tuple[float, float, float, float]:
    """South, north, west, east in degrees of the box around the circle."""
    angle = radius_miles / EARTH_RADIUS_MILES
    # The circle is widest a little nearer to the pole than its middle.
    half_width = degrees(asin(min(1.0, sin(angle) / cos(radians(wish.latitude)))))
    return (
        wish.latitude - degrees(angle),
        wish.latitude + degrees(angle),
        wish.longitude - half_width,
        wish.longitude + half_width,
    )

"""The nearest search: who is within reach of a point, nearest first, by great-circle distance.

One SQL statement over the covering index of ``SearchPoint``, the same on SQLite and PostgreSQL.
Rows are found by latitude band and longitude; what is left is ordered by the haversine of the
distance, written as its series so that a row costs multiplications only. The series are cut
where, at 50 miles in Shetland, they are off by less than a millionth of a mile, so that the
order is that of the great-circle distance. docs/decisions/0004-nearest-search.md has the reasons.
"""

from dataclasses import dataclass
from math import asin, ceil, cos, degrees, floor, radians, sin, sqrt
from typing import NamedTuple

from django.conf import settings
from django.db import connections, router
from django.utils import timezone

from directory.models import MAX_VISIT_MILES, SearchPoint, condition_bit
from places.distance import EARTH_RADIUS_MILES, haversine

PER_PAGE = 20
# Of a crowd that is not counted out no more pages are read: the last ones would cost a sort of everybody.
LAST_PAGE = 50
# Beyond this the page says "over 200" instead of counting on.
COUNTED = 200
# A person may have several rows in reach; twice as many rows tell exactly up to COUNTED where few have more.
_ROW_LIMIT = 2 * COUNTED + 1
_RINGS_MILES = (1, 3, 8, 20)
# From Jersey to Shetland it is 790 miles.
ANY_DISTANCE = 900
_FAR_RINGS_MILES = (50, 200, ANY_DISTANCE)
# For one who is sought at any distance: an empty ring of 200 miles costs nearly as much as all the country.
_RINGS_FOR_ONE_MILES = (*_RINGS_MILES, 50, ANY_DISTANCE)
# So far off every band is read whole: by its own, it would be found and compiled a thousand times over.
_BANDS_ONE_BY_ONE_MILES = 100
# So many of the nearest are put into another order than that of distance.
SORTED = 5000


@dataclass(frozen=True)
class Wish:
    """Who is looked for, from where (degrees). ``home_visits``: they come to this point; at ``ANY_DISTANCE``
    all who visit homes, as far as they usually travel or not."""

    latitude: float
    longitude: float
    radius_miles: int = 10
    neuro: bool = False
    female: bool = False
    home_visits: bool = False
    condition_id: int | None = None
    # Bits of ``SearchPoint.flags`` and ``.languages`` that must be set besides.
    flags: int = 0
    languages: int = 0

    @property
    def is_anywhere(self) -> bool:
        return self.radius_miles == ANY_DISTANCE


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


class Everybody(NamedTuple):
    """All who fit, nearest first; unless ``is_all``, the nearest ``SORTED`` of them. The rest is as ``Found``
    has it."""

    matches: list[Match]
    is_all: bool
    total: int
    is_exact: bool

    def page_of(self, matches: list[Match], page: int) -> Found:
        """A page of these matches in another order."""
        start = (page - 1) * PER_PAGE
        is_read = self.is_exact or page <= LAST_PAGE
        more = len(matches) > start + PER_PAGE and (self.is_exact or page < LAST_PAGE)
        return Found(matches[start : start + PER_PAGE] if is_read else [], self.total, self.is_exact, more)


class _Row(NamedTuple):
    haversine: float
    physiotherapist_id: int
    clinic_id: int | None


class Offer(NamedTuple):
    """What somebody offers at one place within reach: bits as in ``SearchPoint``."""

    physiotherapist_id: int
    flags: int
    languages: int


class Offered(NamedTuple):
    """What everybody who fits a wish offers, in no order. Where ``is_exact`` is false there is more."""

    offers: list[Offer]
    is_exact: bool


def nearest(wish: Wish, page: int = 1) -> Found:
    """The given page (from 1) of everybody who fits, nearest first, each once, at their nearest place."""
    return nearest_and_offers(wish, [], page)[0]


def nearest_and_offers(wish: Wish, others: list[Wish], page: int = 1) -> tuple[Found, list[Offered]]:
    """That page, and what those offer who fit the wish and then each of the others: all in one statement,
    but for a crowd's page."""
    read = _read([_Reading(each, _reach(each), _ROW_LIMIT) for each in (wish, *others)])
    return _page_of(wish, page, read[0]), [_offered(points) for points in read]


def everybody_and_offers(wish: Wish, others: list[Wish]) -> tuple[Everybody, list[Offered]]:
    """As ``nearest_and_offers``, of all who fit: one statement, but for a crowd of more than ``SORTED``."""
    limit = 2 * SORTED + 1
    others_read = [_Reading(other, _reach(other), _ROW_LIMIT) for other in others]
    points, *others_points = _read([_Reading(wish, _reach(wish), limit), *others_read])
    counted = points[:_ROW_LIMIT]
    is_counted = len(points) < limit
    people = _each_once(_measured(wish, points)) if is_counted else _from_rings(wish, SORTED + 1)
    is_exact = len(counted) < _ROW_LIMIT
    everybody = Everybody(
        matches=[_match(row) for row in people[:SORTED]],
        is_all=len(people) <= SORTED,
        total=len(people) if is_exact else min(len({point[0] for point in counted}), COUNTED),
        is_exact=is_exact,
    )
    return everybody, [_offered(each) for each in (counted, *others_points)]


def _offered(points: list["_Point"]) -> Offered:
    """Of up to ``_ROW_LIMIT`` rows."""
    return Offered([Offer(point[0], point[4], point[5]) for point in points], len(points) < _ROW_LIMIT)


def _page_of(wish: Wish, page: int, points: list["_Point"]) -> Found:
    is_exact = len(points) < _ROW_LIMIT
    if is_exact:
        people = _each_once(_measured(wish, points))
        total = len(people)
    else:
        total = min(len({point[0] for point in points}), COUNTED)
        people = _from_rings(wish, page * PER_PAGE + 1) if page <= LAST_PAGE else []
    start = (page - 1) * PER_PAGE
    return Found(
        matches=[_match(row) for row in people[start : start + PER_PAGE]],
        total=total,
        is_exact=is_exact,
        has_next=len(people) > start + PER_PAGE and (is_exact or page < LAST_PAGE),
    )


def count_each(wishes: list[Wish]) -> list[Found]:
    """How many fit each wish, with no matches, in one statement."""
    return look_around(wishes, [])[0]


def nearest_anywhere(wish: Wish) -> Match | None:
    """The nearest one who fits but for the distance; home visits are never further than they travel."""
    return look_around([], [wish])[1].get(wish)


def look_around(counted: list[Wish], sought: list[Wish]) -> tuple[list[Found], dict[Wish, Match]]:
    """How many fit each of the first wishes, and for each of the others, unless nobody fits it, the nearest
    one at any distance: all in one statement."""
    far = [
        _Reading(wish, ring, 1, in_order=True, nearer=nearer)
        for wish in sought
        for nearer, ring in enumerate(_RINGS_FOR_ONE_MILES)
    ]
    read = _read([*(_Reading(wish, _reach(wish), _ROW_LIMIT) for wish in counted), *far])
    found = []
    for points in read[: len(counted)]:
        is_exact = len(points) < _ROW_LIMIT
        total = len({point[0] for point in points})
        found.append(Found([], total if is_exact else min(total, COUNTED), is_exact, has_next=False))
    return found, {
        reading.wish: _match(_measured(reading.wish, points)[0])
        for reading, points in zip(far, read[len(counted) :], strict=True)
        if points
    }


def nearest_few(wish: Wish, number: int) -> list[Match]:
    """The nearest so many, in one statement: for a radius that holds no crowd, which it sorts all of."""
    return [_match(row) for row in _each_once(_rows(wish, _reach(wish), 3 * number, in_order=True))[:number]]


def _reach(wish: Wish) -> float:
    """Miles beyond which nobody can fit: a visit counts by the visitor's own radius, not by the wish's."""
    return MAX_VISIT_MILES if wish.home_visits and not wish.is_anywhere else wish.radius_miles


def _from_rings(wish: Wish, needed: int) -> list[_Row]:
    """The nearest ``needed`` people or more, in growing rings, so that a city's crowd is not all sorted."""
    limit = 2 * needed
    rings = [*(ring for ring in (*_RINGS_MILES, *_FAR_RINGS_MILES) if ring < _reach(wish)), _reach(wish)]
    while True:
        read = _read([_Reading(wish, ring, limit, True, nearer, needed) for nearer, ring in enumerate(rings)])
        rows = max(read, key=len)
        people = _each_once(_measured(wish, rows))
        if len(people) >= needed or len(rows) < limit:
            return people
        limit *= 2


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
    return _measured(wish, _read([_Reading(wish, radius_miles, limit, in_order)])[0])


class _Reading(NamedTuple):
    """Up to ``limit`` rows for a wish within so many miles: the nearest ones ``in_order``, or any.

    The ``nearer`` readings just before this one are of smaller rings. Where these found ``enough`` people,
    this one reads nothing.
    """

    wish: Wish
    miles: float
    limit: int
    in_order: bool = False
    nearer: int = 0
    enough: int = 1


# Physiotherapist, clinic, latitude, longitude, flags, languages.
_Point = tuple[int, int | None, float, float, int, int]


def _read(readings: list[_Reading]) -> list[list[_Point]]:
    """The rows of each, in one statement."""
    parts: list[str] = []
    parameters: dict[str, float | int] = {}
    for number, reading in enumerate(readings):
        sql, own = _statement(*reading[:4], columns="flags, languages")
        if reading.nearer:
            rings = range(number - reading.nearer, number)
            nearer = " UNION ALL ".join(f"SELECT physiotherapist_id FROM r{ring}" for ring in rings)  # noqa: S608
            held = f"(SELECT COUNT(DISTINCT physiotherapist_id) FROM ({nearer}) AS nearer)"  # noqa: S608
            # Both databases work out a limit first, and with none to find they read nothing.
            limit = f"CASE WHEN {held} >= {reading.enough} THEN 0 ELSE %(limit)s END"
            sql = sql.replace("LIMIT %(limit)s", f"LIMIT {limit}")
        parts.append(f"r{number} AS ({sql})".replace("%(", f"%(r{number}_"))
        parameters |= {f"r{number}_{name}": value for name, value in own.items()}
    points: list[list[_Point]] = [[] for _ in readings]
    if parts:
        with connections[router.db_for_read(SearchPoint)].cursor() as cursor:
            rows = (f"SELECT {number} AS reading, r{number}.* FROM r{number}" for number in range(len(parts)))  # noqa: S608
            cursor.execute(f"WITH {', '.join(parts)} {' UNION ALL '.join(rows)}", parameters)
            for row in cursor.fetchall():
                points[row[0]].append(row[1:])
    return points


def _measured(wish: Wish, points: list[_Point]) -> list[_Row]:
    return [
        _Row(haversine(wish.latitude, wish.longitude, latitude, longitude), person, clinic)
        for person, clinic, latitude, longitude, _, _ in points
    ]


# With x and y the differences in radians: sin²(x/2) = x²/4 - x⁴/48 + …, and the cosine of the
# row's latitude by its series around the wish's.
_SERIES = """
    0.25 * x * x * (1.0 - x * x / 12.0)
    + 0.25 * y * y * (1.0 - y * y / 12.0) * %(cos)s
      * (%(cos)s * (1.0 - 0.5 * x * x * (1.0 - x * x / 12.0)) - %(sin)s * x * (1.0 - x * x / 6.0))
"""


def _statement(
    wish: Wish, radius_miles: float, limit: int, in_order: bool, columns: str = ""
) -> tuple[str, dict[str, float | int]]:
    south, north, west, east = _box(wish, radius_miles)
    required = SearchPoint.NEURO * wish.neuro | SearchPoint.FEMALE * wish.female
    required |= SearchPoint.VISITS * wish.home_visits | wish.flags
    # The place of work and the base for visits are different rows: a search is for one or the other.
    tested = required | SearchPoint.VISITS
    if not settings.SAMPLE_DATA_ALLOWED:
        tested |= SearchPoint.SAMPLE
    # As many for a radius wherever it is, so that SQLite has the statement at hand from the time before.
    lowest, number = floor(south * 100), ceil((north - south) * 100 + 1e-9) + 1
    if radius_miles > _BANDS_ONE_BY_ONE_MILES:
        bands = {"lowest": lowest, "highest": lowest + number - 1}
        in_a_band = "band BETWEEN %(lowest)s AND %(highest)s"
    else:
        bands = {f"band{n}": lowest + n for n in range(number)}
        in_a_band = f"band IN ({', '.join(f'%({name})s' for name in bands)})"
    conditions = [
        in_a_band,
        "longitude BETWEEN %(west)s AND %(east)s",
        # As a case, of which PostgreSQL expects half: of the bare comparison it expects one row in 200, and
        # reads a whole city first where the 401 that are counted stand at its beginning.
        "CASE WHEN (flags & %(tested)s) = %(required)s THEN TRUE ELSE FALSE END",
        "shown_until >= %(today)s",
    ]
    if wish.languages:
        conditions.append("(languages & %(languages)s) = %(languages)s")
    within = [f"({_SERIES}) <= %(reach)s"]
    if wish.home_visits and not wish.is_anywhere:
        own = f"(visit_miles * {1 / EARTH_RADIUS_MILES!r})"
        within.append(f"({_SERIES}) <= 0.25 * {own} * {own} * (1.0 - {own} * {own} / 12.0)")
    if wish.condition_id is not None:
        conditions.append("(conditions & %(condition_bit)s) <> 0")
        conditions.append(
            "EXISTS (SELECT 1 FROM directory_physiotherapist_conditions_treated AS treated"
            " WHERE treated.physiotherapist_id = point.physiotherapist_id"
            " AND treated.page_id = %(condition)s)"
        )
    order = f"ORDER BY {_SERIES}, physiotherapist_id, clinic_id" if in_order else ""
    # Every part is text of this module or a number reckoned here; what people type is never in it.
    sql = f"""
        SELECT physiotherapist_id, clinic_id, latitude, longitude{columns and ", " + columns}
        FROM (
            SELECT physiotherapist_id, clinic_id, latitude, longitude, visit_miles, flags, languages,
                   (latitude - %(latitude)s) * {radians(1)!r} AS x,
                   (longitude - %(longitude)s) * {radians(1)!r} AS y
            FROM directory_searchpoint AS point
            WHERE {" AND ".join(conditions)}
        ) AS near
        WHERE {" AND ".join(within)}
        {order}
        LIMIT %(limit)s
    """  # noqa: S608
    return sql, bands | {
        "latitude": wish.latitude,
        "longitude": wish.longitude,
        "sin": sin(radians(wish.latitude)),
        "cos": cos(radians(wish.latitude)),
        "west": west,
        "east": east,
        "tested": tested,
        "required": required,
        "languages": wish.languages,
        "today": timezone.localdate().toordinal(),
        "reach": sin(radius_miles / EARTH_RADIUS_MILES / 2) ** 2,
        "condition": wish.condition_id or 0,
        "condition_bit": condition_bit(wish.condition_id or 0),
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

"""Where nobody is listed near by, and what people looked for and did not find.

Of a search that found nobody, the month, the outward code and the names of the filters are counted, and
nothing else: no more of the place, no value of a filter, no address of a person or a machine. So that a
crawler, or somebody who presses reload, does not distort much, the same outward code with the same filters
counts once in an hour: what is told is in how many hours somebody looked. (A web process without a shared
cache remembers its own hour.)
"""

import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from math import cos, floor, hypot, radians
from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.db import connections, router
from django.db.models import Sum
from django.utils import timezone

from directory.forms import CHOICES, DEFAULT_RADIUS, TICKS, Search
from directory.models import EmptySearch, SearchPoint
from places.distance import MILES_PER_DEGREE_LATITUDE
from places.locate import Place
from places.models import PartialPostcode
from places.names import name_key
from places.postcodes import read_code
from places.towns import town_index, town_of_outward

logger = logging.getLogger(__name__)

NEAR_MILES = 10
MONTHS_KEPT = 13
FRESH_MINUTES = 10
_HOUR = 3600
_A_MONTH_AND_MORE = 32 * 24 * _HOUR
# Longer than this a search does not wait for another's writing; the count is lost instead.
_WAIT_MS = 50
SMALL_RADIUS = "small_radius"
FILTER_WORDS = {
    **TICKS,
    **{name: name.capitalize() for name in CHOICES},
    SMALL_RADIUS: f"Within less than {DEFAULT_RADIUS} miles",
}
_UPSERT = """
    INSERT INTO directory_emptysearch (month, outward, filters, times) VALUES (%s, %s, %s, 1)
    ON CONFLICT (month, outward, filters) DO UPDATE SET times = directory_emptysearch.times + 1
"""


# --- Searches that found nobody ---


def count_empty_search(place: Place, search: Search) -> None:
    """Count a search that found nobody. Whatever fails here, the search goes on."""
    try:
        _count(outward_of(place), _filters(search))
    except Exception as error:
        # Its words could have the place in them.
        logger.warning("A search that found nobody was not counted (%s).", type(error).__name__)


def _count(outward: str, filters: str) -> None:
    if not outward or not cache.add(f"empty-search:{outward}:{filters}", 1, _HOUR):
        return
    month = timezone.localdate().replace(day=1)
    database = router.db_for_write(EmptySearch)
    with _without_waiting(connections[database]) as connection, connection.cursor() as cursor:
        cursor.execute(_UPSERT, [month, outward, filters])
        # With the first of a month go those whose time is over.
        if cache.add(f"empty-searches:{month}", 1, _A_MONTH_AND_MORE):
            cursor.execute("DELETE FROM directory_emptysearch WHERE month < %s", [_first_month_kept(month)])


@contextmanager
def _without_waiting(connection: Any) -> Iterator[Any]:
    """On SQLite one writes at a time, and the site's own writers wait for each other for many seconds."""
    if connection.vendor != "sqlite":
        yield connection
        return
    connection.ensure_connection()
    sqlite = connection.connection
    (usual,) = sqlite.execute("PRAGMA busy_timeout").fetchone()
    sqlite.execute(f"PRAGMA busy_timeout = {_WAIT_MS}")
    try:
        yield connection
    finally:
        sqlite.execute(f"PRAGMA busy_timeout = {usual}")


def _first_month_kept(month: date) -> date:
    """This month is the last of those that are kept."""
    months = month.year * 12 + month.month - 1 - (MONTHS_KEPT - 1)
    return date(months // 12, months % 12 + 1, 1)


def _filters(search: Search) -> str:
    names = list(search.filters_on)
    if search.radius < DEFAULT_RADIUS and not search.home_visits:
        # That nobody is within a mile is no gap yet.
        names.append(SMALL_RADIUS)
    return ",".join(names)


def outward_of(place: Place) -> str:
    """The outward code that a place lies in, or is nearest to; "" where none is known."""
    if code := read_code(place.label.partition(" (")[0]):
        return code.outward
    town = town_index().by_label.get(name_key(place.label)) if place.precision == "town" else None
    return town.outward if town and town.outward else _nearest_outward(place.latitude, place.longitude)


def _nearest_outward(latitude: float, longitude: float) -> str:
    middles = middles_of_outwards()
    width = cos(radians(latitude))
    return min(
        middles,
        key=lambda code: hypot(middles[code][0] - latitude, (middles[code][1] - longitude) * width),
        default="",
    )


_middles: dict[str, tuple[float, float]] = {}


def middles_of_outwards() -> dict[str, tuple[float, float]]:
    """Latitude and longitude of each outward code's middle; read once a process, as they hardly move."""
    if not _middles:
        held = PartialPostcode.objects.filter(is_outward=True)
        _middles.update({row.code: (row.latitude, row.longitude) for row in held})
        if _middles:
            _middles.update(
                {code: (town.latitude, town.longitude) for code, town in town_of_outward().items()}
            )
    return _middles


class Unmet(NamedTuple):
    """What was looked for near an outward code and not found."""

    outward: str
    filters: str
    times: int


def unmet_searches() -> list[Unmet]:
    """Of all months that are kept, the most frequent first."""
    kept = EmptySearch.objects.filter(month__gte=_first_month_kept(timezone.localdate().replace(day=1)))
    rows = (
        kept.values_list("outward", "filters")
        .annotate(sum=Sum("times"))
        .order_by("-sum", "outward", "filters")
    )
    return [Unmet(outward, filter_words(filters), times) for outward, filters, times in rows]


def filter_words(filters: str) -> str:
    names = filters.split(",") if filters else []
    return ", ".join(FILTER_WORDS.get(name, name) for name in names) or "No filter"


# --- Outward codes by listings near ---


class Gap(NamedTuple):
    """An outward code: how many people a patient there can go to within ``NEAR_MILES``, how many visit
    homes there, how many there are of either; and the postcodes within the same miles (None if not known)."""

    outward: str
    latitude: float
    longitude: float
    at_clinics: int
    visiting: int
    near: int
    postcodes: int | None
    searches: int

    @property
    def per_ten_thousand(self) -> float | None:
        """Listings for every 10,000 postcodes near: how many people share them, as far as we can tell."""
        return self.near * 10_000 / self.postcodes if self.postcodes else None


def gaps_lately() -> tuple[datetime, list[Gap]]:
    """As they were within the last ``FRESH_MINUTES``, and when: with all the country's listings they take
    seconds to work out."""
    key = f"gaps:{timezone.localdate()}"
    if (kept := cache.get(key)) is None:
        kept = timezone.now(), gaps()
        cache.set(key, kept, FRESH_MINUTES * 60)
    at, found = kept
    return at, found


def gaps() -> list[Gap]:
    """Every outward code; those with nobody near first, then by how few there are for the postcodes near."""
    middles = middles_of_outwards()
    own = dict(PartialPostcode.objects.filter(is_outward=True).values_list("code", "postcodes"))
    searches: dict[str, int] = defaultdict(int)
    for unmet in unmet_searches():
        searches[unmet.outward] += unmet.times
    at_clinics, visiting = _people_near(middles)
    grid = _Grid(middles)
    found = []
    for code, (latitude, longitude) in middles.items():
        around = grid.within(latitude, longitude, NEAR_MILES)
        postcodes = sum(own.get(other, 0) for other in around) if code in own else None
        clinics, visitors = at_clinics[code], visiting[code]
        found.append(
            Gap(
                code,
                latitude,
                longitude,
                len(clinics),
                len(visitors),
                len(clinics | visitors),
                postcodes,
                searches[code],
            )
        )
    # Of those with nobody, the one with most people around comes first.
    return sorted(
        found,
        key=lambda gap: (gap.per_ten_thousand or 0 if gap.postcodes else gap.near, -(gap.postcodes or 0)),
    )


People = dict[str, set[int]]


def _people_near(middles: dict[str, tuple[float, float]]) -> tuple[People, People]:
    """For each outward code who works within ``NEAR_MILES`` of its middle, and who visits homes there."""
    at_clinics: People = defaultdict(set)
    visiting: People = defaultdict(set)
    grid = _Grid(middles)
    points = SearchPoint.objects.filter(shown_until__gte=timezone.localdate().toordinal())
    rows = points.values_list("physiotherapist_id", "latitude", "longitude", "flags", "visit_miles")
    places: dict[tuple[float, float, int], set[int]] = defaultdict(set)
    for person, latitude, longitude, flags, visit_miles in rows.iterator(chunk_size=5000):
        if flags & SearchPoint.SAMPLE and not settings.SAMPLE_DATA_ALLOWED:
            continue
        # Many work at one place: it is looked up once.
        places[latitude, longitude, visit_miles if flags & SearchPoint.VISITS else 0].add(person)
    for (latitude, longitude, miles), people in places.items():
        reached = visiting if miles else at_clinics
        for code in grid.within(latitude, longitude, miles or NEAR_MILES):
            reached[code] |= people
    return at_clinics, visiting


class _Grid:
    """Points by cells of about ten miles, so that those near another are found without trying all."""

    _HEIGHT, _WIDTH = 0.15, 0.25

    def __init__(self, points: dict[str, tuple[float, float]]) -> None:
        self._cells: dict[tuple[int, int], list[tuple[str, float, float]]] = defaultdict(list)
        for name, (latitude, longitude) in points.items():
            cell = floor(latitude / self._HEIGHT), floor(longitude / self._WIDTH)
            self._cells[cell].append((name, latitude, longitude))

    def within(self, latitude: float, longitude: float, miles: float) -> list[str]:
        """As the crow flies over a flat map: at 50 miles that is exact to a fraction of a mile."""
        width = cos(radians(latitude))
        high = miles / MILES_PER_DEGREE_LATITUDE
        wide = high / width
        square = high * high
        found = []
        for row in range(
            floor((latitude - high) / self._HEIGHT), floor((latitude + high) / self._HEIGHT) + 1
        ):
            for column in range(
                floor((longitude - wide) / self._WIDTH), floor((longitude + wide) / self._WIDTH) + 1
            ):
                for name, north, east in self._cells.get((row, column), ()):
                    if (north - latitude) ** 2 + ((east - longitude) * width) ** 2 <= square:
                        found.append(name)
        return found

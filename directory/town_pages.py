"""Towns that have a page of their own: those with at least three physiotherapists within ten miles."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import islice
from math import asin, cos, degrees, floor, radians, sin
from statistics import median
from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache as shared_cache
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from directory.forms import RADII
from directory.models import SearchPoint
from directory.nearest import COUNTED, Found, Match, Wish, count_each, nearest_anywhere, nearest_few
from directory.wording import counted
from places.distance import EARTH_RADIUS_MILES, MILES_PER_DEGREE_LATITUDE, great_circle_miles, haversine
from places.names import name_key
from places.towns import Town, town_index, towns_named

LEAST = 3
MILES = 10
# So many of the nearest, and so many of the largest.
NEIGHBOURS = 6
# Further away a town is no neighbour, nor is a neuro physiotherapist near.
NEIGHBOUR_MILES = 20
NEURO_MILES = 50
# From fewer fees a middle one says little.
LEAST_FEES = 3
# The sitemap may be so old; a page of a town and its links never are.
KEPT_SECONDS = 3600
_RINGS_MILES = (1, 3, MILES)
_CELL_DEGREES = 0.1


# --- Addresses ------------------------------------------------------------------------------------


@cache
def towns_by_address() -> dict[str, Town]:
    """Every town by the last part of its page's address.

    That is its name, or with its area where towns share the name: for the largest of them too, since
    the next gazetteer may have another one as the largest, and an address is for good.
    """
    towns = town_index().by_slug.values()
    shared = Counter(name_key(town.name) for town in towns)
    return {
        slug_of(town.name if shared[name_key(town.name)] == 1 else _name_and_area(town)): town
        for town in towns
    }


@cache
def _addresses() -> dict[str, str]:
    return {town.slug: address for address, town in towns_by_address().items()}


def slug_of(name: str) -> str:
    """``King's Lynn`` is kings-lynn, ``St. Asaph`` and ``Saint Asaph`` are st-asaph, without accents."""
    return name_key(name.replace("_", " ")).replace(" ", "-")


def _name_and_area(town: Town) -> str:
    # A label is without an area where the district has the town's name.
    return town.label if "," in town.label else f"{town.label}, {town.county or town.country}"


def address_of(town: Town) -> str:
    return reverse("directory:town", args=[_addresses()[town.slug]])


def link_text(town: Town) -> str:
    """The name, with where it lies only if another town has that name."""
    return town.name if _addresses()[town.slug] == slug_of(town.name) else _name_and_area(town)


# --- Which towns have a page ----------------------------------------------------------------------


def has_page(towns: Iterable[Town]) -> list[Town]:
    """Those of the towns that have a page at this moment, in one statement."""
    towns = list(towns)
    counts = count_each([_wish(town) for town in towns])
    return [town for town, found in zip(towns, counts, strict=True) if found.total >= LEAST]


def called(name: str) -> list[Town]:
    """Every town that has a page and goes by a name, in whatever language, largest first."""
    return has_page(towns_named(name.replace("-", " ")))


def namesakes_of(town: Town) -> list[Town]:
    """Other towns that go by its name and have a page."""
    return has_page(other for other in towns_named(town.name) if other.slug != town.slug)


def largest_town_pages(number: int) -> list[Town]:
    """So many at most, of the largest three times as many."""
    return has_page(islice(town_index().by_slug.values(), 3 * number))[:number]


def neighbours_of(town: Town) -> list[Town]:
    """The nearest other towns that have a page and the largest a little further off, nearest first."""
    high = NEIGHBOUR_MILES / MILES_PER_DEGREE_LATITUDE
    miles = {
        other: great_circle_miles(town.latitude, town.longitude, other.latitude, other.longitude)
        for other in town_index().by_slug.values()
        if abs(other.latitude - town.latitude) <= high and other.slug != town.slug
    }
    # In order of size, which is that of the index.
    miles = {other: distance for other, distance in miles.items() if distance <= NEIGHBOUR_MILES}
    by_distance = sorted(miles, key=lambda other: (miles[other], other.slug))
    asked = {*by_distance[: 3 * NEIGHBOURS], *islice(miles, 4 * NEIGHBOURS)}
    pages = set(has_page(asked))
    nearest = [other for other in by_distance if other in pages][:NEIGHBOURS]
    largest = [other for other in miles if other in pages and other not in nearest][:NEIGHBOURS]
    return sorted([*nearest, *largest], key=lambda other: (miles[other], other.slug))


def town_pages(samples: bool | None = None) -> dict[str, datetime]:
    """The slugs of all towns that have a page, each with when somebody listed near it was last changed.

    Kept for an hour at most and never over midnight, when checks lapse. ``samples``: whether sample
    listings count, which is as the settings have it if it is not said.
    """
    if samples is None:
        samples = settings.SAMPLE_DATA_ALLOWED
    today = timezone.localdate().toordinal()
    pages = shared_cache.get_or_set(
        f"town-pages:{samples}:{today}", lambda: find_town_pages(samples), KEPT_SECONDS
    )
    return pages or {}


def find_town_pages(samples: bool) -> dict[str, datetime]:
    """In one pass over the search table, newest first, in which a town is done with its third person."""
    open_towns = _towns_by_cell()
    people: dict[str, set[int]] = defaultdict(set)
    newest: dict[str, datetime] = {}
    reach = sin(MILES / EARTH_RADIUS_MILES / 2) ** 2
    for person, latitude, longitude, changed in _places_of_work(samples):
        near = open_towns.get(_cell(latitude, longitude))
        if not near:
            continue
        for town in list(near.values()):
            if haversine(town.latitude, town.longitude, latitude, longitude) > reach:
                continue
            newest.setdefault(town.slug, changed)
            people[town.slug].add(person)
            if len(people[town.slug]) == LEAST:
                for cell in _cells_around(town):
                    del open_towns[cell][town.slug]
    return {slug: newest[slug] for slug, listed in people.items() if len(listed) >= LEAST}


def _places_of_work(samples: bool) -> Iterable[tuple[int, float, float, datetime]]:
    """Of everybody who is shown today, as the search has them when home visits are not asked for."""
    left_out = SearchPoint.VISITS | (0 if samples else SearchPoint.SAMPLE)
    return (
        SearchPoint.objects.annotate(left_out=F("flags").bitand(left_out))
        .filter(left_out=0, shown_until__gte=timezone.localdate().toordinal())
        .order_by("-physiotherapist__updated_at")
        .values_list("physiotherapist_id", "latitude", "longitude", "physiotherapist__updated_at")
        .iterator(chunk_size=10_000)
    )


def _towns_by_cell() -> dict[tuple[int, int], dict[str, Town]]:
    """The towns whose ten miles reach into a cell."""
    cells: dict[tuple[int, int], dict[str, Town]] = defaultdict(dict)
    for town in town_index().by_slug.values():
        for cell in _cells_around(town):
            cells[cell][town.slug] = town
    return cells


def _cells_around(town: Town) -> list[tuple[int, int]]:
    angle = MILES / EARTH_RADIUS_MILES
    high, wide = degrees(angle), degrees(asin(sin(angle) / cos(radians(town.latitude))))
    south, west = _cell(town.latitude - high, town.longitude - wide)
    north, east = _cell(town.latitude + high, town.longitude + wide)
    return [(row, column) for row in range(south, north + 1) for column in range(west, east + 1)]


def _cell(latitude: float, longitude: float) -> tuple[int, int]:
    return floor(latitude / _CELL_DEGREES), floor(longitude / _CELL_DEGREES)


# --- What a page says -----------------------------------------------------------------------------


class Fee(NamedTuple):
    """The median of the known fees of a first appointment, and of how many people."""

    pounds: Decimal
    known: int


@dataclass(frozen=True)
class Near:
    """Who is near a town. ``nearest`` has up to 200 of them; ``found`` and ``visiting`` only count."""

    town: Town
    found: Found
    visiting: Found
    nearest: list[Match]

    @property
    def has_everybody(self) -> bool:
        return self.found.is_exact and len(self.nearest) == self.found.total

    @property
    def sentence(self) -> str:
        """``45 physiotherapists are listed within 10 miles of Leeds, and 12 visit homes there.``"""
        listed = f"{counted(self.found)} physiotherapists are listed within {MILES} miles of {self.town.name}"
        if not self.visiting.total:
            return f"{listed}. Nobody listed visits homes there."
        verb = "visits" if self.visiting.is_exact and self.visiting.total == 1 else "visit"
        return f"{listed}, and {counted(self.visiting).lower()} {verb} homes there."


def look_near(town: Town) -> Near | None:
    """None for a town that has no page. Two statements, however many people there are."""
    wishes = [replace(_wish(town), radius_miles=miles) for miles in _RINGS_MILES]
    *rings, visiting = count_each([*wishes, replace(_wish(town), home_visits=True)])
    found = rings[-1]
    if found.total < LEAST:
        return None
    # A city's crowd is not all sorted: the narrowest ring that holds enough will do.
    enough = next((w for w, ring in zip(wishes, rings, strict=True) if ring.total >= COUNTED), wishes[-1])
    return Near(town, found, visiting, nearest_few(enough, COUNTED))


def nearest_neuro(town: Town) -> Match | None:
    """None if there is none near enough to be called near."""
    found = nearest_anywhere(replace(_wish(town), neuro=True))
    return found if found and found.miles <= NEURO_MILES else None


def middle_fee(fees: Iterable[Decimal | None]) -> Fee | None:
    """None where too few are known."""
    known = [fee for fee in fees if fee is not None]
    return Fee(median(known), len(known)) if len(known) >= LEAST_FEES else None


def radius_to_reach(miles: float) -> int:
    """The narrowest radius of the search that finds somebody so far away."""
    return next((radius for radius in RADII if radius >= miles), RADII[-1])


def _wish(town: Town) -> Wish:
    return Wish(town.latitude, town.longitude, MILES)

"""The towns of the United Kingdom and the Crown dependencies.

They are reference data that changes with a release and not while the site runs, so they are
read from the repository into memory once a process (about 6,000 towns, 30 ms), not kept in the database.
"""

import csv
from bisect import bisect_left, bisect_right
from collections import defaultdict
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from places.names import name_key

TOWNS_FILE = Path(__file__).parent / "data" / "towns.csv"
OUTWARD_TOWNS_FILE = Path(__file__).parent / "data" / "outward_towns.csv"
COLUMNS = [
    "slug",
    "name",
    "label",
    "district",
    "county",
    "country",
    "outward",
    "latitude",
    "longitude",
    "population",
    "other_names",
]


class Town(NamedTuple):
    """``label`` is unique: the name, with where it lies if that is needed ("Newport, Isle of Wight")."""

    slug: str
    name: str
    label: str
    district: str
    county: str
    country: str
    outward: str
    latitude: float
    longitude: float
    population: int
    other_names: tuple[str, ...]

    def lies_in(self, key: str) -> bool:
        """Whether ``key``, as from ``name_key``, names its district, county, country or outward code."""
        return key in {name_key(area) for area in (self.district, self.county, self.country, self.outward)}


class TownIndex(NamedTuple):
    """Each list of towns is in order of population, largest first."""

    by_slug: dict[str, Town]
    by_label: dict[str, Town]
    by_name: dict[str, list[Town]]
    by_other_name: dict[str, list[Town]]
    sorted_names: list[str]
    sorted_other_names: list[str]


def read_towns(path: Path) -> list[Town]:
    """Largest first."""
    with path.open(encoding="utf-8", newline="") as file:
        towns = [
            Town(
                **{column: row[column] for column in COLUMNS[:7]},
                latitude=float(row["latitude"]),
                longitude=float(row["longitude"]),
                population=int(row["population"]),
                other_names=tuple(filter(None, row["other_names"].split("|"))),
            )
            for row in csv.DictReader(file)
        ]
    return sorted(towns, key=_by_size)


@cache
def town_index() -> TownIndex:
    towns = read_towns(TOWNS_FILE)
    by_name: dict[str, list[Town]] = defaultdict(list)
    by_other_name: dict[str, list[Town]] = defaultdict(list)
    for town in towns:
        by_name[name_key(town.name)].append(town)
        for key in {name_key(name) for name in town.other_names} - {name_key(town.name)}:
            by_other_name[key].append(town)
    return TownIndex(
        by_slug={town.slug: town for town in towns},
        by_label={name_key(town.label): town for town in towns},
        by_name=dict(by_name),
        by_other_name=dict(by_other_name),
        sorted_names=sorted(by_name),
        sorted_other_names=sorted(by_other_name),
    )


@cache
def town_of_outward() -> dict[str, Town]:
    """The town that each outward code of Northern Ireland and the islands is served from."""
    by_slug = town_index().by_slug
    with OUTWARD_TOWNS_FILE.open(encoding="utf-8", newline="") as file:
        return {row["outward"]: by_slug[row["town"]] for row in csv.DictReader(file)}


def towns_named(text: str) -> list[Town]:
    """Every town that goes by a name, a label or a name with an area, largest first."""
    index = town_index()
    name, _, area = text.partition(",")
    towns = _towns_called(name_key(name))
    if labelled := index.by_label.get(name_key(text)):
        # A label can be a name that other towns share; without a comma those may be meant too.
        return [labelled] if area else sorted({labelled, *towns}, key=_by_size)
    if area:
        towns = [town for town in towns if town.lies_in(name_key(area))]
    return towns


def _towns_called(key: str) -> list[Town]:
    index = town_index()
    by_that_name = index.by_name.get(key, [])
    also = index.by_other_name.get(key, [])
    if by_that_name:
        # "Newcastle" is also Newcastle upon Tyne, but "Deri" is not a spelling of Derry.
        also = [town for town in also if set(key.split()) <= set(name_key(town.name).split())]
    return sorted([*by_that_name, *also], key=_by_size)


def _by_size(town: Town) -> tuple[int, str]:
    return -town.population, town.slug


def towns_starting(text: str, limit: int) -> list[Town]:
    """The largest towns with a name that starts so; those known by another name only fill up the list."""
    prefix = name_key(text)
    if not prefix:
        return []
    index = town_index()
    finished = " " not in prefix and text[-1:].isspace()
    found: dict[str, Town] = {}
    for names, towns in (
        (index.sorted_names, index.by_name),
        (index.sorted_other_names, index.by_other_name),
    ):
        starting = _with_prefix(names, prefix)
        if finished:
            starting = [name for name in starting if f"{name} ".startswith(f"{prefix} ")]
        matches = {town.slug: town for name in starting for town in towns[name]}
        for town in sorted(matches.values(), key=_by_size):
            if len(found) == limit:
                break
            found.setdefault(town.slug, town)
    return sorted(found.values(), key=_by_size)


def _with_prefix(names: list[str], prefix: str) -> list[str]:
    return names[bisect_left(names, prefix) : bisect_left(names, prefix + "\x7f")]


def towns_like(text: str, limit: int = 5) -> list[Town]:
    """Towns whose name is nearly what was typed, likeliest first."""
    key = name_key(text.partition(",")[0])
    if len(key) < 3:
        return []
    index = town_index()
    found: dict[str, tuple[float, Town]] = {}
    for names, towns in (
        (index.sorted_names, index.by_name),
        (index.sorted_other_names, index.by_other_name),
    ):
        matches = process.extract(
            key, names, scorer=DamerauLevenshtein.normalized_similarity, score_cutoff=0.7, limit=limit * 4
        )
        for name, score, _ in matches:
            for town in towns[name]:
                if town.slug not in found or found[town.slug][0] < score:
                    found[town.slug] = (score, town)
    # Between names that are about as near, the larger town is the likelier wish.
    likeliest = sorted(found.values(), key=lambda match: (-round(match[0], 1), -match[1].population))
    return [town for _, town in likeliest[:limit]]


@cache
def _towns_by_latitude() -> list[Town]:
    return sorted(town_index().by_slug.values(), key=attrgetter("latitude"))


def towns_within(south: float, west: float, north: float, east: float) -> list[Town]:
    """Every town in a box of degrees, largest first."""
    towns = _towns_by_latitude()
    first = bisect_left(towns, south, key=attrgetter("latitude"))
    last = bisect_right(towns, north, key=attrgetter("latitude"))
    return sorted((town for town in towns[first:last] if west <= town.longitude <= east), key=_by_size)

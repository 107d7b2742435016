"""Making ``places/data/towns.csv`` from GeoNames' places and the districts in Code-Point Open."""

import csv
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import IO, NamedTuple

from django.utils.text import slugify

from places.codepoint import E4, Archive, Positions
from places.distance import great_circle_miles
from places.names import name_key
from places.postcodes import text_of_key

COUNTRIES = {
    "ENG": "England",
    "SCT": "Scotland",
    "WLS": "Wales",
    "NIR": "Northern Ireland",
    "JE": "Jersey",
    "GG": "Guernsey",
    "IM": "Isle of Man",
}
# Code-Point Open gives metropolitan districts no county. Source: ONS, metropolitan counties.
_METROPOLITAN = {
    "Greater Manchester": range(1, 11),
    "Merseyside": range(11, 16),
    "South Yorkshire": [*range(16, 20), 38, 39],
    "Tyne and Wear": [*range(20, 25), 37],
    "West Midlands": range(25, 32),
    "West Yorkshire": range(32, 37),
}
_COUNTY_OF_DISTRICT = {
    f"E08{number:06}": county for county, numbers in _METROPOLITAN.items() for number in numbers
}
_CELL_E4 = 500


class Area(NamedTuple):
    district: str
    county: str
    outward: str


def district_names(codelist: IO[bytes]) -> dict[str, str]:
    """Names by code from Code-Point Open's Codelist.xlsx, in the words that people use."""
    import openpyxl

    book = openpyxl.load_workbook(codelist, read_only=True)
    return {
        str(code): plain_area_name(str(name))
        for sheet in ("CTY", "DIS", "LBO", "MTD", "UTA")
        for name, code in book[sheet].iter_rows(values_only=True)
    }


def plain_area_name(official: str) -> str:
    """``City of Kingston upon Hull (B)`` is Kingston upon Hull, ``Caerdydd - Cardiff`` Cardiff."""
    name = official.rpartition(" - ")[2]
    name = re.sub(r" (\(B\)|London Boro|County)$", "", re.sub(r" \(B\)$", "", name))
    name = re.sub(r" (District|City)$", "", name)
    if name == "City and County of the City of London":
        return "City of London"
    return re.sub(r"^(the|The City of|City of|County of) ", "", name)


def town_rows(places: Path, archive: Archive, names: dict[str, str]) -> list[dict[str, str]]:
    """A row for each town, with an address and a label of its own, largest first."""
    with places.open(encoding="utf-8", newline="") as file:
        # A few names bring their district with them ("Basford, Stoke-on-Trent").
        rows_read = [row | {"name": row["name"].partition(",")[0]} for row in csv.DictReader(file)]
        towns = sorted(rows_read, key=lambda row: (-int(row["population"]), int(row["geonameid"])))
    cells = _cells(archive.positions)
    areas = {town["geonameid"]: _area(town, archive, cells, names) for town in towns}
    regions = {id_: _region(area) for id_, area in areas.items()}
    same_label = Counter((town["name"], regions[town["geonameid"]]) for town in towns)
    towns_of_name = Counter(town["name"] for town in towns)
    slugs: set[str] = set()
    labels: set[str] = set()
    rows = []
    for town in towns:
        area, region = areas[town["geonameid"]], regions[town["geonameid"]]
        country = COUNTRIES.get(town["country"]) or COUNTRIES[town["admin1"]]
        named_alike = towns_of_name[town["name"]] > 1
        if not region or (name_key(region) == name_key(town["name"]) and named_alike):
            region = area.county if area.county not in {"", town["name"]} else country
        # A city that its district or county is named for needs no more words: Leeds, London.
        label = f"{town['name']}, {region}"
        if not named_alike and name_key(town["name"]) in {name_key(area.district), name_key(area.county)}:
            label = town["name"]
        if same_label[town["name"], regions[town["geonameid"]]] > 1 and area.outward:
            label = f"{label} ({area.outward})"
        if label in labels:
            continue
        slug = slugify(town["name"])
        if slug in slugs:
            slug = slugify(label)
        if slug in slugs:
            slug = f"{slug}-{town['geonameid']}"
        slugs.add(slug)
        labels.add(label)
        rows.append(
            {
                "slug": slug,
                "name": town["name"],
                "label": label,
                "district": area.district,
                "county": area.county,
                "country": country,
                "outward": area.outward,
                "latitude": town["latitude"],
                "longitude": town["longitude"],
                "population": town["population"],
                "other_names": "|".join(_useful_names(town)),
            }
        )
    return rows


def _useful_names(town: dict[str, str]) -> list[str]:
    """Other names as somebody here might type them: in Latin letters, no airport codes."""
    return [
        name
        for name in town["alternate_names"].split("|")
        if re.fullmatch(r"[A-ZÀ-ÖØ-Þ][A-Za-zÀ-ÖØ-öø-ÿŵŷŴŶ'’. -]{2,}", name)
        and not name.isupper()
        and name != town["name"]
    ]


def _region(area: Area) -> str:
    """The county where there is an old one, else the district."""
    if area.county and area.county not in {*_METROPOLITAN, "London"}:
        return area.county
    return area.district


def _area(
    town: dict[str, str], archive: Archive, cells: dict[tuple[int, int], list[int]], names: dict[str, str]
) -> Area:
    if town["country"] != "GB" or town["admin1"] == "NIR":
        return Area("", "", "")
    key = _nearest_postcode(float(town["latitude"]), float(town["longitude"]), archive.positions, cells)
    county, district = archive.county_and_district[key]
    county_name = names.get(county) or _COUNTY_OF_DISTRICT.get(district, "")
    if district.startswith("E09"):
        county_name = "London"
    return Area(names.get(district, ""), county_name, text_of_key(key)[:-4])


def _cells(positions: Positions) -> dict[tuple[int, int], list[int]]:
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    for index, (lat, lng) in enumerate(zip(positions.latitudes_e4, positions.longitudes_e4, strict=True)):
        cells[lat // _CELL_E4, lng // _CELL_E4].append(index)
    return cells


def _nearest_postcode(
    latitude: float, longitude: float, positions: Positions, cells: dict[tuple[int, int], list[int]]
) -> int:
    """The key of the nearest postcode, which is looked for in squares of growing size."""
    row, column = round(latitude * E4) // _CELL_E4, round(longitude * E4) // _CELL_E4
    for reach in range(1, 20):
        near = [
            index
            for r in range(row - reach, row + reach + 1)
            for c in range(column - reach, column + reach + 1)
            for index in cells.get((r, c), ())
        ]
        if near:
            best = min(
                near,
                key=lambda i: great_circle_miles(
                    latitude, longitude, positions.latitudes_e4[i] / E4, positions.longitudes_e4[i] / E4
                ),
            )
            return positions.keys[best]
    raise ValueError(f"No postcode near {latitude}, {longitude}.")

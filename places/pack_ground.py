"""Making ``places/data/ground.xz`` and ``coast.xz`` from the postcodes, the towns and Natural Earth."""

import json
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from math import ceil, cos, hypot, pi, radians, sqrt
from pathlib import Path
from typing import Any

from places.coast import Box, Point, box_around, cut_to
from places.codepoint import E4, Positions
from places.distance import MILES_PER_DEGREE_LATITUDE
from places.ground import CELL_HEIGHT, CELL_WIDTH, COLUMNS, ROWS, SOUTH, WEST, Ground, Level
from places.towns import Town

# What a map of 50 miles can show from any position that the search takes, northern France with it.
COAST_BOX = Box(47.8, -13.0, 62.6, 4.7)
# Half a pixel of the closest map; the source itself is no finer.
SIMPLER_DEGREES = 0.001
# Postcodes in a cell of each level that make it built-up: about 35 to the square kilometre in the
# finest, and fewer where a wide cell takes in the fields around a town.
ENOUGH = (4, 11, 36, 130, 450)
# So many cells deep, sea between a dry cell and the coast is filled.
_NOTCH_CELLS = 2
# Where there are no open postcodes, a town is a disc of the usual density, in people to the square
# kilometre, and so many people share a postcode.
_PEOPLE_TO_KM2, _PEOPLE_TO_POSTCODE = 3000, 38
_WITHOUT_POSTCODES = {"Northern Ireland", "Jersey", "Guernsey", "Isle of Man"}
_KM_PER_DEGREE = MILES_PER_DEGREE_LATITUDE * 1.609344


def land_rings(topology: dict[str, Any]) -> list[list[Point]]:
    """The rings of the object ``land`` of a quantized TopoJSON, cut to our box and simplified.

    Lakes are holes in the land; Natural Earth's land has none here.
    """
    scale, translate = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = [_arc(arc, scale, translate) for arc in topology["arcs"]]
    rings = []
    for geometry in topology["objects"]["land"]["geometries"]:
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        for outer, *_ in polygons:
            points = _joined(outer, arcs)
            if COAST_BOX.meets(box_around(points)) and len(points := cut_to(COAST_BOX, points)) > 2:
                rings.append(simpler(points, SIMPLER_DEGREES))
    return sorted(rings, key=len, reverse=True)


def _arc(arc: list[list[int]], scale: list[float], translate: list[float]) -> list[Point]:
    x = y = 0
    points = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        points.append((x * scale[0] + translate[0], y * scale[1] + translate[1]))
    return points


def _joined(indexes: list[int], arcs: list[list[Point]]) -> list[Point]:
    """A ring of arcs, each beginning where the one before ends; ~i is arc i backwards."""
    points: list[Point] = []
    for index in indexes:
        points += (arcs[index] if index >= 0 else arcs[~index][::-1])[:-1]
    return points


def simpler(points: list[Point], tolerance: float) -> list[Point]:
    """A ring without the points that lie within ``tolerance`` of the line without them (Douglas, Peucker)."""
    far = max(
        range(len(points)), key=lambda i: hypot(points[i][0] - points[0][0], points[i][1] - points[0][1])
    )
    closed = [*points, points[0]]
    kept = {0, far}
    parts = [(0, far), (far, len(points))]
    while parts:
        first, last = parts.pop()
        if last - first < 2:
            continue
        index = max(range(first + 1, last), key=lambda i: _off(closed[i], closed[first], closed[last]))
        if _off(closed[index], closed[first], closed[last]) > tolerance:
            kept.add(index)
            parts += [(first, index), (index, last)]
    return [points[index] for index in sorted(kept)]


def _off(point: Point, a: Point, b: Point) -> float:
    """How far a point lies from the line between two, in degrees of latitude."""
    shrink = cos(radians(point[1]))
    x, y = (point[0] - a[0]) * shrink, point[1] - a[1]
    dx, dy = (b[0] - a[0]) * shrink, b[1] - a[1]
    length = dx * dx + dy * dy
    part = min(1.0, max(0.0, (x * dx + y * dy) / length)) if length else 0.0
    return hypot(x - part * dx, y - part * dy)


def built_up(positions: Positions, towns: list[Town], land: list[list[Point]]) -> Ground:
    """The built-up cells of each level, finest first, and the dry ones."""
    cells: Counter[tuple[int, int]] = Counter()
    for latitude_e4, longitude_e4 in zip(positions.latitudes_e4, positions.longitudes_e4, strict=True):
        cells[cell_of(latitude_e4 / E4, longitude_e4 / E4)] += 1
    dry = _dry(cells, land)
    for town in towns:
        if town.country in _WITHOUT_POSTCODES:
            for cell, postcodes in _disc(town, land).items():
                cells[cell] = max(cells[cell], postcodes)
    levels = []
    for number, enough in enumerate(ENOUGH):
        rows = _rows((cell for cell, count in cells.items() if count >= enough), ROWS >> number)
        levels.append(without_specks(without_specks(rows, COLUMNS >> number), COLUMNS >> number))
        wider: Counter[tuple[int, int]] = Counter()
        for (row, column), count in cells.items():
            wider[row >> 1, column >> 1] += count
        cells = wider
    return Ground(levels, dry)


def _rows(cells: Iterable[tuple[int, int]], height: int) -> Level:
    rows = [0] * height
    for row, column in cells:
        rows[row] |= 1 << column
    return rows


def _dry(cells: Iterable[tuple[int, int]], land: list[list[Point]]) -> Level:
    """Cells with a postcode where the coast has sea, and the notches between them and the land."""
    ashore = [_row_of(_land_along(SOUTH + (row + 0.5) * CELL_HEIGHT, land)) for row in range(ROWS)]
    known = [found & ~here for found, here in zip(_rows(cells, ROWS), ashore, strict=True)]
    filled = [found | here for found, here in zip(known, ashore, strict=True)]
    for _ in range(_NOTCH_CELLS):
        filled = without_specks(filled, COLUMNS)
    near = known
    for _ in range(_NOTCH_CELLS):
        near = _wider(near)
    return [
        found | there & reach & ~here
        for found, there, reach, here in zip(known, filled, near, ashore, strict=True)
    ]


def _row_of(spans: list[tuple[float, float]]) -> int:
    """The cells whose middles lie in spans of longitude."""
    row = 0
    for west, east in spans:
        first, end = (min(max(ceil((edge - WEST) / CELL_WIDTH - 0.5), 0), COLUMNS) for edge in (west, east))
        row |= (1 << end) - (1 << first)
    return row


def _wider(rows: Level) -> Level:
    """With all the neighbours of every cell."""
    wide = [row | row << 1 | row >> 1 for row in rows]
    return [a | b | c for a, b, c in zip([0, *wide], wide, [*wide[1:], 0], strict=False)]


def without_specks(rows: Level, columns: int) -> Level:
    """With every cell that has five or more of its eight neighbours built-up: a park stays, a car park goes.

    All cells of a row are counted at once, as the bits of ``ones``, ``twos`` and ``fours``.
    """
    filled = []
    for below, row, above in zip([0, *rows], rows, [*rows[1:], 0], strict=False):
        ones = twos = fours = eights = 0
        for line, sides in ((below, (-1, 0, 1)), (row, (-1, 1)), (above, (-1, 0, 1))):
            for side in sides:
                carry = line << 1 if side < 0 else line >> 1 if side else line
                ones, carry = ones ^ carry, ones & carry
                twos, carry = twos ^ carry, twos & carry
                fours, carry = fours ^ carry, fours & carry
                eights |= carry
        filled.append((row | eights | fours & (ones | twos)) & (1 << columns) - 1)
    return filled


def cell_of(latitude: float, longitude: float) -> tuple[int, int]:
    """Row and column of the finest level; a little is added for points on the line between two cells."""
    return int((latitude - SOUTH) / CELL_HEIGHT + 1e-6), int((longitude - WEST) / CELL_WIDTH + 1e-6)


def _disc(town: Town, land: list[list[Point]]) -> dict[tuple[int, int], int]:
    """Cells of a round town on land, with the postcodes that such a town would have in each."""
    shrink = cos(radians(town.latitude))
    radius = sqrt(town.population / _PEOPLE_TO_KM2 / pi) / _KM_PER_DEGREE
    cell_km2 = CELL_HEIGHT * CELL_WIDTH * shrink * _KM_PER_DEGREE**2
    each = round(_PEOPLE_TO_KM2 * cell_km2 / _PEOPLE_TO_POSTCODE)
    row, column = cell_of(town.latitude, town.longitude)
    found = {(row, column): each}
    rows, columns = int(radius / CELL_HEIGHT) + 1, int(radius / shrink / CELL_WIDTH) + 1
    for r in range(row - rows, row + rows + 1):
        latitude = SOUTH + (r + 0.5) * CELL_HEIGHT
        dry = _land_along(latitude, land)
        for c in range(column - columns, column + columns + 1):
            longitude = WEST + (c + 0.5) * CELL_WIDTH
            away = hypot(latitude - town.latitude, (longitude - town.longitude) * shrink)
            if away <= radius and any(west <= longitude <= east for west, east in dry):
                found[r, c] = each
    return found


def _land_along(latitude: float, land: list[list[Point]]) -> list[tuple[float, float]]:
    """From where to where the parallel runs over land."""
    spans = []
    for points in land:
        crossings = sorted(
            a[0] + (latitude - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
            for a, b in pairwise([*points, points[0]])
            if (a[1] <= latitude) != (b[1] <= latitude)
        )
        spans += list(zip(crossings[::2], crossings[1::2], strict=True))
    return spans


def read_topology(path: Path) -> dict[str, Any]:
    """A TopoJSON file with an object called ``land``. Raises ValueError."""
    topology = json.loads(path.read_bytes())
    if (
        not isinstance(topology, dict)
        or "land" not in topology.get("objects", {})
        or "transform" not in topology
    ):
        raise ValueError("there is no quantized object called land in it")
    return topology

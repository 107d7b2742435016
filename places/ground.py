"""The built-up ground in ``places/data/ground.xz``, its outlines in a box, and those of dry cells.

A grid of cells, a bit each: built-up where there are enough postcodes. Each level has cells twice as
wide and high as the one before, so that a map of any width reads a few thousand cells. A row of a level
is one integer, whose lowest bit is the cell farthest west: together about 1 MB, read when first needed.

Dry cells, in the finest grid alone, have a postcode where the coast of ``places.coast`` has sea: small
islands, quays and headlands that are left out at its scale.
"""

import json
import lzma
from functools import cache
from math import ceil, floor
from pathlib import Path
from typing import NamedTuple

from places.coast import Box, Point

GROUND = Path(__file__).parent / "data" / "ground.xz"
_FORMAT = "ground 1"
# In degrees: about 330 m from south to north, and as much from west to east in Yorkshire.
CELL_HEIGHT, CELL_WIDTH = 0.003, 0.005
# Jersey to Shetland, Fermanagh to Lowestoft: whole cells of every level.
SOUTH, WEST, ROWS, COLUMNS = 49.0, -8.2, 4096, 2048
LEVELS = 5


class GroundError(Exception):
    """The ground is missing, cut short or of another format."""


Level = list[int]


class Ground(NamedTuple):
    levels: list[Level]
    dry: Level


def write_ground(ground: Ground, path: Path, about: dict[str, str]) -> int:
    """Write the levels, finest first, then the dry cells, and return the file's size in bytes."""
    header = {"format": _FORMAT, "levels": len(ground.levels)} | about
    grids = [*enumerate(ground.levels), (0, ground.dry)]
    body = b"".join(row.to_bytes(_row_bytes(number), "little") for number, grid in grids for row in grid)
    path.write_bytes(
        lzma.compress(json.dumps(header).encode() + b"\n" + body, preset=9 | lzma.PRESET_EXTREME)
    )
    return path.stat().st_size


def _row_bytes(number: int) -> int:
    return COLUMNS // 8 >> number


def read_ground(path: Path = GROUND) -> Ground:
    """Raises GroundError."""
    try:
        header, _, body = lzma.decompress(path.read_bytes()).partition(b"\n")
        about = json.loads(header)
        kind, count = about["format"], about["levels"]
    except (OSError, lzma.LZMAError, ValueError, KeyError, TypeError) as error:
        raise GroundError(f"{path.name} cannot be read ({error}). Make it again with pack_ground.") from error
    sizes = [(number, ROWS >> number, _row_bytes(number)) for number in (*range(LEVELS), 0)]
    if kind != _FORMAT or count != LEVELS or len(body) != sum(rows * width for _, rows, width in sizes):
        raise GroundError(f"{path.name} is of another format. Make it again with pack_ground.")
    grids, start = [], 0
    for _, rows, width in sizes:
        end = start + rows * width
        grids.append([int.from_bytes(body[at : at + width], "little") for at in range(start, end, width)])
        start = end
    return Ground(grids[:-1], grids[-1])


@cache
def ground() -> Ground:
    """Read once a process, when the first map needs it."""
    return read_ground()


class Window(NamedTuple):
    """Rows of a level from the south up, a bit a cell from the west, and how its corners lie in degrees."""

    rows: list[int]
    south: float
    west: float
    height: float
    width: float


def window(box: Box, grid: Level, level: int) -> Window:
    """The cells of a level's grid that meet a box, with a row and a column of nothing around them."""
    height, width = CELL_HEIGHT * 2**level, CELL_WIDTH * 2**level
    bottom, top = _span(box.south, box.north, SOUTH, height, ROWS >> level)
    left, right = _span(box.west, box.east, WEST, width, COLUMNS >> level)
    mask = (1 << right - left) - 1
    rows = [(row >> left & mask) << 1 for row in grid[bottom:top]]
    return Window([0, *rows, 0], SOUTH + (bottom - 1) * height, WEST + (left - 1) * width, height, width)


def _span(low: float, high: float, origin: float, cell: float, count: int) -> tuple[int, int]:
    first = min(max(floor((low - origin) / cell), 0), count)
    return first, min(max(ceil((high - origin) / cell), first), count)


def outlines(box: Box, level: int) -> list[list[Point]]:
    """Closed outlines of the built-up ground in a box.

    They run through the middles of the cells' edges, so that a staircase of cells is a straight line.
    """
    level = min(max(level, 0), LEVELS - 1)
    return _in_degrees(window(box, ground().levels[level], level))


def dry_outlines(box: Box) -> list[list[Point]]:
    """Closed outlines of the land that the coast lacks."""
    return _in_degrees(window(box, ground().dry, 0))


def _in_degrees(cells: Window) -> list[list[Point]]:
    return [
        [(cells.west + x / 2 * cells.width, cells.south + y / 2 * cells.height) for x, y in outline]
        for outline in trace(cells.rows)
    ]


def trace(rows: list[int]) -> list[list[tuple[int, int]]]:
    """Outlines of the set bits, in half cells; the first and the last row must be empty.

    Ground lies to the left of each outline. Cells that touch at a corner alone stay apart.
    """
    # From each corner of cells, the way on: at most two outlines pass through one.
    onward: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for y in range(1, len(rows)):
        below, above = rows[y - 1], rows[y]
        for x in _bits(below & ~above):
            onward.setdefault((x + 1, y), []).append((x, y))
        for x in _bits(above & ~below):
            onward.setdefault((x, y), []).append((x + 1, y))
        for x in _bits(above & ~(above << 1)):
            onward.setdefault((x, y + 1), []).append((x, y))
        for x in _bits(above & ~(above >> 1)):
            onward.setdefault((x + 1, y), []).append((x + 1, y + 1))
    found = []
    while onward:
        start, ways = next(iter(onward.items()))
        here, there = start, ways.pop()
        if not ways:
            del onward[start]
        corners = [here]
        while there != start:
            here, there = there, _next(onward, here, there)
            corners.append(here)
        found.append(_middles(corners))
    return found


def _bits(row: int) -> list[int]:
    found = []
    while row:
        low = row & -row
        found.append(low.bit_length() - 1)
        row ^= low
    return found


def _next(
    onward: dict[tuple[int, int], list[tuple[int, int]]], before: tuple[int, int], here: tuple[int, int]
) -> tuple[int, int]:
    ways = onward[here]
    if len(ways) == 1:
        del onward[here]
        return ways[0]
    # Turn left, round the cell that the outline belongs to.
    dx, dy = here[0] - before[0], here[1] - before[1]
    left = (here[0] - dy, here[1] + dx)
    way = left if left in ways else ways[0]
    ways.remove(way)
    return way


def _middles(corners: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The middles of the edges between corners, without those on a straight line, in half cells."""
    middles = [(a[0] + b[0], a[1] + b[1]) for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)]
    kept = []
    for i, (x, y) in enumerate(middles):
        (ax, ay), (bx, by) = middles[i - 1], middles[(i + 1) % len(middles)]
        if (x - ax) * (by - y) != (y - ay) * (bx - x):
            kept.append((x, y))
    return kept

"""The coast in ``places/data/coast.xz``: land as rings of points, cut to what a map shows."""

import json
import lzma
from collections.abc import Callable
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from places.codepoint import E4

COAST = Path(__file__).parent / "data" / "coast.xz"
_FORMAT = "coast 1"

Point = tuple[float, float]


class CoastError(Exception):
    """The coast is missing, cut short or of another format."""


class Box(NamedTuple):
    """Degrees. A ``Point`` is a longitude and a latitude, as they are drawn."""

    south: float
    west: float
    north: float
    east: float

    def meets(self, other: "Box") -> bool:
        return (
            self.west < other.east
            and other.west < self.east
            and self.south < other.north
            and other.south < self.north
        )

    def wider(self) -> "Box":
        """Three times as high and as wide, with the same middle."""
        height, width = self.north - self.south, self.east - self.west
        return Box(self.south - height, self.west - width, self.north + height, self.east + width)


class Ring(NamedTuple):
    """An outline of land, closed by itself, and the box around it."""

    box: Box
    points: list[Point]


def box_around(points: list[Point]) -> Box:
    longitudes, latitudes = zip(*points, strict=True)
    return Box(min(latitudes), min(longitudes), max(latitudes), max(longitudes))


def write_coast(rings: list[list[Point]], path: Path, about: dict[str, str]) -> int:
    """Write the rings, as differences in 1/10,000 of a degree, and return the file's size in bytes."""
    packed = []
    for ring in rings:
        columns = [[round(point[axis] * E4) for point in ring] for axis in (0, 1)]
        packed.append([[b - a for a, b in zip([0, *column], column, strict=False)] for column in columns])
    body = json.dumps({"format": _FORMAT} | about | {"rings": packed}, separators=(",", ":"))
    path.write_bytes(lzma.compress(body.encode(), preset=9 | lzma.PRESET_EXTREME))
    return path.stat().st_size


def read_coast(path: Path = COAST) -> list[Ring]:
    """Raises CoastError."""
    try:
        body = json.loads(lzma.decompress(path.read_bytes()))
        kind = body["format"]
        rings = []
        for longitudes, latitudes in body["rings"]:
            columns = [[value / E4 for value in accumulate(column)] for column in (longitudes, latitudes)]
            points = list(zip(*columns, strict=True))
            rings.append(Ring(box_around(points), points))
    except (OSError, lzma.LZMAError, ValueError, KeyError, TypeError) as error:
        raise CoastError(f"{path.name} cannot be read ({error}). Make it again with pack_ground.") from error
    if kind != _FORMAT:
        raise CoastError(f"{path.name} is of another format. Make it again with pack_ground.")
    return rings


@cache
def coast() -> list[Ring]:
    """Read once a process, when the first map needs it."""
    return read_coast()


def land_within(box: Box, roundings: int = 0) -> list[list[Point]]:
    """Outlines of the land in a box, cut along its edges; one that is the box itself where all is land.

    Their corners are cut off so many times, for a box so small that they would show.
    """
    # Cutting corners changes what is near the edge, so that first a wider box is cut out.
    wide = box.wider() if roundings else box
    found = []
    for ring in coast():
        if not box.meets(ring.box):
            continue
        points = cut_to(wide, ring.points) if _crosses(wide, ring.box) else ring.points
        for _ in range(roundings):
            points = without_corners(points)
        if roundings:
            points = cut_to(box, points)
        if len(points) > 2:
            found.append(points)
    return found


def without_corners(points: list[Point]) -> list[Point]:
    """Each side's first and last quarter are left out (Chaikin), which rounds a ring's corners."""
    rounded = []
    for (ax, ay), (bx, by) in zip(points, [*points[1:], *points[:1]], strict=True):
        rounded += [(0.75 * ax + 0.25 * bx, 0.75 * ay + 0.25 * by)]
        rounded += [(0.25 * ax + 0.75 * bx, 0.25 * ay + 0.75 * by)]
    return rounded


def _crosses(box: Box, inner: Box) -> bool:
    return (
        inner.south < box.south or inner.west < box.west or inner.north > box.north or inner.east > box.east
    )


def is_all_land(box: Box, land: list[list[Point]]) -> bool:
    """Whether ``land``, as from ``land_within``, leaves no sea in the box."""
    corners = {(x, y) for x in (box.west, box.east) for y in (box.south, box.north)}
    return any(len(points) <= 8 and set(points) >= corners and _on_edges(box, points) for points in land)


def _on_edges(box: Box, points: list[Point]) -> bool:
    return all(x in {box.west, box.east} or y in {box.south, box.north} for x, y in points)


def cut_to(box: Box, points: list[Point]) -> list[Point]:
    """The part of a ring inside a box (Sutherland and Hodgman), or nothing."""
    for axis, edge, sign in ((1, box.south, 1), (1, box.north, -1), (0, box.west, 1), (0, box.east, -1)):
        if not points:
            break
        points = _cut(points, axis, edge, sign)
    return points


def _cut(points: list[Point], axis: int, edge: float, sign: int) -> list[Point]:
    inside: Callable[[Point], bool] = (
        (lambda point: point[axis] >= edge) if sign > 0 else (lambda point: point[axis] <= edge)
    )
    kept: list[Point] = []
    before, before_is_in = points[-1], inside(points[-1])
    for point in points:
        is_in = inside(point)
        if is_in != before_is_in:
            kept.append(_meeting(before, point, axis, edge))
        if is_in:
            kept.append(point)
        before, before_is_in = point, is_in
    return kept


def _meeting(a: Point, b: Point, axis: int, edge: float) -> Point:
    part = (edge - a[axis]) / (b[axis] - a[axis])
    other = a[1 - axis] + part * (b[1 - axis] - a[1 - axis])
    return (edge, other) if axis == 0 else (other, edge)

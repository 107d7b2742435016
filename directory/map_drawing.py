"""From degrees to the drawing: the projection, and land, sea and built-up ground as SVG paths.

Equirectangular round the middle, with the degrees of longitude narrowed towards the poles: within 50
miles a point is less than 0.1% off the great circle's distance, so that rings are plain circles.
Paths are whole numbers in quarters of a unit, each relative to the one before, which is short.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians, sin
from typing import NamedTuple

from places.coast import Box, Point, is_all_land, land_within
from places.distance import MILES_PER_DEGREE_LATITUDE
from places.ground import CELL_HEIGHT, dry_outlines, outlines

FINE = 4
# Beyond the edge, so that no outline is seen to run along it.
_MARGIN = 24.0
# Cells of the built-up ground are never drawn smaller than this.
_LEAST_CELL = 4.5
_LEAST_STEP = 3
# Units to a degree from which the coast's straight lines would show: 5 miles and less round the middle.
_CLOSE = 1900


@dataclass(frozen=True)
class View:
    """A part of the world, ``width`` by ``height`` units, with a point in degrees in its middle."""

    latitude: float
    longitude: float
    units_per_mile: float
    width: float
    height: float

    @property
    def units_per_degree(self) -> float:
        return self.units_per_mile * MILES_PER_DEGREE_LATITUDE

    def xy(self, latitude: float, longitude: float) -> tuple[float, float]:
        """From the left and from the top."""
        north = latitude - self.latitude
        narrowed = cos(radians(self.latitude + north / 2))
        return (
            self.width / 2 + (longitude - self.longitude) * narrowed * self.units_per_degree,
            self.height / 2 - north * self.units_per_degree,
        )

    def box(self, margin: float = 0.0) -> Box:
        up = (self.height / 2 + margin) / self.units_per_degree
        narrowest = cos(radians(min(89.0, self.latitude + up / 2)))
        aside = (self.width / 2 + margin) / self.units_per_degree / narrowest
        return Box(self.latitude - up, self.longitude - aside, self.latitude + up, self.longitude + aside)

    def fine(self, points: list[Point]) -> list[tuple[int, int]]:
        """Longitudes and latitudes in quarters of a unit; the cosine is its series around the middle."""
        scale = self.units_per_degree * FINE
        left, top = self.width * FINE / 2, self.height * FINE / 2
        middle_x, middle_y = self.longitude, self.latitude
        narrow, narrower = cos(radians(middle_y)), sin(radians(middle_y)) * radians(0.5)
        return [
            (
                round(left + (x - middle_x) * (narrow - narrower * (y - middle_y)) * scale),
                round(top - (y - middle_y) * scale),
            )
            for x, y in points
        ]


class Ground(NamedTuple):
    """Path data. ``land`` and ``dry`` are empty where the view is all land, for which ``is_sea`` is false.

    ``shore`` is the width of the land round the dry and the built-up ground: towns and islands that the
    coast's own scale leaves out stand on land all the same. Widths are in fine units.
    """

    is_sea: bool
    land: str
    dry: str
    built_up: str
    soft: float
    shore: float

    @property
    def shore_line(self) -> float:
        return self.shore + 2 * FINE


# About ten kilobytes each; the same cities are searched all day.
@lru_cache(maxsize=256)
def ground_of(view: View) -> Ground:
    box = view.box(_MARGIN)
    land = land_within(box, roundings=2 if view.units_per_degree > _CLOSE else 0)
    is_sea = not is_all_land(box, land)
    finest = CELL_HEIGHT * view.units_per_degree
    level, cell = 0, finest
    while cell < _LEAST_CELL:
        level, cell = level + 1, cell * 2
    # Seen from so far that a cell is less than a unit, the coast has all that matters.
    dry = dry_outlines(box) if is_sea and finest > 1 else []
    return Ground(
        is_sea=is_sea,
        land="".join(_straight(view.fine(points)) for points in land) if is_sea else "",
        dry="".join(_rounded(view.fine(points)) for points in dry),
        built_up="".join(_rounded(view.fine(points)) for points in outlines(box, level)),
        soft=round(cell * 0.5 * FINE, 1),
        shore=round(max(2.5, finest * 1.2) * FINE, 1),
    )


def _straight(points: list[tuple[int, int]]) -> str:
    """An outline of straight lines, without steps too small to be seen."""
    x, y = points[0]
    steps = []
    for px, py in points[1:]:
        dx, dy = px - x, py - y
        if abs(dx) + abs(dy) >= _LEAST_STEP:
            steps.append(f"{dx} {dy}")
            x, y = px, py
    if len(steps) < 2:
        return ""
    return _short(f"M{points[0][0]} {points[0][1]}l", steps)


def _rounded(points: list[tuple[int, int]]) -> str:
    """The quadratic B-spline of an outline: it runs through the middle of each side, with round corners.

    ``t`` mirrors the last control point, which is just the next corner; in halves nothing is rounded off.
    """
    corners = [(x // 2, y // 2) for x, y in points]
    (ax, ay), (bx, by), *_ = corners
    steps = [
        f"{after[0] - before[0]} {after[1] - before[1]}"
        for before, after in zip([*corners[1:], corners[0]], [*corners[3:], *corners[:3]], strict=True)
    ]
    cx, cy = corners[2 % len(corners)]
    first = f"M{ax + bx} {ay + by}Q{2 * bx} {2 * by} {bx + cx} {by + cy}t"
    return _short(first, steps[:-1])


def _short(first: str, steps: list[str]) -> str:
    return first.replace(" -", "-") + " ".join(steps).replace(" -", "-") + "z"

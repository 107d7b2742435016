"""The body, front and back, as shapes for SVG: one path an area, in head-to-foot order."""

import re
import tomllib
from pathlib import Path
from typing import NamedTuple

from conditions.areas import Area

WIDTH, HEIGHT = 280, 420
# The figures end here; below stand the words.
FEET = 396
# Where the middle of the figure stands, seen from the front and from the back.
_FRONT, _BACK = 70, 210
_FIGURE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


class Shape(NamedTuple):
    """The ``path`` of an area, for the ``d`` of an SVG path: left and right, front and back together."""

    area: Area
    path: str


def _placed(shape: str, middle: int) -> str:
    """A shape around a middle line; a limb with its mirror image."""
    moved = _moved(shape, middle, 1)
    return moved if shape.startswith("M0 ") else f"{moved} {_moved(shape, middle, -1)}"


def _moved(shape: str, middle: int, side: int) -> str:
    return re.sub(r"(-?\d+) (\d+)", lambda pair: f"{middle + side * int(pair[1])} {pair[2]}", shape)


def _path(name: str) -> str:
    shapes = [
        (_FIGURE[side].get(name) or _FIGURE["both"].get(name), middle)
        for side, middle in (("front", _FRONT), ("back", _BACK))
    ]
    return " ".join(_placed(shape, middle) for shape, middle in shapes if shape)


# The whole body is no place on the map; pages about it are in the list beside.
SHAPES = [Shape(area, _path(area)) for area in Area if area is not Area.WHOLE_BODY]
# Part of the figure, but not a place where a physiotherapist's page begins.
TUMMY = _path("tummy")
# What tells the back from the front.
BACK_LINES = " ".join(_placed(line, _BACK) for line in _FIGURE["lines"].values())

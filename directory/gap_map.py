"""A map of all outward codes as dots, by how many are listed near each: the table of gaps at a glance."""

from functools import cache
from typing import NamedTuple

from directory.gaps import Gap
from directory.map_drawing import View, ground_of
from directory.map_layout import Text, text_at, tidy
from places.towns import town_index

# Scilly and Jersey to Shetland, and the sea round them, where the names stand.
VIEW = View(latitude=54.95, longitude=-2.5, units_per_mile=1, width=480, height=830)
NAME_SIZE = 16.0
# A few towns to find one's way by, with the latitude and longitude of the sea where each name has room.
_TOWNS = {
    "inverness": (58.35, -0.8),
    "edinburgh": (56.35, 0.2),
    "newcastle-upon-tyne": (55.3, 0.6),
    "leeds": (54.35, 1.6),
    "norwich": (53.4, 2.3),
    "london": (51.9, 2.55),
    "plymouth": (49.6, -4.6),
    "cardiff": (50.85, -6.2),
    "birmingham": (51.75, -6.6),
    "belfast": (55.8, -7.7),
}


class Class(NamedTuple):
    """Outward codes with up to so many listings near; their dots differ in size and kind besides colour."""

    name: str
    words: str
    most: int


CLASSES = (
    Class("none", "Nobody", 0),
    Class("few", "1 to 4", 4),
    Class("some", "5 to 19", 19),
    Class("many", "20 or more", 10**9),
)


class Drawn(NamedTuple):
    """The dots of one class, as one path of lines without a length."""

    name: str
    words: str
    number: int
    path: str


class Name(NamedTuple):
    """A town's name in the sea, and the line from it to the town."""

    text: Text
    line: str


def class_of(gap: Gap) -> Class:
    return next(each for each in CLASSES if gap.near <= each.most)


def draw(gaps: list[Gap]) -> list[Drawn]:
    """Those with most listings first, so that gaps lie on top."""
    paths: dict[str, list[str]] = {each.name: [] for each in CLASSES}
    for gap in gaps:
        x, y = VIEW.xy(gap.latitude, gap.longitude)
        paths[class_of(gap).name].append(f"M{tidy(x)} {tidy(y)}h0")
    return [
        Drawn(each.name, each.words, len(paths[each.name]), "".join(paths[each.name]))
        for each in reversed(CLASSES)
    ]


@cache
def land() -> str:
    """Path data in quarters of a unit."""
    return ground_of(VIEW).land


@cache
def names() -> list[Name]:
    found = []
    for slug, sea in _TOWNS.items():
        if town := town_index().by_slug.get(slug):
            x, y = VIEW.xy(town.latitude, town.longitude)
            text = text_at(town.name.partition(" upon ")[0], *VIEW.xy(*sea), NAME_SIZE, "town")
            left, top, right, bottom = text.rect
            end = min(max(x, left), right), min(max(y, top), bottom)
            found.append(Name(text, f"M{tidy(x)} {tidy(y)}L{tidy(end[0])} {tidy(end[1])}"))
    return found

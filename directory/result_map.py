"""The maps of the directory: results round a place, and one person's places.

Drawn here in full, so that a map needs no script, no tiles and nobody else's server;
docs/decisions/0009-maps.md has the reasons.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import cos, radians

from directory.map_drawing import Ground, View, ground_of
from directory.map_layout import (
    PIN,
    Pin,
    Rect,
    Spot,
    Text,
    around,
    beside,
    first_free,
    on_ring,
    place_pins,
    text_at,
    text_width,
    tidy,
)
from directory.nearest import PER_PAGE
from places.distance import MILES_PER_DEGREE_LATITUDE, great_circle_miles
from places.towns import towns_within

WIDTH, HEIGHT = 320, 340
# From the middle to the outermost ring: half a pin more fits between it and the edge.
REACH = WIDTH / 2 - 17
RINGS_MILES = (0.25, 0.5, 1, 3, 5, 10, 20, 30, 50)
# How far a map may reach, so that one person farther off does not change it a little each time.
_REACHES_MILES = (0.25, 0.5, 1, 1.5, 2, 3, 4, 5, 7.5, 10, 15, 20, 30, 40, 50)
# A smaller ring would only frame the mark in the middle.
_LEAST_RING = 17.0
FRAME = Rect(3, 3, WIDTH - 3, HEIGHT - 3)
_TOWNS, _TOWNS_TRIED = 12, 60
# From so many people on, in what size a town's name is written.
_TOWN_SIZES = ((100_000, 14.0, "city"), (10_000, 12.5, "town-name"), (0, 11.5, "village"))
_SCALE_SIZE, _NAME_SIZE = 11.5, 13.5
_LONGEST_NAME = 30
_BAR_MILES = (0.25, 0.5, 1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True)
class Mark:
    """Something to be numbered on a map, in degrees; ``is_about`` where only its surroundings are told."""

    latitude: float
    longitude: float
    number: int
    name: str
    href: str = ""
    is_about: bool = False


@dataclass(frozen=True)
class DrawnPin:
    """``name`` tells everybody whom it stands for; it is linked to the first of them."""

    pin: Pin
    marks: list[Mark]
    label: str

    @property
    def numbers(self) -> list[int]:
        return [mark.number for mark in self.marks]

    @property
    def name(self) -> str:
        return "; ".join(f"{mark.number}: {mark.name}" for mark in self.marks)

    @property
    def href(self) -> str:
        return self.marks[0].href

    @property
    def classes(self) -> str:
        """With one for each place on the page, which the style sheet lights up together with its card."""
        on_page = [f"pin-{(number - 1) % PER_PAGE + 1}" for number in self.numbers]
        about = ["pin-about"] * all(mark.is_about for mark in self.marks)
        return " ".join(["pin", *on_page, *about])

    @property
    def x(self) -> str:
        return tidy(self.pin.x)

    @property
    def y(self) -> str:
        return tidy(self.pin.y)

    @property
    def baseline(self) -> str:
        return tidy(self.pin.y + 4.3)

    @property
    def head(self) -> tuple[str, str, str]:
        """Left, top and width of the round or oval mark."""
        width = self.pin.width
        return tidy(self.pin.x - width / 2), tidy(self.pin.y - PIN / 2), tidy(width)

    @property
    def target(self) -> tuple[str, str, str]:
        """Left, top and width of what a finger may meet."""
        rect = self.pin.rect
        return tidy(rect.left), tidy(rect.top), tidy(rect.right - rect.left)

    @property
    def point(self) -> tuple[str, str] | None:
        """Where it stands for, if it had to stand aside."""
        return (tidy(self.pin.spot.x), tidy(self.pin.spot.y)) if self.pin.is_aside else None


@dataclass
class Map:
    """What ``templates/directory/map.html`` draws; lengths are text with as few digits as they need."""

    title: str
    view: View
    ground: Ground
    middle: tuple[str, str] | None = None
    rings: list[str] = field(default_factory=list)
    circle: tuple[str, str, str] | None = None
    bar: tuple[str, str] | None = None
    towns: list[tuple[str, str]] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    pins: list[DrawnPin] = field(default_factory=list)
    # What is drawn where, so that nothing covers anything else: marks alone, and everything.
    marked: list[Rect] = field(default_factory=list)
    taken: list[Rect] = field(default_factory=list)

    def mark(self, *rects: Rect) -> None:
        self.marked += rects
        self.taken += rects

    def write(self, choices: Iterable[Text], gap: float = 1) -> bool:
        """Writes the first of several texts that finds room; whether one does."""
        text = first_free(choices, FRAME, self.taken, gap)
        if text:
            self.texts.append(text)
            self.taken.append(text.rect)
        return text is not None


def result_map(
    latitude: float, longitude: float, label: str, marks: list[Mark], radius_miles: float, title: str
) -> Map:
    """The place that was searched for in the middle, rings round it, and a pin for each result."""
    farthest = max(
        (great_circle_miles(latitude, longitude, mark.latitude, mark.longitude) for mark in marks),
        default=min(radius_miles, _REACHES_MILES[-1]),
    )
    drawn = _new_map(title, View(latitude, longitude, REACH / _reach(farthest, radius_miles), WIDTH, HEIGHT))
    x, y = WIDTH / 2, HEIGHT / 2
    drawn.middle = (tidy(x), tidy(y))
    drawn.mark(around(x, y, 19, 19))
    _add_pins(drawn, marks)
    drawn.write([*beside(label, x, y, _NAME_SIZE, "here", away=11), *_round_the_middle(label, x, y)])
    for miles in RINGS_MILES:
        radius = miles * drawn.view.units_per_mile
        if _LEAST_RING <= radius <= REACH + 0.1:
            drawn.rings.append(tidy(radius))
            drawn.write(on_ring(in_miles(miles), x, y, radius, _SCALE_SIZE, "scale"))
    _add_towns(drawn, without=label)
    return drawn


def locator_map(marks: list[Mark], circle: tuple[float, float, float] | None, title: str) -> Map:
    """Where somebody works, and within how many miles of which point (in degrees) they visit homes."""
    points = [(mark.latitude, mark.longitude) for mark in marks]
    if circle:
        points += _edges(*circle)
    drawn = _new_map(title, _view_of(points, least_miles=2, edge=24))
    _add_pins(drawn, marks)
    if len(marks) == 1:
        # There is nothing to tell it from, so it has its name instead of a number.
        only = drawn.pins[0]
        drawn.pins = [DrawnPin(only.pin, only.marks, "")]
        name = marks[0].name
        if len(name) > _LONGEST_NAME:
            name = name[:_LONGEST_NAME].rstrip() + "…"
        drawn.write(beside(name, only.pin.x, only.pin.y, _NAME_SIZE, "here", away=15))
    _add_bar(drawn)
    if circle:
        x, y = drawn.view.xy(*circle[:2])
        radius = circle[2] * drawn.view.units_per_mile
        drawn.circle = (tidy(x), tidy(y), tidy(radius))
        drawn.write(on_ring("Home visits", x, y, radius, _SCALE_SIZE, "scale"))
    _add_towns(drawn)
    return drawn


def in_miles(miles: float) -> str:
    words = {0.25: "¼", 0.5: "½"}.get(miles, f"{miles:g}")
    return f"{words} mile" if miles <= 1 else f"{words} miles"


def _new_map(title: str, view: View) -> Map:
    return Map(title, view, ground_of(view))


def _reach(farthest: float, radius_miles: float) -> float:
    """Miles from the middle to the outermost ring: all results fit, and not much more."""
    fitting = next((reach for reach in _REACHES_MILES if reach >= farthest * 0.999), _REACHES_MILES[-1])
    return max(min(fitting, radius_miles), farthest * 0.999)


def _view_of(points: list[tuple[float, float]], least_miles: float, edge: float) -> View:
    """A view of all the points, and of so many miles round their middle at least."""
    latitudes, longitudes = zip(*points, strict=True)
    latitude, longitude = (min(latitudes) + max(latitudes)) / 2, (min(longitudes) + max(longitudes)) / 2
    widest = cos(radians(min(latitudes)))
    up = (max(latitudes) - min(latitudes)) / 2 * MILES_PER_DEGREE_LATITUDE
    aside = (max(longitudes) - min(longitudes)) / 2 * MILES_PER_DEGREE_LATITUDE * widest
    scales = [REACH / least_miles]
    scales += [(HEIGHT / 2 - edge) / up] if up else []
    scales += [(WIDTH / 2 - edge) / aside] if aside else []
    return View(latitude, longitude, min(scales), WIDTH, HEIGHT)


def _edges(latitude: float, longitude: float, miles: float) -> list[tuple[float, float]]:
    """The points of a circle that are farthest north, south, east and west."""
    up = miles / MILES_PER_DEGREE_LATITUDE
    aside = up / cos(radians(latitude))
    north, south = (latitude + up, longitude), (latitude - up, longitude)
    return [north, south, (latitude, longitude + aside), (latitude, longitude - aside)]


def _add_pins(drawn: Map, marks: list[Mark]) -> None:
    by_number = {mark.number: mark for mark in marks}
    spots = [Spot(*drawn.view.xy(mark.latitude, mark.longitude), [mark.number]) for mark in marks]
    for pin in place_pins(spots, FRAME, drawn.taken):
        drawn.mark(pin.rect)
        if pin.is_aside:
            drawn.mark(around(pin.spot.x, pin.spot.y, 5, 5))
        numbers = sorted(pin.spot.numbers)
        drawn.pins.append(DrawnPin(pin, [by_number[number] for number in numbers], pin.label))
    # As the keyboard meets them.
    drawn.pins.sort(key=lambda pin: pin.numbers)


def _round_the_middle(label: str, x: float, y: float) -> Iterator[Text]:
    """Where pins stand close round the middle, its name goes outside them."""
    for away in (24, 38, 52, 66):
        yield text_at(label, x, y - away, _NAME_SIZE, "here")
        yield text_at(label, x, y + away, _NAME_SIZE, "here")


def _add_bar(drawn: Map) -> None:
    """A scale, at the bottom left."""
    scale = drawn.view.units_per_mile
    miles = next((miles for miles in reversed(_BAR_MILES) if miles * scale <= 90), _BAR_MILES[0])
    drawn.bar = (tidy(miles * scale), tidy(HEIGHT - 10))
    words = in_miles(miles)
    text = text_at(words, 10 + text_width(words, _SCALE_SIZE) / 2, HEIGHT - 20, _SCALE_SIZE, "scale")
    drawn.texts.append(text)
    drawn.taken += [text.rect, Rect(8, HEIGHT - 14, 12 + miles * scale, HEIGHT - 6)]


def _add_towns(drawn: Map, without: str = "") -> None:
    """The largest towns whose names find room; ``without`` is written already."""
    for town in towns_within(*drawn.view.box())[:_TOWNS_TRIED]:
        x, y = drawn.view.xy(town.latitude, town.longitude)
        dot = around(x, y, 4, 4)
        if town.name == without or not dot.lies_in(FRAME):
            continue
        size, kind = next((size, kind) for people, size, kind in _TOWN_SIZES if town.population >= people)
        is_free = not any(dot.meets(other) for other in drawn.taken)
        # Where a mark stands on a larger town, its name stands near by, without a dot.
        if not is_free and (kind == "village" or not any(dot.meets(mark) for mark in drawn.marked)):
            continue
        if drawn.write(beside(town.name, x, y, size, kind, 5 if is_free else 18), gap=3) and is_free:
            drawn.taken.append(dot)
            drawn.towns.append((tidy(x), tidy(y)))
        if sum(text.kind in {"city", "town-name", "village"} for text in drawn.texts) == _TOWNS:
            break

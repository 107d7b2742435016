"""Where the numbers and the words of a map stand: nothing covers anything else.

Lengths are units of the drawing, which are pixels where it is shown in its own size; y grows downwards.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import cos, hypot, pi, sin
from typing import NamedTuple

# Nearly round numbers of 24 px on the narrowest phone, where a unit is 0.9 px.
TARGET = 27.0
PIN = 23.0
# Closer than this, two points are one on a phone.
_JOINED = 5.0
_ASIDE = (16.0, 24.0, 32.0, 42.0)
_DIRECTIONS = 12
_LONGEST_NUMBERS = 7


class Rect(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Rect", gap: float = 0.0) -> bool:
        return (
            self.left < other.right + gap
            and other.left < self.right + gap
            and self.top < other.bottom + gap
            and other.top < self.bottom + gap
        )

    def lies_in(self, other: "Rect") -> bool:
        return (
            self.left >= other.left
            and self.top >= other.top
            and self.right <= other.right
            and self.bottom <= other.bottom
        )


def around(x: float, y: float, width: float, height: float) -> Rect:
    return Rect(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


class Text(NamedTuple):
    """Words with their middle on ``x``, standing on ``y``."""

    words: str
    x: float
    y: float
    kind: str
    rect: Rect

    @property
    def left_and_top(self) -> tuple[str, str]:
        return tidy(self.x), tidy(self.y)


def tidy(length: float) -> str:
    """A length with one decimal, as short as it can be."""
    return f"{length:.1f}".removesuffix(".0")


_NARROW, _WIDE, _WIDEST = set(" '’.,:;|!ijlfrtI1-()/"), set("wABCDGHKNOQRUVXY&–0468"), set("mMW½¼")


def text_width(words: str, size: float) -> float:
    """About the width of words in the site's typeface at weight 600, rather more than less."""
    return size * sum(
        0.37 if c in _NARROW else 0.88 if c in _WIDEST else 0.74 if c in _WIDE else 0.6 for c in words
    )


def text_at(words: str, x: float, y: float, size: float, kind: str) -> Text:
    """Words centred on a point."""
    rect = around(x, y, text_width(words, size), size * 1.2)
    return Text(words, x, y + size * 0.35, kind, rect)


@dataclass
class Spot:
    """A point with everything that is numbered there."""

    x: float
    y: float
    numbers: list[int]


@dataclass
class Pin:
    """``x``, ``y`` is the middle of the number; ``at`` its point, where it had to stand aside."""

    spot: Spot
    x: float
    y: float

    @property
    def label(self) -> str:
        return numbers_in_words(self.spot.numbers)

    @property
    def width(self) -> float:
        return pin_width(self.spot.numbers)

    @property
    def rect(self) -> Rect:
        return around(self.x, self.y, max(TARGET, self.width), TARGET)

    @property
    def is_aside(self) -> bool:
        return (self.x, self.y) != (self.spot.x, self.spot.y)


def numbers_in_words(numbers: list[int]) -> str:
    """``3–5``, ``1, 4``; of many scattered ones the first and how many more: ``1 +6``."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words = ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
    if len(words) <= _LONGEST_NUMBERS:
        return words
    return f"{min(numbers)} +{len(numbers) - 1}"


def pin_width(numbers: list[int]) -> float:
    words = numbers_in_words(numbers)
    return PIN if len(words) <= 2 else text_width(words, 12) + 10


def place_pins(spots: Iterable[Spot], frame: Rect, taken: list[Rect]) -> list[Pin]:
    """Every spot's numbers in the frame, on the point or beside it, apart from each other and from ``taken``.

    Spots so close that there is no room for each share a pin.
    """
    joined = _join_near(spots)
    while True:
        pins: list[Pin] = []
        for spot in joined:
            pin = _free_pin(spot, frame, [*taken, *(pin.rect for pin in pins)])
            if pin is None:
                break
            pins.append(pin)
        else:
            return pins
        if len(joined) == 1:
            return [Pin(joined[0], *_inside(joined[0], frame))]
        _join_with_nearest(joined, spot)


def _join_near(spots: Iterable[Spot]) -> list[Spot]:
    joined: list[Spot] = []
    for spot in spots:
        near = next((other for other in joined if _apart(spot, other) < _JOINED), None)
        if near:
            near.numbers.extend(spot.numbers)
        else:
            joined.append(Spot(spot.x, spot.y, list(spot.numbers)))
    return joined


def _join_with_nearest(joined: list[Spot], spot: Spot) -> None:
    joined.remove(spot)
    nearest = min(joined, key=lambda other: _apart(spot, other))
    nearest.numbers.extend(spot.numbers)


def _apart(a: Spot, b: Spot) -> float:
    return hypot(a.x - b.x, a.y - b.y)


def _free_pin(spot: Spot, frame: Rect, taken: list[Rect]) -> Pin | None:
    for dx, dy in _steps_aside():
        pin = Pin(spot, spot.x + dx, spot.y + dy)
        rect = pin.rect
        if rect.lies_in(frame) and not any(rect.meets(other) for other in taken):
            return pin
    return None


def _inside(spot: Spot, frame: Rect) -> tuple[float, float]:
    half_width, half_height = max(TARGET, pin_width(spot.numbers)) / 2, TARGET / 2
    return (
        min(max(spot.x, frame.left + half_width), frame.right - half_width),
        min(max(spot.y, frame.top + half_height), frame.bottom - half_height),
    )


def _steps_aside() -> Iterator[tuple[float, float]]:
    yield 0.0, 0.0
    for distance in _ASIDE:
        for step in range(_DIRECTIONS):
            angle = 2 * pi * step / _DIRECTIONS
            yield distance * sin(angle), -distance * cos(angle)


def first_free(places: Iterable[Text], frame: Rect, taken: list[Rect], gap: float) -> Text | None:
    """The first of these places that is free; the caller adds its rectangle to ``taken``."""
    for text in places:
        if text.rect.lies_in(frame) and not any(text.rect.meets(other, gap) for other in taken):
            return text
    return None


def beside(words: str, x: float, y: float, size: float, kind: str, away: float) -> Iterator[Text]:
    """Right of a mark, left, above and below it."""
    half = text_width(words, size) / 2
    for dx, dy in ((away + half, 0), (-away - half, 0), (0, -away - size * 0.6), (0, away + size * 0.6)):
        yield text_at(words, x + dx, y + dy, size, kind)


def on_ring(words: str, x: float, y: float, radius: float, size: float, kind: str) -> Iterator[Text]:
    """Words across a ring: at the top, at the bottom, and then at other hours of its clock."""
    for hour in (0, 6, 1, 11, 5, 7, 2, 10, 4, 8, 3, 9):
        angle = pi * hour / 6
        yield text_at(words, x + radius * sin(angle), y - radius * cos(angle), size, kind)

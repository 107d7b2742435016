"""Which outward codes a home visitor reaches, told without telling where the visitor lives."""

import re
from typing import NamedTuple

from directory.gaps import middles_of_outwards
from directory.models import Physiotherapist
from places.distance import MILES_PER_DEGREE_LATITUDE, great_circle_miles
from places.models import PartialPostcode
from places.postcodes import read_code

SHOWN = 12


class Reach(NamedTuple):
    """Outward codes, nearest first: ``more`` are those beyond the nearest dozen."""

    nearest: list[str]
    more: list[str]


def reach_of(person: Physiotherapist) -> Reach:
    """The base's own outward code and all whose middle lies within the visitor's distance.

    Measured from the middle of the base's sector (some 3,000 addresses) and not from the base: from
    the exact circle, what is in and what is out would tell a street, and it may be their home.
    """
    code = read_code(person.visit_postcode) if person.home_visits else None
    if not code:
        return Reach([], [])
    distances: dict[str, float] = {}
    if middle := _middle_of(code.outward, f"{code.outward} {code.inward[:1]}"):
        distances = _outward_codes_within(*middle, person.visit_miles or 0)
    distances[code.outward] = 0
    ordered = sorted(distances, key=lambda outward: (distances[outward], _in_order(outward)))
    return Reach(ordered[:SHOWN], ordered[SHOWN:])


def _middle_of(outward: str, sector: str) -> tuple[float, float] | None:
    if partial := PartialPostcode.objects.filter(code=sector).first():
        return partial.latitude, partial.longitude
    return middles_of_outwards().get(outward)


def _outward_codes_within(latitude: float, longitude: float, miles: int) -> dict[str, float]:
    """Each with the miles to its middle; where we hold no postcodes, to the town that serves it."""
    high = miles / MILES_PER_DEGREE_LATITUDE
    distances = {
        code: great_circle_miles(latitude, longitude, *middle)
        for code, middle in middles_of_outwards().items()
        # Most are too far to the north or the south, which costs less to tell.
        if abs(middle[0] - latitude) <= high
    }
    return {code: distance for code, distance in distances.items() if distance <= miles}


def _in_order(code: str) -> tuple[str, int, str]:
    """BT2 before BT10."""
    parts = re.fullmatch(r"([A-Z]+)([0-9]+)([A-Z]?)", code)
    return (parts[1], int(parts[2]), parts[3]) if parts else (code, 0, "")

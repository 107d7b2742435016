"""The place that goes with a reader from page to page: in the address alone, and never exactly.

``?near=LS1`` or ``?near=Leeds``: an outward code or a town. A full postcode is cut to its first part.
"""

from typing import NamedTuple

from django.http import HttpRequest
from django.utils.http import urlencode

from directory.gaps import outward_of
from directory.position import PRECISION
from places.locate import Place, PlaceNotFound, locate
from places.postcodes import read_code

PARAMETER = "near"


class Near(NamedTuple):
    """``name`` is in our words, never in those of the address."""

    name: str
    latitude: float
    longitude: float

    @property
    def query(self) -> str:
        return "?" + urlencode({PARAMETER: self.name})


def name_of(place: Place) -> str:
    """The outward code or the town of a place, which for a position is the nearest code."""
    if place.precision == PRECISION:
        return outward_of(place)
    # "BT1 (Belfast)" is an outward code and the town that it is measured from.
    code = read_code(place.label.partition(" (")[0])
    return code.outward if code else place.label


def read_near(request: HttpRequest | None) -> Near | None:
    """None where the address names no place that we know. Found once a request, however often asked."""
    if request is None or not (typed := request.GET.get(PARAMETER)):
        return None
    known = vars(request)
    if "near" not in known:
        known["near"] = _near(typed)
    return known["near"]


def _near(typed: str) -> Near | None:
    try:
        place = locate(typed)
        name = name_of(place)
        if place.precision in {"postcode", "sector"}:
            place = locate(name)
    except PlaceNotFound:
        return None
    return Near(name, place.latitude, place.longitude)

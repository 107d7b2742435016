"""The position that a browser told, from the button "Near me" (static/js/near-me.js), as a place.

A typed place wins over a position. The button leaves the place box out of what it sends, so where both
are there somebody has typed into the box of a page that was found by a position.
"""

import re

from django.http import HttpRequest, QueryDict

from places.locate import EXAMPLE, Place, PlaceNotFound, locate

LABEL = "your position"
PRECISION = "position"
# About 110 metres, as the button rounds: near enough to find somebody, and not a front door.
DECIMALS = 3
# The United Kingdom and the islands beside it, with the sea around them; as in near-me.js.
SOUTH, NORTH, WEST, EAST = 49, 61.5, -11, 3

# No sign but a minus, no exponent, and no more digits than any browser sends.
_NUMBER = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,20})?")


def place_asked_for(request: HttpRequest) -> Place:
    """Where the search is from. Raises PlaceNotFound. From then on, links that the page makes from its own
    address have the position rounded, or left out where it is not used."""
    asked = request.GET
    request.GET = without_exact_position(asked)  # type: ignore[assignment]
    return read_position(asked) or locate(asked.get("location", ""))


def has_position(query: QueryDict) -> bool:
    """Or a part of one, or what should be one."""
    return any(query.get(name, "").strip() for name in ("lat", "lng"))


def read_position(query: QueryDict) -> Place | None:
    """None where there is none, or where a place was typed. Raises PlaceNotFound."""
    if not has_position(query) or query.get("location", "").strip():
        return None
    latitude, longitude = _rounded(query, "lat"), _rounded(query, "lng")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        raise PlaceNotFound(f"We could not read your position. {EXAMPLE}")
    if not (SOUTH <= latitude <= NORTH and WEST <= longitude <= EAST):
        raise PlaceNotFound(f"Your position is outside the United Kingdom, where we list people. {EXAMPLE}")
    return Place(latitude, longitude, LABEL, PRECISION)


def without_exact_position(query: QueryDict) -> QueryDict:
    """The query with its position rounded, or without one that is not used, for the page's links."""
    if not query.keys() & {"lat", "lng"}:
        return query
    query = query.copy()
    try:
        place = read_position(query)
    except PlaceNotFound:
        place = None
    for name in ("lat", "lng"):
        query.pop(name, None)
    if place:
        query["lat"], query["lng"] = (f"{part:.{DECIMALS}f}" for part in (place.latitude, place.longitude))
    return query


def _rounded(query: QueryDict, name: str) -> float | None:
    text = query.get(name, "").strip()
    # With 0 added there is no -0.000.
    return round(float(text), DECIMALS) + 0.0 if _NUMBER.fullmatch(text) else None

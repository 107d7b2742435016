from collections.abc import Iterable, Sequence
from typing import Any

from django import template

from directory import result_map as maps
from directory.cards import Card
from directory.models import Physiotherapist
from directory.wording import miles as told_miles
from places.models import PartialPostcode
from places.postcodes import read_code
from places.towns import town_of_outward

register = template.Library()
TEMPLATE = "directory/map.html"


@register.inclusion_tag(TEMPLATE)
def result_map(place: Any, cards: Sequence[Card], first_number: int = 1, radius: int = 10) -> dict[str, Any]:
    """Where the results of a page are. ``place`` has a point in degrees and a
    label."""
    bases = _middles_of_areas(card.person for card in cards if not card.clinic)
    marks = []
    for number, card in enumerate(cards, start=first_number or 1):
        if card.clinic:
            point, distance = (card.clinic.latitude or 0, card.clinic.longitude or 0), card.distance
        elif at_base := bases.get(card.person.pk):
            point, distance = at_base, f"visits start {card.distance.lower()}"
        else:
            continue
        name = f"{card.person.name}, {distance} away"
        marks.append(maps.Mark(*point, number, name, f"#result-{card.person.slug}", not card.clinic))
    label = place.label.partition(",")[0].partition(" (")[0]
    title = f"Map of the results round {label}" if marks else f"Map of the area round {label}"
    drawn = maps.result_map(place.latitude, place.longitude, label, marks, radius, title)
    return {
        "map": drawn,
        "skip_to": "results" if marks else "",
        "caption": "Rings show miles in a straight line."
        + (" Home visits start somewhere near the pin." if bases else ""),
    }


@register.inclusion_tag(TEMPLATE)
def locator_map(person: Physiotherapist) -> dict[str, Any]:
    """A person's clinics and how far they visit homes; nothing where there is neither."""
    clinics = list(person.clinics.all())
    marks = [
        maps.Mark(clinic.latitude or 0, clinic.longitude or 0, number, clinic.name, f"#clinic-{clinic.pk}")
        for number, clinic in enumerate(clinics, start=1)
    ]
    base = _middles_of_areas([person]).get(person.pk) if person.home_visits else None
    circle = (*base, float(person.visit_miles or 0)) if base else None
    if not marks and not circle:
        return {"map": None}
    visiting = f"The circle shows about where they visit homes: within {told_miles(person.visit_miles or 0)}."
    title = f"Map of where {person.name} works"
    return {"map": maps.locator_map(marks, circle, title), "caption": visiting if circle else ""}


def _middles_of_areas(people: Iterable[Physiotherapist]) -> dict[int, tuple[float, float]]:
    """For home visitors the middle of their base's outward code: the base itself may be their home."""
    codes = {person.pk: read_code(person.visit_postcode) for person in people}
    outwards = {pk: code.outward for pk, code in codes.items() if code}
    towns = town_of_outward()
    middles = {
        code: (towns[code].latitude, towns[code].longitude) for code in outwards.values() if code in towns
    }
    if unknown := set(outwards.values()) - middles.keys():
        held = PartialPostcode.objects.filter(is_outward=True, code__in=unknown)
        middles |= {partial.code: (partial.latitude, partial.longitude) for partial in held}
    return {pk: middles[code] for pk, code in outwards.items() if code in middles}

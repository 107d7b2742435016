"""The page of a town: /physiotherapists/in/<place>/."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from directory.cards import cards_of
from directory.models import Physiotherapist
from directory.nearest import PER_PAGE, Match
from directory.town_pages import (
    MILES,
    Near,
    address_of,
    called,
    link_text,
    look_near,
    middle_fee,
    namesakes_of,
    nearest_neuro,
    neighbours_of,
    radius_to_reach,
    slug_of,
    towns_by_address,
)
from places.towns import Town


@require_safe
def town(request: HttpRequest, place: str) -> HttpResponse:
    slug = slug_of(place)
    shown = towns_by_address().get(slug)
    if not shown:
        return _by_another_name(request, slug)
    near = look_near(shown)
    if not near:
        raise Http404
    if place != slug:
        return redirect(address_of(shown), permanent=True)
    return render(request, "directory/town.html", _context(request, near))


def _by_another_name(request: HttpRequest, slug: str) -> HttpResponse:
    """Newport is six towns: the one that has a page, or a choice of those that have."""
    towns = called(slug)
    if not towns:
        raise Http404
    if len(towns) == 1:
        # Not for good: another town of that name can get a page.
        return HttpResponseRedirect(address_of(towns[0]))
    return render(request, "directory/town_choice.html", {"towns": _links(towns)})


def _context(request: HttpRequest, near: Near) -> dict[str, Any]:
    listed = Physiotherapist.objects.listed().only("specialisms", "fee_first", "sample")
    people = listed.in_bulk([match.physiotherapist_id for match in near.nearest])
    # Somebody who was unlisted since they were counted is left out.
    matches = [match for match in near.nearest if match.physiotherapist_id in people]
    neuro = next((match for match in matches if people[match.physiotherapist_id].is_neuro), None)
    neuro = neuro or nearest_neuro(near.town)
    return {
        "town": near.town,
        "around": near,
        "near": near.town.label,
        "within": MILES,
        "neuro_miles": _miles(neuro) if neuro else "",
        "neuro_radius": radius_to_reach(neuro.miles) if neuro else MILES,
        "fee": middle_fee(person.fee_first for person in people.values()),
        "cards": cards_of(matches[:PER_PAGE]),
        "first_number": 1,
        "samples": any(person.sample for person in people.values()),
        "namesakes": _links(namesakes_of(near.town)),
        "neighbours": _links(neighbours_of(near.town)),
    }


def _miles(match: Match) -> str:
    text = f"{match.miles:.1f}"
    return f"{text} mile" if text == "1.0" else f"{text} miles"


def _links(towns: Iterable[Town]) -> list[tuple[str, str]]:
    """Text and address of links to their pages."""
    return [(link_text(town), address_of(town)) for town in towns]

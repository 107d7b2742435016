from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from conditions.models import Version
from directory.alternatives import alternatives
from directory.forms import RADII, Search, read_search
from directory.models import Clinic, Physiotherapist
from directory.nearest import PER_PAGE, Match, nearest
from directory.wording import sentence
from places.locate import Place, PlaceNotFound, locate
from places.postcodes import read_code


class Card(NamedTuple):
    """A result as it is shown: ``clinic`` is None where the distance is that from a visits' base."""

    person: Physiotherapist
    clinic: Clinic | None
    miles: str


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    asked = read_search(request.GET)
    context: dict[str, Any] = {"search": asked, "radii": RADII, "samples": _has_samples()}
    if not asked.is_asked:
        return render(request, "directory/search.html", context)
    try:
        place = locate(asked.location)
    except PlaceNotFound as error:
        return render(request, "directory/search.html", context | {"error": error})
    found = nearest(asked.wish_from(place), asked.page)
    status = 200 if found.matches or asked.page == 1 else 404
    context |= {
        "place": place,
        "found": found,
        "sentence": sentence(asked, found, place.label),
        "cards": _cards(found.matches),
        "first_number": (asked.page - 1) * PER_PAGE + 1,
        "previous_page": asked.page - 1,
        "next_page": asked.page + 1,
        "last_page": -(-found.total // PER_PAGE),
        "alternatives": [] if found.total else _alternatives(request, asked, place),
    }
    return render(request, "directory/search.html", context, status=status)


def _alternatives(request: HttpRequest, asked: Search, place: Place) -> list[tuple[str, str]]:
    """Text and query string of what is near the wish."""
    offered = []
    for alternative in alternatives(asked, place):
        query = request.GET.copy()
        query.pop("page", None)
        for name, value in alternative.changes.items():
            query.pop(name, None)
            if value is not None:
                query[name] = value
        offered.append((alternative.text, query.urlencode()))
    return offered


def _cards(matches: list[Match]) -> list[Card]:
    people = Physiotherapist.objects.listed().in_bulk([match.physiotherapist_id for match in matches])
    clinics = Clinic.objects.in_bulk([match.clinic_id for match in matches if match.clinic_id])
    return [
        Card(person, clinics.get(match.clinic_id or 0), f"{match.miles:.1f}")
        for match in matches
        # Somebody who was unlisted between the two queries is left out.
        if (person := people.get(match.physiotherapist_id))
    ]


def _has_samples() -> bool:
    return Physiotherapist.objects.listed().filter(sample=True).exists()


@require_safe
def profile(request: HttpRequest, slug: str) -> HttpResponse:
    person = get_object_or_404(Physiotherapist.objects.listed().prefetch_related("clinics"), slug=slug)
    treated = Version.objects.live().conditions().filter(page__in=person.conditions_treated.all())
    return render(
        request,
        "directory/profile.html",
        {
            "person": person,
            "treated": treated.order_by("title"),
            "visit_area": _outward_code(person.visit_postcode),
        },
    )


def _outward_code(postcode: str) -> str:
    """As much of a base's postcode as readers may see: the whole of it may be where somebody lives."""
    code = read_code(postcode)
    return code.outward if code else ""

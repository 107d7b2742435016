"""Up to three people side by side. Who is compared stands in the address alone: no cookie, no script."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from directory.comparison import comparison_of
from directory.models import FormerProfile, Physiotherapist
from directory.near import PARAMETER, Near, read_near
from directory.nearest import Wish, nearest

COMPARED = 3
# An address may name more than are shown: taking one away brings the next.
READ = 20
OFFERED = 10


class Shown(NamedTuple):
    person: Physiotherapist
    without: str


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    near = read_near(request)
    asked = list(dict.fromkeys(slug.strip() for slug in request.GET.getlist("p") if slug.strip()))[:READ]
    found = _people(asked)
    chosen = list(dict.fromkeys(found.values()))
    shown = chosen[:COMPARED]
    rows, never_stated = comparison_of(shown, near)
    offered = _offered(chosen, near) if len(chosen) < COMPARED else []
    context: dict[str, Any] = {
        "near": near,
        "shown": [
            Shown(person, compare_address((p for p in chosen if p != person), near)) for person in shown
        ],
        "rows": rows,
        "never_stated": never_stated,
        "missing": len(asked) - len(found),
        "waiting": len(chosen) - len(shown),
        "offered": [(person, compare_address([*chosen, person], near)) for person in offered],
    }
    return render(request, "directory/compare.html", context)


def compare_address(people: Iterable[Physiotherapist], near: Near | None) -> str:
    query = [("p", person.slug) for person in people] + ([(PARAMETER, near.name)] if near else [])
    return reverse("directory:compare") + (f"?{urlencode(query)}" if query else "")


def _people(slugs: list[str]) -> dict[str, Physiotherapist]:
    """Those who may be shown, by slug, in the order of the address; a merged person has several."""
    # A NUL in a value is an error to PostgreSQL, and in no slug.
    slugs = [slug for slug in slugs if slug.isprintable()]
    listed = Physiotherapist.objects.listed().prefetch_related("clinics")
    people = {person.slug: person for person in listed.filter(slug__in=slugs)} if slugs else {}
    if former := [slug for slug in slugs if slug not in people]:
        moved = dict(_former(former).values_list("slug", "physiotherapist"))
        by_id = listed.in_bulk(moved.values()) if moved else {}
        people |= {slug: by_id[pk] for slug, pk in moved.items() if pk in by_id}
    return {slug: people[slug] for slug in slugs if slug in people}


def _former(slugs: list[str]) -> QuerySet[FormerProfile]:
    """But for addresses that somebody else has now, who may not be shown."""
    taken = Physiotherapist.objects.filter(slug__in=slugs).values("slug")
    return FormerProfile.objects.filter(slug__in=slugs).exclude(slug__in=taken)


def _offered(chosen: list[Physiotherapist], near: Near | None) -> list[Physiotherapist]:
    """The nearest ones who could be added: near the reader's place, or else near the first one chosen."""
    clinic = next((clinic for person in chosen for clinic in person.clinics.all()), None)
    at = near or clinic
    if not at or at.latitude is None or at.longitude is None:
        return []
    matches = nearest(Wish(at.latitude, at.longitude)).matches
    ids = [match.physiotherapist_id for match in matches]
    people = Physiotherapist.objects.listed().in_bulk(ids)
    return [people[pk] for pk in ids if pk in people and people[pk] not in chosen][:OFFERED]

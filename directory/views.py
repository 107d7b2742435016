from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from directory.alternatives import alternatives
from directory.cards import Card, cards_of
from directory.forms import DISTANCE, FILTERS, RADII, SOONEST, SORTS, Search, read_search
from directory.gaps import count_empty_search
from directory.models import Physiotherapist
from directory.nearest import (
    LAST_PAGE,
    PER_PAGE,
    SORTED,
    Found,
    Offered,
    everybody_and_offers,
    nearest_and_offers,
)
from directory.options import options_of, searches_beside, tally, told
from directory.position import place_asked_for
from directory.soonest import are_known, asked_in, soonest_first
from directory.wording import sentence
from places.locate import Place, PlaceNotFound

_NEVER = datetime.max.replace(tzinfo=UTC)


class Tag(NamedTuple):
    """A filter that is on, and the query string of the search without it."""

    words: str
    without: str


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    asked = read_search(request.GET)
    if not are_known():
        asked.sort = DISTANCE
    context: dict[str, Any] = {"search": asked, "radii": RADII, "sorts": SORTS if are_known() else {}}
    if not asked.is_asked:
        context |= {"options": options_of(asked), "samples": _has_samples()}
        return render(request, "directory/search.html", context)
    try:
        place = place_asked_for(request)
    except PlaceNotFound as error:
        context |= {"options": options_of(asked), "samples": _has_samples(), "error": error}
        return render(request, "directory/search.html", context)
    beside = searches_beside(asked)
    found, offered, is_cut = _found(asked, place, list(beside.values()))
    own, *others = map(tally, offered)
    cards = cards_of(found.matches, asked_in(asked))
    if asked.sort == SOONEST:
        # By what is free at this moment, which what they were sorted by need not tell.
        cards.sort(key=_starts)
    if not found.total and asked.page == 1:
        count_empty_search(place, asked)
    status = 200 if found.matches or asked.page == 1 else 404
    context |= {
        "place": place,
        "found": found,
        "total": told(len(own.people), own.is_exact),
        "sentence": sentence(asked, found, place.label),
        "options": options_of(asked, own, dict(zip(beside, others, strict=True))),
        "tags": [Tag(words, _query_without(request, name)) for name, words in asked.filters_on.items()],
        "without_filters": _query_without(request, *FILTERS),
        "cards": cards,
        "only_sorted": f"{SORTED:,}" if is_cut else "",
        "samples": any(card.person.sample for card in cards) if cards else _has_samples(),
        "first_number": (asked.page - 1) * PER_PAGE + 1,
        "previous_page": asked.page - 1,
        "next_page": asked.page + 1,
        "last_page": -(-found.total // PER_PAGE),
        "most_shown": f"{LAST_PAGE * PER_PAGE:,}",
        "alternatives": _alternatives(request, asked, place, found),
    }
    return render(request, "directory/search.html", context, status=status)


def _found(asked: Search, place: Place, beside: list[Search]) -> tuple[Found, list[Offered], bool]:
    """The page, what it and the searches beside it offer, and whether there are more than can be sorted."""
    wish, others = asked.wish_from(place), [other.wish_from(place) for other in beside]
    if asked.sort != SOONEST:
        return *nearest_and_offers(wish, others, asked.page), False
    everybody, offered = everybody_and_offers(wish, others)
    found = everybody.page_of(soonest_first(everybody.matches, asked_in(asked)), asked.page)
    return found, offered, not everybody.is_all


def _starts(card: Card) -> datetime:
    return card.booking.times[0].starts if card.booking and card.booking.times else _NEVER


def _query_without(request: HttpRequest, *names: str) -> str:
    """The address's query string without these and its page."""
    query = request.GET.copy()
    for name in (*names, "page"):
        query.pop(name, None)
    return query.urlencode()


def _alternatives(request: HttpRequest, asked: Search, place: Place, found: Found) -> list[tuple[str, str]]:
    """Text and query string of what is near the wish."""
    offered = []
    for alternative in alternatives(asked, place, found):
        query = request.GET.copy()
        query.pop("page", None)
        for name, value in alternative.changes.items():
            query.pop(name, None)
            if value is not None:
                query[name] = value
        offered.append((alternative.text, query.urlencode()))
    return offered


def _has_samples() -> bool:
    return settings.SAMPLE_DATA_ALLOWED and Physiotherapist.objects.listed().filter(sample=True).exists()

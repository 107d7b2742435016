"""A query that names a place: "physio in leeds", "neuro physio home visits S1 2HE"."""

from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from physiosite.search.language import words_of
from physiosite.search.own_words import words_in
from places.locate import MAX_LENGTH, Place, place_known_as

_PROVIDER = frozenset(words_in("provider"))
# Words that ask for one of the directory's three filters, the longest first.
_FILTERS = {
    "neuro": ("neurological", "neurology", "neuro", "stroke rehab"),
    "home_visits": (
        "home visits",
        "home visit",
        "home visiting",
        "visits homes",
        "visit at home",
        "comes to house",
        "come to house",
        "at home",
        "domiciliary",
        "mobile",
        "home",
    ),
    "female": ("female", "woman", "women", "lady", "ladies"),
}
_AROUND = frozenset(words_in("around"))
# In one query no more parts than this are looked up.
_MOST_TRIES = 6


class Offer(NamedTuple):
    """The directory's search for a place. ``is_asked``: the query is for people, not only a place's name.
    ``rest``: the query without the name of the place, "" where it asks for nothing but people there."""

    label: str
    address: str
    is_asked: bool
    rest: str


def place_asked_for(text: str) -> Offer | None:
    """None where the query names no place, or more than a place and people there."""
    words = words_of(text)
    left = " ".join(words)
    filters = {}
    for name, phrases in _FILTERS.items():
        for phrase in phrases:
            if f" {phrase} " in f" {left} ":
                left = f" {left} ".replace(f" {phrase} ", " ").strip()
                filters[name] = "on"
                break
    unfiltered = left.split()
    is_asked = any(word in _PROVIDER for word in unfiltered)
    kept = [word for word in unfiltered if word not in _PROVIDER]
    found = _place_in(kept, is_asked)
    if not found or (filters and not is_asked):
        return None
    place, named = found
    about = [word for word in kept if word not in named and word not in _AROUND]
    rest = " ".join(word for word in words if word not in named) if about else ""
    query = urlencode({"location": place.label} | filters)
    is_asked = is_asked or place.precision != "town"
    return Offer(place.label, f"{reverse('directory:search')}?{query}", is_asked, rest)


def _place_in(words: list[str], is_asked: bool) -> tuple[Place, list[str]] | None:
    """With the words that name it: all of them; where people are asked for, also those after a small word."""
    starts = [0]
    if is_asked:
        first = next((at for at, word in enumerate(words) if word not in _AROUND), len(words))
        starts = [first, *(at + 1 for at, word in enumerate(words) if word in _AROUND and at >= first)]
    for start in starts[:_MOST_TRIES]:
        if start < len(words):
            text = " ".join(words[start:])
            if len(text) <= MAX_LENGTH and (place := place_known_as(text)):
                return place, words[start:]
    return None

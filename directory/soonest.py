"""When people can be seen soonest. Diaries are another app's, which hands in what it knows of them here;
without it, the directory's pages are the same but for times."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from django.utils import timezone

from directory.forms import Search
from directory.nearest import Match

# Sorts of place, as diaries have them.
CLINIC, HOME, ONLINE = PLACES = ("clinic", "home", "online")


class Asked(NamedTuple):
    """Which sorts of place will do, and the slug of the condition that somebody comes with, or ""."""

    places: tuple[str, ...] = PLACES
    condition: str = ""


class FreeTime(NamedTuple):
    """``told`` is such as "Tomorrow, Tuesday 10:20", and says where unless that is at a clinic.

    ``address`` is that of the page on which it can be chosen.
    """

    starts: datetime
    told: str
    address: str
    clinic_id: int | None


class Booking(NamedTuple):
    """How somebody can be booked: the ``times`` are their next ones, of which there may be none."""

    address: str
    days_ahead: int
    times: list[FreeTime]


class Diaries(Protocol):
    def bookings_of(
        self, people: Mapping[int, str], asked: Asked, now: datetime, number: int
    ) -> dict[int, Booking]:
        """Of those who take bookings for new patients at such a place, with their next so many free times;
        ``people`` are slugs by primary key. In three queries, however many there are."""

    def soonest_held(
        self, physiotherapists: Collection[int], now: datetime, places: Collection[str]
    ) -> dict[int, datetime]:
        """The next free time of thousands, as far as it is known without working it out. In two queries."""


_diaries: Diaries | None = None


def hand_in(diaries: Diaries | None) -> None:
    global _diaries
    _diaries = diaries


def are_known() -> bool:
    """Whether there are diaries at all."""
    return _diaries is not None


def asked_in(search: Search) -> Asked:
    """A search for clinics is not told of visits: whose home is in reach of them, it does not reckon."""
    wanted = [HOME] * search.home_visits + [ONLINE] * search.online
    return Asked(tuple(wanted) or (CLINIC, ONLINE), search.condition.page.slug if search.condition else "")


def bookings_of(people: Mapping[int, str], asked: Asked, number: int = 1) -> dict[int, Booking]:
    if _diaries is None or not people:
        return {}
    return _diaries.bookings_of(people, asked, timezone.now(), number)


def soonest_first(matches: list[Match], asked: Asked) -> list[Match]:
    """In the order in which they can be seen; those of whom no time is known come last, in their order."""
    if _diaries is None or not matches:
        return matches
    ids = [match.physiotherapist_id for match in matches]
    held = _diaries.soonest_held(ids, timezone.now(), asked.places)
    known = [match for match in matches if match.physiotherapist_id in held]
    others = [match for match in matches if match.physiotherapist_id not in held]
    return sorted(known, key=lambda match: held[match.physiotherapist_id]) + others

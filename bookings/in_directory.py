"""What the directory's pages show of diaries; directory/soonest.py says what each function is for."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from heapq import merge
from itertools import groupby, islice

from django.urls import reverse
from django.utils.http import urlencode

from bookings.diaries import FIRST_BY_PLACE, Opened, free_slots, open_diaries
from bookings.models import Kind, Where
from bookings.slots import LOCAL, Slot
from bookings.soonest import soonest_held
from bookings.views.times import DAYS_SHOWN
from bookings.wording import place_briefly, soonest_in_words
from directory.soonest import Asked, Booking, FreeTime

__all__ = ["bookings_of", "soonest_held"]


def bookings_of(
    people: Mapping[int, str], asked: Asked, now: datetime, number: int = 1
) -> dict[int, Booking]:
    found = {}
    for person, opened in open_diaries(people, now).items():
        places = [Where(place) for place in asked.places if _has_hours(opened, Where(place))]
        if places:
            slots = list(islice(_next_slots(opened, places, now), number))
            found[person] = _booking(people[person], opened, slots, asked, now)
    return found


def _has_hours(opened: Opened, place: Where) -> bool:
    """Whether a new patient can be seen there at all."""
    return FIRST_BY_PLACE[place] in opened.offers and any(
        hours.online if place == Where.ONLINE else hours.place.where == place for hours in opened.hours
    )


def _next_slots(opened: Opened, places: list[Where], now: datetime) -> Iterator[Slot]:
    """In order; of those that begin at the same time, the one at the place that is named first."""
    by_place = [free_slots(opened, FIRST_BY_PLACE[place], now, where=place) for place in places]
    slots = merge(*by_place, key=lambda slot: slot.starts)
    return (next(same) for _, same in groupby(slots, key=lambda slot: slot.starts))


def _booking(slug: str, opened: Opened, slots: list[Slot], asked: Asked, now: datetime) -> Booking:
    base = {}
    if len(asked.places) == 1:
        base["where"] = asked.places[0]
    if asked.condition:
        base["condition"] = asked.condition
    times = []
    for slot in slots:
        local = slot.starts.astimezone(LOCAL)
        on_the_day = _kind(slot.place.where) | {"from": f"{local:%Y-%m-%d}"} | base
        told = ", ".join(filter(None, [soonest_in_words(slot.starts, now), place_briefly(slot.place)]))
        times.append(FreeTime(slot.starts, told, _address(slug, on_the_day), slot.place.clinic_id))
    if slots and slots[0].starts - now >= timedelta(days=DAYS_SHOWN - 1):
        # Farther off than the page of times shows without being asked for a day.
        return Booking(times[0].address, opened.diary.days_ahead, times)
    where = slots[0].place.where if slots else asked.places[0]
    return Booking(_address(slug, _kind(where) | base), opened.diary.days_ahead, times)


def _kind(where: str) -> dict[str, str]:
    # The page of times shows first assessments unless it is asked for others.
    return {"kind": Kind.ONLINE} if where == Where.ONLINE else {}


def _address(slug: str, query: dict[str, str]) -> str:
    return reverse("bookings:times", args=[slug]) + (f"?{urlencode(query)}" if query else "")

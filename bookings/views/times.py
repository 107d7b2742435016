"""The first step: the free times of one physiotherapist."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby
from secrets import token_urlsafe
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
    QueryDict,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from bookings.booking import SlotGoneError, hold, price_of_kind
from bookings.diaries import Opened, free_slots, kinds_offered, nearest_slots, offered_slot, open_diary
from bookings.limits import has_tried_too_often
from bookings.models import Appointment, Kind, Offer, State, Where
from bookings.slots import LOCAL, Slot
from bookings.tokens import booking_token
from bookings.views.pages import FROM_ELSEWHERE, NOT_SHARED
from bookings.wording import day_in_words, hour_of, place_of, time_in_words
from directory.facts import pounds
from directory.models import Clinic, Physiotherapist
from directory.profile_views import listed_at
from directory.visitors import address_of, is_from_elsewhere

DAYS_SHOWN = 14
CHOOSE = "Choose a time."
GONE = "That time has just gone. Choose another."
TOO_MANY = "Many times were chosen from where you are. Wait an hour, or telephone."


class Time(NamedTuple):
    """``value`` is the start in ISO 8601, with the offset of the clock on that day."""

    value: str
    told: str


class DayPlace(NamedTuple):
    place: str
    times: list[Time]


class Day(NamedTuple):
    told: str
    places: list[DayPlace]


class KindChoice(NamedTuple):
    value: str
    told: str
    minutes: int
    price: str
    is_chosen: bool


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def times(request: HttpRequest, slug: str) -> HttpResponse:
    person = listed_at(slug)
    if person.slug != slug:
        return HttpResponsePermanentRedirect(reverse("bookings:times", args=[person.slug]))
    now = timezone.now()
    opened = open_diary(person.pk, now)
    if request.method != "POST":
        return _page(request, person, opened, now, read_kind(request.GET.get("kind", ""), opened))
    kind = read_kind(request.POST.get("kind", ""), opened)
    if is_from_elsewhere(request):
        return _page(request, person, opened, now, kind, FROM_ELSEWHERE, status=403)
    starts = read_time(request.POST.get("slot", ""))
    if starts is None:
        return _page(request, person, opened, now, kind, CHOOSE)
    key = _key_of(request, person, kind, starts)
    # Pressed twice, or once more since the answer did not arrive: they have it already.
    if theirs := _held_by_key(key, now):
        return _to_safety(request, theirs)
    if key and Appointment.objects.filter(key=key).exists():
        # It ended meanwhile, and whoever wants it again gets a new one.
        key = None
    if not opened or not offered_slot(opened, kind, starts, now):
        # Who is late takes nobody's time, and is not counted.
        nearest = nearest_slots(opened, kind, "", starts, now) if opened else []
        return _page(request, person, opened, now, kind, GONE, status=409, nearest=nearest)
    if has_tried_too_often("hold", address_of(request), settings.HOLDS_PER_VISITOR, now):
        return _page(request, person, opened, now, kind, TOO_MANY, status=429)
    try:
        held = hold(person, kind, starts, now, opened=opened, key=key)
    except SlotGoneError as gone:
        if theirs := _held_by_key(key, now):
            return _to_safety(request, theirs)
        # What was read before still has that time.
        opened = open_diary(person.pk, now)
        return _page(request, person, opened, now, kind, GONE, status=409, nearest=gone.nearest)
    return _to_safety(request, held)


def _key_of(request: HttpRequest, person: Physiotherapist, kind: str, starts: datetime) -> UUID | None:
    """The same for the same time from the same page, which had a number of its own when it was loaded."""
    page = request.POST.get("page", "")
    if not re.fullmatch(r"[\w-]{16,40}", page):
        return None
    asked = salted_hmac(
        "bookings.hold", f"{page} {person.pk} {kind} {starts.timestamp()}", algorithm="sha256"
    )
    return UUID(bytes=asked.digest()[:16])


def _held_by_key(key: UUID | None, now: datetime) -> Appointment | None:
    """Also where they have booked it since: then every step leads to the last one."""
    if key is None:
        return None
    kept = Q(state=State.HELD, held_until__gt=now) | Q(state=State.BOOKED)
    return Appointment.objects.filter(kept, key=key).select_related("physiotherapist").first()


def _to_safety(request: HttpRequest, held: Appointment) -> HttpResponse:
    address = reverse("bookings:safety", args=[held.physiotherapist.slug, booking_token(held)])
    condition = request.POST.get("condition", "")
    return HttpResponseRedirect(f"{address}?condition={condition}" if is_slug(condition) else address)


def _page(
    request: HttpRequest,
    person: Physiotherapist,
    opened: Opened | None,
    now: datetime,
    kind: str,
    problem: str = "",
    status: int = 200,
    nearest: Iterable[Slot] = (),
) -> HttpResponse:
    context: dict[str, Any] = {"person": person, "problem": problem}
    if opened is None or not opened.offers:
        return render(request, "bookings/no_diary.html", context, status=404 if status == 200 else status)
    query = request.POST if request.method == "POST" else request.GET
    where = query.get("where", "") if query.get("where") in Where.values else ""
    condition = query.get("condition", "")
    context |= times_shown(query, person, opened, kind, where, now)
    context |= {
        "kinds": [_choice(offer, opened, kind, where) for offer in kinds_offered(opened)],
        "page": token_urlsafe(18),
        "kind": kind,
        "condition": condition if is_slug(condition) else "",
        "where": where,
        "nearest": [time_of(slot, time_in_words(slot.starts, now)) for slot in nearest],
        "change_hours": opened.diary.change_hours,
    }
    response = render(request, "bookings/times.html", context, status=status)
    # Its number is one visitor's; who goes back sees it as it was, with the same one.
    response.headers["Cache-Control"] = NOT_SHARED
    if status == 429:
        response.headers["Retry-After"] = "3600"
    return response


def times_shown(
    query: QueryDict,
    person: Physiotherapist,
    opened: Opened,
    kind: str,
    where: str,
    now: datetime,
    but: datetime | None = None,
    earliest: datetime | None = None,
) -> dict[str, Any]:
    """What pages show of the free times of some days from ``from`` in the address, with the days before and
    after that have others. ``but`` is a time to leave out; ``earliest`` as for ``free_slots``."""
    first = read_day(query.get("from", ""), now, opened.diary.days_ahead)
    last = first + timedelta(days=DAYS_SHOWN - 1)
    slots = free_slots(opened, kind, now, first, last, where, earliest)
    later = next(free_slots(opened, kind, now, last + timedelta(days=1), None, where, earliest), None)
    clinics = {clinic.pk: clinic for clinic in person.clinics.all()}
    today = timezone.localdate(now)
    return {
        "days": days_of((slot for slot in slots if slot.starts != but), clinics, now),
        "first": first,
        "told_first": day_in_words(first, now),
        "told_last": day_in_words(last, now),
        "earlier": max(today, first - timedelta(days=DAYS_SHOWN)) if first > today else None,
        "later": later and later.starts.astimezone(LOCAL).date(),
    }


def days_of(slots: Iterable[Slot], clinics: dict[int, Clinic], now: datetime) -> list[Day]:
    """By day and then by place, in order."""
    days = []
    for day, of_day in groupby(slots, key=lambda slot: slot.starts.astimezone(LOCAL).date()):
        places = [
            DayPlace(
                place_of(place, clinics),
                [time_of(slot, hour_of(slot.starts)) for slot in there],
            )
            for place, there in groupby(of_day, key=lambda slot: slot.place)
        ]
        days.append(Day(day_in_words(day, now), places))
    return days


def time_of(slot: Slot, told: str) -> Time:
    return Time(slot.starts.astimezone(LOCAL).isoformat(), told)


def _choice(offer: Offer, opened: Opened, kind: str, where: str) -> KindChoice:
    person = opened.diary.physiotherapist
    is_visit = where == Where.HOME and offer.kind != Kind.ONLINE
    price = person.price_of_visit if is_visit else price_of_kind(offer, person)
    told = "" if price is None else pounds(price)
    return KindChoice(offer.kind, offer.get_kind_display(), offer.minutes, told, offer.kind == kind)


def read_kind(text: str, opened: Opened | None) -> str:
    """One that is offered; a new patient's first assessment where none, or nonsense, is asked for."""
    offered = [offer.kind for offer in kinds_offered(opened)] if opened else []
    return text if text in offered else next(iter(offered), Kind.FIRST)


def read_time(text: str) -> datetime | None:
    """A moment with an offset, such as a slot's value; None for anything else."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo and 2000 < moment.year < 2200 else None


def read_day(text: str, now: datetime, days_ahead: int) -> date:
    """Of the days that can be booked; the first of them for anything else."""
    today = timezone.localdate(now)
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return today
    return min(max(day, today), today + timedelta(days=days_ahead))


def is_slug(text: str) -> bool:
    return bool(text) and len(text) <= 140 and text.replace("-", "").isalnum() and text.isascii()

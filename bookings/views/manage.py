"""The patient's page of an appointment: see, move, cancel.

Mail programs follow links, so that only POST changes anything; and doing it twice is as good as once.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from bookings.booking import NotOpenError, SlotGoneError, cancel, move
from bookings.diaries import is_listed, offered_slot, open_diary
from bookings.models import Actor, Appointment, State
from bookings.tokens import read_appointment_token
from bookings.views.pages import known, with_token
from bookings.views.times import CHOOSE, GONE, read_time, times_shown
from bookings.wording import place_of_appointment, price_in_words, time_in_words


@with_token
@require_safe
def appointment(request: HttpRequest, token: str) -> HttpResponse:
    found = _of(token)
    if found.erased_at:
        return _page(request, "over", found, token, status=410)
    return _page(request, "appointment", found, token)


@with_token
@require_http_methods(["GET", "HEAD", "POST"])
def cancelling(request: HttpRequest, token: str) -> HttpResponse:
    found = _of(token)
    if found.erased_at:
        return _page(request, "over", found, token, status=410)
    back = HttpResponseRedirect(reverse("bookings:appointment", args=[token]))
    if found.state == State.CANCELLED:
        return back
    if not found.may_be_changed:
        return _too_late(request, found, token)
    if request.method != "POST":
        return _page(request, "cancel", found, token)
    try:
        cancel(found.pk, Actor.PATIENT, timezone.now())
    except NotOpenError:
        return _too_late(request, found, token)
    return back


@with_token
@require_http_methods(["GET", "HEAD", "POST"])
def moving(request: HttpRequest, token: str) -> HttpResponse:
    found = _of(token)
    if found.erased_at:
        return _page(request, "over", found, token, status=410)
    if not found.may_be_changed:
        return _too_late(request, found, token)
    now = timezone.now()
    listed = is_listed(found.physiotherapist_id)
    opened = open_diary(found.physiotherapist_id, now, without=found.pk) if listed else None
    if opened is None or found.kind not in opened.offers:
        return _page(request, "no_other_time", found, token)
    problem, status = "", 200
    if request.method == "POST":
        starts = read_time(request.POST.get("slot", ""))
        if starts == found.starts:
            # Sent twice: it has that time already.
            return HttpResponseRedirect(reverse("bookings:appointment", args=[token]))
        slot = starts and offered_slot(opened, found.kind, starts, now)
        try:
            if slot and slot.place.where == found.where:
                move(found.pk, slot, opened, Actor.PATIENT, now)
                return HttpResponseRedirect(reverse("bookings:appointment", args=[token]))
            problem, status = (GONE, 409) if starts else (CHOOSE, 200)
        except SlotGoneError:
            problem, status = GONE, 409
            opened = open_diary(found.physiotherapist_id, now, without=found.pk) or opened
        except NotOpenError:
            return _too_late(request, found, token)
    query = request.POST if request.method == "POST" else request.GET
    # At another clinic is another time too; at home stays at home, since another price may go with it.
    shown = times_shown(query, found.physiotherapist, opened, found.kind, found.where, now, found.starts)
    return _page(request, "move", found, token, status, problem=problem, **shown)


def _of(token: str) -> Appointment:
    """Raises Http404 for an altered token, and for what was never booked."""
    key = known(read_appointment_token(token))
    made = Appointment.objects.made().select_related("physiotherapist__diary", "clinic")
    return known(made.filter(key=key).first())


def _too_late(request: HttpRequest, found: Appointment, token: str) -> HttpResponse:
    return _page(
        request, "appointment", found, token, 409 if request.method == "POST" else 200, too_late=True
    )


def _page(
    request: HttpRequest, name: str, found: Appointment, token: str, status: int = 200, **context: Any
) -> HttpResponse:
    context |= {
        "appointment": found,
        "person": found.physiotherapist,
        "is_listed": is_listed(found.physiotherapist_id),
        "token": token,
        "is_past": found.starts <= timezone.now(),
        "when": time_in_words(found.starts),
        "where": place_of_appointment(found),
        "until": found.change_until and time_in_words(found.change_until),
        "price": price_in_words(found.price),
    }
    return render(request, f"bookings/{name}.html", context, status=status)

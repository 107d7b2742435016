"""From a time that is held to an appointment: safety, details, check, done. docs/decisions/0014."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookings.booking import EnoughOpenError, SlotGoneError, book, hold, let_go, price_of
from bookings.diaries import is_listed, open_diary
from bookings.forms import DetailsForm
from bookings.limits import OPEN_BOOKINGS, has_enough_open, has_tried_too_often
from bookings.models import Appointment, State
from bookings.tokens import appointment_token, booking_token, read_booking_token
from bookings.views.pages import NOT_SHARED, known, with_token
from bookings.views.times import TOO_MANY, is_slug, read_time, time_of
from bookings.wording import place_of_appointment, price_in_words, time_in_words
from directory.visitors import address_of

TOO_FAST = "That was very fast. Wait some seconds, then press the button again."
TRAP = "Something was typed into a box that must stay empty. It is empty now: press the button again."
ENOUGH_OPEN = (
    f"There are {OPEN_BOOKINGS} appointments to come for this e-mail address already. Cancel one that you "
    "do not need, from its mail, or telephone to book another."
)
VISITOR_ENOUGH = "Many appointments were booked from where you are. Wait an hour, or telephone to book."
EMAIL_ENOUGH = "This e-mail address was used often in this hour. Wait an hour, or telephone to book."


@with_token
@require_safe
def safety(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    held = _held(token)
    if made := _made(held):
        return made
    condition = request.GET.get("condition", "")
    return _render(request, "safety", held, token, condition=condition if is_slug(condition) else "")


@with_token
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """By POST from the check: the same form with what was typed."""
    held = _held(token)
    if made := _made(held):
        return made
    if request.method == "POST":
        typed = DetailsForm(request.POST, where=held.where)
        form = DetailsForm(initial=typed.as_typed(), where=held.where)
        return _render(request, "details", held, token, form=form)
    condition = request.GET.get("condition", "")
    form = DetailsForm(where=held.where)
    condition = condition if is_slug(condition) else ""
    response = _render(request, "details", held, token, form=form, condition=condition)
    response.headers["Cache-Control"] = NOT_SHARED
    return response


@with_token
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    held = _held(token)
    if made := _made(held):
        return made
    if request.method != "POST":
        # Somebody came back to the address: what they typed was in the form alone.
        return HttpResponseRedirect(_step("details", held, token))
    form = _form(request, held)
    if not form.is_valid():
        return _render(request, "details", held, token, form=form)
    return _check_page(request, held, token, form)


@with_token
@require_POST
def confirm(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    held = _held(token)
    if made := _made(held):
        return made
    form = _form(request, held)
    if not form.is_valid():
        return _render(request, "details", held, token, form=form)
    now = timezone.now()
    # Where the clock was set back meanwhile, nobody knows how long it took.
    if timedelta() <= now - held.created_at < timedelta(seconds=settings.BOOKING_LEAST_SECONDS):
        return _check_page(request, held, token, form, TOO_FAST)
    email = form.cleaned_data["email"].lower()
    if has_enough_open(email, now):
        return _enough_open(request, held, token, form)
    if has_tried_too_often("book", address_of(request), settings.BOOKINGS_PER_VISITOR, now):
        return _check_page(request, held, token, form, VISITOR_ENOUGH, status=429)
    if has_tried_too_often("book-email", email, settings.BOOKINGS_PER_EMAIL, now):
        return _check_page(request, held, token, form, EMAIL_ENOUGH, status=429)
    try:
        booked = book(held.key, form.details(), now)
    except SlotGoneError as gone:
        return _gone_page(request, held, token, form, gone, now)
    except EnoughOpenError:
        return _enough_open(request, held, token, form)
    return HttpResponseRedirect(_step("done", booked, token))


def _enough_open(request: HttpRequest, held: Appointment, token: str, form: DetailsForm) -> HttpResponse:
    held.refresh_from_db()
    # One of them may be this one, by another press of the button.
    return _made(held) or _check_page(request, held, token, form, ENOUGH_OPEN, status=429)


@with_token
@require_POST
def again(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """Another time, for somebody whose time has gone: on to the check with what they typed."""
    held = _held(token)
    if made := _made(held):
        return made
    now = timezone.now()
    starts = read_time(request.POST.get("slot", ""))
    form = _form(request, held)
    if has_tried_too_often("hold", address_of(request), settings.HOLDS_PER_VISITOR, now):
        if not form.is_valid():
            return _render(request, "details", held, token, 429, form=form, problem=TOO_MANY)
        return _check_page(request, held, token, form, TOO_MANY, status=429)
    try:
        if starts is None or not is_listed(held.physiotherapist_id):
            raise SlotGoneError([])
        other = hold(held.physiotherapist, held.kind, starts, now, held.where)
        let_go(held)
    except SlotGoneError as gone:
        return _gone_page(request, held, token, form, gone, now)
    # 307: the browser sends the form on to the other time's address.
    response = HttpResponseRedirect(_step("check", other, booking_token(other)))
    response.status_code = 307
    return response


@with_token
@require_safe
def done(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    appointment = _held(token)
    if appointment.state in {State.HELD, State.LAPSED}:
        return HttpResponseRedirect(_step("details", appointment, token))
    manage = reverse("bookings:appointment", args=[appointment_token(appointment)])
    if appointment.state != State.BOOKED or appointment.starts <= timezone.now():
        # What was to be said when it was booked is over.
        return HttpResponseRedirect(manage)
    return _render(request, "done", appointment, token, manage=manage)


def _held(token: str) -> Appointment:
    """Raises Http404 for an altered token, and for one whose appointment is deleted."""
    key = known(read_booking_token(token))
    found = Appointment.objects.select_related("physiotherapist__diary", "clinic").filter(key=key)
    return known(found.first())


def _made(held: Appointment) -> HttpResponse | None:
    """Where an appointment was made of it already, every step leads to the last one."""
    if held.state in {State.HELD, State.LAPSED}:
        return None
    return HttpResponseRedirect(_step("done", held, booking_token(held)))


def _form(request: HttpRequest, held: Appointment) -> DetailsForm:
    data = request.POST.copy()
    trapped = data.pop("topic", [""])[-1]
    form = DetailsForm(data, where=held.where)
    if trapped:
        form.add_error(None, TRAP)
    return form


def _check_page(
    request: HttpRequest,
    held: Appointment,
    token: str,
    form: DetailsForm,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    opened = open_diary(held.physiotherapist_id, timezone.now())
    price = price_of(held, opened) if opened and held.kind in opened.offers else None
    context = {"form": form, "typed": form.as_typed(), "problem": problem, "price": price_in_words(price)}
    return _render(request, "check", held, token, status, details=form.details(), **context)


def _gone_page(
    request: HttpRequest, held: Appointment, token: str, form: DetailsForm, gone: SlotGoneError, now: datetime
) -> HttpResponse:
    nearest = [time_of(slot, time_in_words(slot.starts, now)) for slot in gone.nearest]
    return _render(request, "gone", held, token, 409, typed=form.as_typed(), nearest=nearest)


def _step(name: str, held: Appointment, token: str) -> str:
    return reverse(f"bookings:{name}", args=[held.physiotherapist.slug, token])


def _render(
    request: HttpRequest, name: str, held: Appointment, token: str, status: int = 200, **context: Any
) -> HttpResponse:
    context |= {
        "held": held,
        "person": held.physiotherapist,
        "token": token,
        "when": time_in_words(held.starts),
        "where": place_of_appointment(held),
        "keep_days": settings.KEEP_DETAILS_DAYS,
        "is_kept": bool(held.held_until and held.held_until > timezone.now()),
    }
    return render(request, f"bookings/{name}.html", context, status=status)

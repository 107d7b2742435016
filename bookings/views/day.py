"""The physiotherapist's page of one day, by a signed address from their mails: who comes, who did not, and
cancelling with a reason."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookings.booking import NotOpenError, cancel, mark_no_show
from bookings.forms import LineField
from bookings.models import Actor, Appointment
from bookings.slots import utc_of
from bookings.tokens import read_day_token
from bookings.views.pages import known, with_token
from bookings.wording import day_in_words
from directory.history import successors
from directory.models import Physiotherapist

LONGEST_REASON = 200
# Until details are deleted; then the address leads nowhere.
OVER_AFTER = timedelta(days=max(60, settings.KEEP_DETAILS_DAYS))


class CancelForm(forms.Form):
    reason = LineField(
        max_length=LONGEST_REASON,
        error_messages={
            "required": "Write a reason. The patient reads it.",
            "max_length": f"Shorten the reason to {LONGEST_REASON} characters.",
        },
    )


@with_token
@require_safe
def day(request: HttpRequest, token: str) -> HttpResponse:
    person, on = _whose(token)
    if _is_over(on):
        return _over(request, person)
    return _page(request, "day", person, on, token, appointments=list(_of_day(person, on)))


@with_token
@require_http_methods(["GET", "HEAD", "POST"])
def day_cancel(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    person, on = _whose(token)
    if _is_over(on):
        return _over(request, person)
    found = get_object_or_404(_of_day(person, on), pk=pk)
    form = CancelForm(request.POST if request.method == "POST" else None)
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            cancel(found.pk, Actor.PHYSIOTHERAPIST, timezone.now(), reason=form.cleaned_data["reason"])
        except NotOpenError:
            problem = "This appointment has begun, or is over. It cannot be cancelled any more."
        else:
            return HttpResponseRedirect(reverse("bookings:day", args=[token]))
    context = {"found": found, "form": form, "problem": problem, "longest": LONGEST_REASON}
    return _page(request, "day_cancel", person, on, token, 409 if problem else 200, **context)


@with_token
@require_POST
def day_no_show(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    person, on = _whose(token)
    if _is_over(on):
        return _over(request, person)
    found = get_object_or_404(_of_day(person, on), pk=pk)
    try:
        mark_no_show(found.pk, request.POST.get("came") == "yes", Actor.PHYSIOTHERAPIST, timezone.now())
    except NotOpenError:
        problem = "That can be said once the appointment has begun."
        return _page(
            request, "day", person, on, token, 409, appointments=list(_of_day(person, on)), problem=problem
        )
    return HttpResponseRedirect(reverse("bookings:day", args=[token]))


def _whose(token: str) -> tuple[Physiotherapist, date]:
    """Raises Http404. An unlisted physiotherapist still sees to the appointments that they have."""
    pk, on = known(read_day_token(token))
    # Whoever was merged with another has the other's days.
    pk = successors("physiotherapist", [pk]).get(pk, pk)
    return get_object_or_404(Physiotherapist, pk=pk), on


def _is_over(on: date) -> bool:
    return timezone.localdate() - on > OVER_AFTER


def _over(request: HttpRequest, person: Physiotherapist) -> HttpResponse:
    return render(request, "bookings/day_over.html", {"person": person}, status=410)


def _of_day(person: Physiotherapist, on: date) -> Any:
    begins, ends = utc_of(on, time(0)), utc_of(on + timedelta(days=1), time(0))
    made = Appointment.objects.made().filter(physiotherapist=person, starts__gte=begins, starts__lt=ends)
    return made.select_related("clinic").order_by("starts")


def _page(
    request: HttpRequest,
    name: str,
    person: Physiotherapist,
    on: date,
    token: str,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    now: datetime = timezone.now()
    context |= {"person": person, "token": token, "now": now, "told_day": day_in_words(on, now)}
    return render(request, f"bookings/{name}.html", context, status=status)

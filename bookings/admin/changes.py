"""Pages of the admin: cancel an appointment, move it, say whether the patient came."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone

from bookings.admin.common import BookingPages, appointment_url, editor
from bookings.booking import NotOpenError, SlotGoneError, cancel, mark_no_show, move
from bookings.diaries import offered_slot, open_diary
from bookings.mails import when
from bookings.models import Actor, Appointment, State
from bookings.views.day import LONGEST_REASON, CancelForm
from bookings.views.times import CHOOSE, GONE, read_time, times_shown

OVER = "This appointment is cancelled, has begun or is over, so it cannot be changed any more."


class ChangePages(BookingPages):
    def get_urls(self) -> list[URLPattern]:
        views = {"cancel": self.cancel_view, "move": self.move_view, "came": self.came_view}
        return [
            *(
                path(
                    f"<int:pk>/{name}/",
                    self.admin_site.admin_view(view),
                    name=f"bookings_appointment_{name}",
                )
                for name, view in views.items()
            ),
            *super().get_urls(),
        ]

    def found(self, request: HttpRequest, pk: str | int) -> Appointment:
        """Raises Http404 and PermissionDenied."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_object(request, str(pk))
        if not isinstance(found, Appointment):
            raise Http404
        return found

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        found = self._to_change(request, pk)
        if not found.is_open:
            return self._refused(request, found)
        form = CancelForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            reason = form.cleaned_data["reason"]
            try:
                cancel(found.pk, Actor.EDITOR, timezone.now(), editor(request), reason)
            except NotOpenError:
                return self._refused(request, found)
            messages.success(request, "Cancelled. Patient and physiotherapist are told.")
            return HttpResponseRedirect(appointment_url(found))
        return self._page(
            request, "cancel", found, "Cancel", bool(form.errors), form=form, longest=LONGEST_REASON
        )

    def move_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        found = self._to_change(request, pk)
        if not found.is_open:
            return self._refused(request, found)
        now = timezone.now()
        opened = open_diary(found.physiotherapist_id, now, without=found.pk)
        if opened is None or found.kind not in opened.offers:
            return self._page(request, "move", found, "Move", cannot=True)
        problem, status = "", 200
        if request.method == "POST":
            starts = read_time(request.POST.get("slot", ""))
            # An editor may choose a time without the notice that patients have to give.
            slot = starts and offered_slot(opened, found.kind, starts, now, earliest=now)
            try:
                if slot and slot.place.where == found.where:
                    move(found.pk, slot, opened, Actor.EDITOR, now, editor(request))
                    messages.success(request, "Moved. Patient and physiotherapist are told.")
                    return HttpResponseRedirect(appointment_url(found))
                problem, status = (GONE, 409) if starts else (CHOOSE, 200)
            except SlotGoneError:
                problem, status = GONE, 409
                opened = open_diary(found.physiotherapist_id, now, without=found.pk) or opened
            except NotOpenError:
                return self._refused(request, found)
        query = request.POST if request.method == "POST" else request.GET
        person = found.physiotherapist
        shown = times_shown(query, person, opened, found.kind, found.where, now, found.starts, earliest=now)
        return self._page(request, "move", found, "Move", bool(problem), status, problem=problem, **shown)

    def came_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        found = self._to_change(request, pk)
        came = request.POST.get("came") == "yes"
        try:
            mark_no_show(found.pk, came, Actor.EDITOR, timezone.now(), editor(request))
        except NotOpenError:
            why = "It is cancelled." if found.state == State.CANCELLED else "It has not begun yet."
            messages.error(request, f"Whether the patient came cannot be said. {why}")
        else:
            messages.success(
                request, "Noted: the patient came." if came else "Noted: the patient did not come."
            )
        return HttpResponseRedirect(appointment_url(found))

    def _to_change(self, request: HttpRequest, pk: int) -> Appointment:
        found = self.found(request, pk)
        if not self.has_change_permission(request, found):
            raise PermissionDenied
        return found

    def _refused(self, request: HttpRequest, found: Appointment) -> HttpResponse:
        messages.error(request, OVER)
        return HttpResponseRedirect(appointment_url(found))

    def _page(
        self,
        request: HttpRequest,
        name: str,
        found: Appointment,
        what: str,
        is_wrong: bool = False,
        status: int = 200,
        **context: Any,
    ) -> HttpResponse:
        context |= {
            "title": f"{what} the appointment on {when(found.starts)}",
            "is_wrong": is_wrong,
            "found": found,
            "back_url": appointment_url(found),
        }
        return self.shown(request, name, status, **context)

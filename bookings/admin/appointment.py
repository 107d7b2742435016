"""Appointments: found, seen with all that was done and mailed, and corrected. Patients make them."""

from datetime import timedelta
from typing import Any

import phonenumbers
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from bookings.admin.changes import ChangePages
from bookings.admin.common import appointment_url, editor, mail_rows
from bookings.admin.holdings import HoldingsPages
from bookings.admin.week import week_url
from bookings.booking import NotOpenError, change_details
from bookings.encryption import UNREADABLE
from bookings.forms import DetailsForm, as_people_write
from bookings.mails import when
from bookings.models import PERSONAL, Actor, Appointment, Diary, State, Where
from bookings.slots import LOCAL
from bookings.wording import place_of_appointment, price_in_words

SAVED = "Saved."
SAVED_AND_WRITTEN = "Saved. The confirmation goes to the new e-mail address; the former link works on."


class CorrectionForm(DetailsForm):
    """What patients type, as they are asked for it."""

    # Theirs alone.
    consent = None  # type: ignore[assignment]
    topic = None  # type: ignore[assignment]

    def __init__(self, *args: Any, of: Appointment, **kwargs: Any) -> None:
        initial = {name: getattr(of, name) for name in PERSONAL}
        super().__init__(*args, where=of.where, initial=initial, **kwargs)
        for name, field in self.fields.items():
            field.label = str(Appointment._meta.get_field(name).verbose_name).capitalize()  # type: ignore[union-attr]
            field.widget.attrs |= {"class": "vTextField", "autocomplete": "off"}
        self.fields["name"].error_messages["required"] = "Enter the patient's name."
        self.fields["email"].error_messages["required"] = "Enter the patient's e-mail address."
        self.fields["phone"].error_messages["required"] = "Enter the patient's telephone number."
        for name in {"address", "reason"} & self.fields.keys():
            self.fields[name].widget = forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})
        # A text that cannot be read must not be saved in the place of itself.
        self.fields["reason"].disabled = of.reason == UNREADABLE


class WhenFilter(admin.SimpleListFilter):
    title = "date"
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("today", "Today"), ("week", "The next 7 days"), ("to-come", "To come"), ("past", "Past")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> QuerySet[Appointment]:
        now = timezone.now()
        today = now.astimezone(LOCAL).replace(hour=0, minute=0, second=0, microsecond=0)
        spans = {
            "today": {"starts__gte": today, "starts__lt": today + timedelta(days=1)},
            "week": {"starts__gte": today, "starts__lt": today + timedelta(days=8)},
            "to-come": {"starts__gte": now},
            "past": {"starts__lt": now},
        }
        return queryset.filter(**spans.get(self.value() or "", {}))


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        shown = (State.BOOKED, State.CANCELLED, State.NO_SHOW)
        return [*((state.value, str(state.label)) for state in shown), ("erased", "Details deleted")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> QuerySet[Appointment]:
        if self.value() == "erased":
            return queryset.filter(erased_at__isnull=False)
        return queryset.filter(state=self.value()) if self.value() in State.values else queryset


@admin.register(Appointment)
class AppointmentAdmin(ChangePages, HoldingsPages):
    list_display = ["when", "physiotherapist", "patient", "what", "state"]
    list_filter = [WhenFilter, StateFilter, "kind"]
    list_select_related = ["physiotherapist", "clinic"]
    search_fields = ["name", "email", "phone", "physiotherapist__name"]
    search_help_text = "Name, e-mail address or telephone number of the patient, or the physiotherapist."
    date_hierarchy = "starts"
    ordering = ["-starts", "-pk"]
    list_per_page = 50
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appointment]:
        made = Appointment.objects.made().select_related("physiotherapist", "clinic")
        return made.order_by(*self.ordering)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        return super().get_search_results(request, queryset, as_numbers_are_kept(search_term))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Appointment | None = None) -> bool:
        """Only along with an invented physiotherapist; there is no page for it."""
        is_sample = obj is not None and obj.physiotherapist.sample
        return is_sample and super().has_delete_permission(request, obj)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        raise PermissionDenied

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        found = self.found(request, object_id)
        return HttpResponseRedirect(f"{appointment_url(found)}#log")

    @admin.display(description="When", ordering="starts")
    def when(self, appointment: Appointment) -> str:
        return f"{timezone.localtime(appointment.starts):%a %d %b %Y %H:%M}"

    @admin.display(description="Patient", ordering="name")
    def patient(self, appointment: Appointment) -> str:
        return "Details deleted" if appointment.erased_at else appointment.name

    @admin.display(description="What and where", ordering="kind")
    def what(self, appointment: Appointment) -> str:
        clinic = appointment.clinic
        where = clinic.name if clinic else str(appointment.get_where_display()).lower()
        # An appointment online needs no place said.
        is_online = appointment.where == Where.ONLINE
        kind = str(appointment.get_kind_display())
        return kind if is_online else f"{kind}, {where}"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        found = self.found(request, object_id)
        may_change = self.has_change_permission(request, found)
        form = CorrectionForm(request.POST if request.method == "POST" else None, of=found)
        if request.method == "POST":
            if not may_change:
                raise PermissionDenied
            if not found.erased_at and form.is_valid():
                return self._save(request, found, form)
        now = timezone.now()
        diary = Diary.objects.filter(physiotherapist=found.physiotherapist_id).first()
        on = found.starts.astimezone(LOCAL).date()
        mails = [mail.email for mail in found.mails.select_related("email").order_by("pk")]
        return self.shown(
            request,
            "appointment",
            title=f"Appointment on {when(found.starts)}",
            is_wrong=bool(form.errors),
            found=found,
            form=form,
            may_change=may_change,
            is_open=found.state == State.BOOKED and found.starts > now,
            has_begun=found.starts <= now,
            where="At the patient's home" if found.where == Where.HOME else place_of_appointment(found),
            price=price_in_words(found.price),
            until=found.change_until and when(found.change_until),
            week_url=week_url(diary, on) if diary else "",
            mails=mail_rows(mails),
            events=found.events.select_related("user"),
        )

    def _save(self, request: HttpRequest, found: Appointment, form: CorrectionForm) -> HttpResponse:
        former = found.email
        try:
            saved = change_details(found.pk, form.details(), Actor.EDITOR, timezone.now(), editor(request))
        except NotOpenError:
            messages.error(request, "Nothing was saved: the details were deleted in the meantime.")
        else:
            is_written = saved.email != former and saved.is_open
            messages.success(request, SAVED_AND_WRITTEN if is_written else SAVED)
        return HttpResponseRedirect(appointment_url(found))


def as_numbers_are_kept(term: str) -> str:
    """A telephone number as it is written in the database, however it was typed; else the term itself."""
    try:
        number = phonenumbers.parse(term, "GB")
    except phonenumbers.NumberParseException:
        return term
    if not phonenumbers.is_possible_number(number) or any(letter.isalpha() for letter in term):
        return term
    return as_people_write(number)

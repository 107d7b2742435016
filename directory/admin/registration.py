"""Looking up registrations: what the form fills in, the list by what is due, and the action for many."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format

from conditions.admin.common import editor
from directory.admin.listing import ListingAdmin, ListingForm
from directory.models import Physiotherapist, a_year_after
from directory.models.physiotherapist import keep_former_address
from directory.registration import State, checked_today, in_state, state_of


class PhysiotherapistForm(ListingForm):
    # Whoever is signed in.
    editor: User

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        checked_on = cleaned.get("checked_on")
        if checked_on and not cleaned.get("check_due_on") and "check_due_on" not in self.errors:
            cleaned["check_due_on"] = a_year_after(checked_on)
        number_changed = bool(self.instance.pk) and "hcpc_number" in self.changed_data
        # On the same day it may be a slip in the number that they looked up themselves.
        is_their_own = checked_on == timezone.localdate() and self.instance.checked_by == self.editor
        if number_changed and checked_on and not (is_their_own or "checked_on" in self.changed_data):
            of_today = "Empty both dates and save. When you have looked the new number up, enter the day."
            of_before = (
                "Look the new number up on the register and enter the day, or empty both dates until "
                "somebody has."
            )
            self.add_error(
                "checked_on",
                f"That check was of the number {self.initial['hcpc_number']}. "
                + (of_today if checked_on == timezone.localdate() else of_before),
            )
        return cleaned


class RegistrationFilter(admin.SimpleListFilter):
    title = "registration"
    parameter_name = "registration"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:
        return State.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet | None:
        return in_state(queryset, self.value() or "") if self.value() in State.values else queryset


class RegistrationAdmin(ListingAdmin):
    form = PhysiotherapistForm
    actions = ["registration_checked_today", "merge_two"]

    @admin.display(ordering="check_due_on")
    def registration(self, person: Physiotherapist) -> str:
        if person.sample:
            return "Sample"
        state = state_of(person, timezone.localdate())
        if person.check_due_on is None:
            return str(State(state).label)
        due_on = date_format(person.check_due_on, "j F Y")
        return f"Lapsed after {due_on}" if state == State.LAPSED else f"Due by {due_on}"

    @admin.action(description="Registration checked today", permissions=["change"])
    def registration_checked_today(self, request: HttpRequest, queryset: QuerySet[Physiotherapist]) -> None:
        ids = list(queryset.order_by("pk").values_list("pk", flat=True))
        number = checked_today(ids, editor(request))
        due_on = date_format(a_year_after(timezone.localdate()), "j F Y")
        people = "1 person" if number == 1 else f"{number} people"
        if number:
            messages.success(request, f"Registration checked today: {people}. Next due by {due_on}.")
        if left_out := len(ids) - number:
            messages.warning(request, f"Sample listings have no registration: {left_out} left out.")

    def save_model(self, request: HttpRequest, obj: Physiotherapist, form: Any, change: bool) -> None:
        # With a new number comes a new day, or the day of their own check: see the form.
        if "checked_on" in form.changed_data:
            obj.checked_by = editor(request) if obj.checked_on else None
        super().save_model(request, obj, form, change)
        if change and "slug" in form.changed_data:
            keep_former_address(obj, form.initial["slug"])

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, *args, **kwargs)
        form.editor = editor(request)
        return form

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        person = kwargs.get("obj")
        if person and request.user.has_perm("directory.view_correction"):
            context["open_corrections"] = person.corrections.filter(dealt_with_at=None)
        return super().render_change_form(request, context, *args, **kwargs)

"""What visitors say is wrong: to read, and to note that it was dealt with."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from conditions.admin.common import editor
from directory.dealt_with import deal_with, kept_corrections, open_again
from directory.models import Correction

READ_ONLY = ["about", "message", "profile", "created_at", "dealt_with_at", "dealt_with_by"]


class OpenFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("done", "Dealt with")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Correction]) -> QuerySet[Correction]:
        if self.value() in {"open", "done"}:
            return queryset.filter(dealt_with_at__isnull=self.value() == "open")
        return queryset


@admin.register(Correction)
class CorrectionAdmin(admin.ModelAdmin):
    list_display = ["about", "physiotherapist", "says", "created_at", "dealt_with_at", "dealt_with_by"]
    list_filter = [OpenFilter, "about"]
    list_select_related = ["physiotherapist", "dealt_with_by"]
    search_fields = ["physiotherapist__name", "message"]
    # Open ones first, the longest open on top; then those that were dealt with last.
    ordering = [F("dealt_with_at").desc(nulls_first=True), "created_at", "pk"]
    fields = [*READ_ONLY]
    readonly_fields = [*READ_ONLY]
    actions = ["dealt_with", "not_dealt_with"]
    change_form_template = "admin/directory/correction.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Correction]:
        return kept_corrections().select_related("physiotherapist")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description="Message")
    def says(self, correction: Correction) -> str:
        return Truncator(correction.message).words(20)

    @admin.display(description="Profile")
    def profile(self, correction: Correction) -> SafeString:
        person = correction.physiotherapist
        url = reverse("admin:directory_physiotherapist_change", args=[person.pk])
        return format_html('<a href="{}">{}, {}</a>', url, person, person.hcpc_number)

    @admin.action(description="Dealt with", permissions=["change"])
    def dealt_with(self, request: HttpRequest, queryset: QuerySet[Correction]) -> None:
        number = deal_with(_numbers(queryset), editor(request))
        messages.success(request, f"Dealt with: {number}. They are deleted 12 months from now.")

    @admin.action(description="Not dealt with yet", permissions=["change"])
    def not_dealt_with(self, request: HttpRequest, queryset: QuerySet[Correction]) -> None:
        messages.success(request, f"Open again: {open_again(_numbers(queryset))}.")

    def response_change(self, request: HttpRequest, obj: Correction) -> HttpResponse:
        if deal_with([obj.pk], editor(request)):
            messages.success(request, f"Dealt with: {obj}. It is deleted 12 months from now.")
        else:
            messages.info(request, f"Somebody had dealt with it already: {obj}.")
        return HttpResponseRedirect(reverse("admin:directory_correction_changelist") + "?state=open")

    def save_model(self, request: HttpRequest, obj: Correction, form: Any, change: bool) -> None:
        """Nothing of it can be written here; the button's work is done in ``response_change``."""


def _numbers(corrections: QuerySet[Correction]) -> list[int]:
    return list(corrections.order_by("pk").values_list("pk", flat=True))

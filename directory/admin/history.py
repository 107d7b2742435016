"""Pages of the admin: who changed what on a listing, what was deleted, and back to a former state."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse

from conditions.admin.common import editor
from directory.history import (
    Names,
    changes_between,
    entries_of,
    label_of,
    moment,
    newest_record_id,
    page_of_records,
    records_of,
    state_of,
    states_of,
)
from directory.models import Merged, Physiotherapist
from directory.restore import plan_restore, restore

RECORDS_A_PAGE = 100


class HistoryPages(admin.ModelAdmin):
    def get_urls(self) -> list[URLPattern]:
        name = f"directory_{self.opts.model_name}"
        return [
            path("deleted/", self.admin_site.admin_view(self.deleted_view), name=f"{name}_deleted"),
            path(
                "<int:pk>/history/<int:history_id>/",
                self.admin_site.admin_view(self.restore_view),
                name=f"{name}_restore",
            ),
            *super().get_urls(),
        ]

    def page_url(self, page: str, *args: Any) -> str:
        return reverse(f"admin:directory_{self.opts.model_name}_{page}", args=args)

    def shown(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        """A page of the admin about listings of this model."""
        urls = {"list_url": self.page_url("changelist"), "list_name": self.opts.verbose_name_plural}
        return render(
            request,
            f"admin/directory/{template}.html",
            self.admin_site.each_context(request) | {"opts": self.opts} | urls | context,
        )

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Also of a listing that was deleted or merged: what it was stays to be read, and restored."""
        pk = self._number(object_id)
        listing = self.get_object(request, str(pk))
        if not self.has_view_or_change_permission(request, listing):
            raise PermissionDenied
        records = records_of(self.model).filter(id=pk).select_related("history_user")
        records = records.order_by("-history_id")
        paginator = Paginator(records, RECORDS_A_PAGE)
        if listing is None and not paginator.count:
            raise Http404
        page = paginator.get_page(request.GET.get("page"))
        found, at_the_start = page_of_records(records, max(0, page.start_index() - 1), page.end_index())
        entries = entries_of(self.model, found, at_the_start)
        kind = self.opts.model_name
        return self.shown(
            request,
            "history",
            title=f"History of {listing or found[0].instance}",
            listing=listing,
            entries=entries,
            page=page,
            newest_id=found[0].history_id if found and page.number == 1 else None,
            may_restore=self._may_restore(request, listing),
            pk=pk,
            swallowed=Merged.objects.filter(kind=kind, kept=pk).select_related("merged_by"),
            merged_into=Merged.objects.filter(kind=kind, gone=pk).select_related("merged_by").first(),
            change_url=self.page_url("change", pk) if listing else "",
            history_page=f"admin:directory_{kind}_history",
            restore_page=f"admin:directory_{kind}_restore",
        )

    def deleted_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        there = self.model._base_manager.filter(pk=OuterRef("id"))
        later = records_of(self.model).filter(id=OuterRef("id"), history_id__gt=OuterRef("history_id"))
        records = (
            records_of(self.model)
            .filter(~Exists(there), ~Exists(later.order_by()), history_type="-")
            .select_related("history_user")
            .order_by("-history_id")
        )
        page = Paginator(records, RECORDS_A_PAGE).get_page(request.GET.get("page"))
        return self.shown(
            request,
            "deleted",
            title=f"Deleted {self.opts.verbose_name_plural}",
            page=page,
            history_page=f"admin:directory_{self.opts.model_name}_history",
        )

    def restore_view(self, request: HttpRequest, pk: int, history_id: int) -> HttpResponse:
        """A former state, and what would differ; sent back, it is the listing's state again."""
        listing = self.get_object(request, str(pk))
        if not self.has_view_or_change_permission(request, listing):
            raise PermissionDenied
        record = records_of(self.model).filter(id=pk, history_id=history_id).exclude(history_type="-").first()
        if record is None:
            raise Http404
        may_restore = self._may_restore(request, listing)
        errors: list[str] = []
        if request.method == "POST":
            if not may_restore:
                raise PermissionDenied
            seen = request.POST.get("seen_history", "")
            seen_id = int(seen) if seen.isdecimal() and len(seen) < 19 else 0
            try:
                notes = restore(self.model, record, editor(request), seen_id)
            except ValidationError as error:
                errors = self.said(error)
                # Somebody else may have brought it back.
                listing = self.get_object(request, str(pk))
            else:
                self._tell_restored(request, record, notes)
                return HttpResponseRedirect(self.page_url("change", pk))
        now = state_of(listing) if listing else None
        plan = plan_restore(self.model, record, now)
        former = states_of(self.model, [record])[record.history_id]
        names = Names(self.model, [plan.state, former, now or {}])
        return self.shown(
            request,
            "restore",
            title=f"As it was on {moment(record.history_date)}",
            name=str(listing or record.instance),
            listing=listing,
            has_address=self.model is Physiotherapist,
            former=changes_between(self.model, {}, former, names),
            changes=changes_between(self.model, now or {}, plan.state, names),
            notes=plan.notes,
            errors=errors,
            may_restore=may_restore,
            newest_id=newest_record_id(self.model, pk),
            history_url=self.page_url("history", pk),
        )

    def _may_restore(self, request: HttpRequest, listing: Any) -> bool:
        if listing is None:
            return self.has_add_permission(request)
        return self.has_change_permission(request, listing)

    def said(self, error: ValidationError) -> list[str]:
        """Each message with the name of its field."""
        if not hasattr(error, "error_dict"):
            return list(error.messages)
        said = []
        for name, field_messages in error.message_dict.items():
            start = "" if name == NON_FIELD_ERRORS else f"{label_of(self.opts.get_field(name))}: "
            said += [start + message for message in field_messages]
        return said

    def _tell_restored(self, request: HttpRequest, record: Any, notes: list[str]) -> None:
        messages.success(request, f"Restored as it was on {moment(record.history_date)}.")
        for note in notes:
            messages.warning(request, note)

    def _number(self, object_id: str) -> int:
        number = unquote(object_id)
        if not number.isdecimal() or len(number) > 18:
            raise Http404
        return int(number)

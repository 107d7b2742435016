"""A page of the admin: where the gaps are. It stands where the list of empty searches would be."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from directory import gap_map
from directory.gaps import FRESH_MINUTES, MONTHS_KEPT, NEAR_MILES, gaps_lately, unmet_searches
from directory.models import EmptySearch

ROWS = 50


@admin.register(EmptySearch)
class GapsAdmin(admin.ModelAdmin):
    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "", self.admin_site.admin_view(self.changelist_view), name="directory_emptysearch_changelist"
            )
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        start = request.GET.get("start", "").strip().upper()[:4]
        by_searches = request.GET.get("order") == "searches"
        worked_out_at, found = gaps_lately()
        shown = [gap for gap in found if gap.outward.startswith(start)]
        if by_searches:
            shown.sort(key=lambda gap: -gap.searches)
        unmet = [row for row in unmet_searches() if row.outward.startswith(start)]
        context = self.admin_site.each_context(request) | {
            "title": "Where are the gaps?",
            "opts": self.opts,
            "page": Paginator(shown, ROWS).get_page(request.GET.get("page")),
            "worked_out_at": worked_out_at,
            "fresh_minutes": FRESH_MINUTES,
            "start": start,
            "by_searches": by_searches,
            "unmet": unmet[:ROWS],
            "unmet_total": sum(row.times for row in unmet),
            "unmet_more": len(unmet) > ROWS,
            "dots": gap_map.draw(found),
            "land": gap_map.land(),
            "names": gap_map.names(),
            "view": gap_map.VIEW,
            "miles": NEAR_MILES,
            "months": MONTHS_KEPT,
        }
        return render(request, "admin/directory/gaps.html", context)

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.views.decorators.http import require_POST

from conditions.admin.common import attempt, editor, page_url, version_url
from conditions.admin.parts import NEW_KINDS
from conditions.compare import changes_between
from conditions.forms import WithdrawForm
from conditions.models import Page, Version
from conditions.versions import live_version, open_draft, start_draft, unpublish


@admin.register(Page)
class PageAdmin(admin.ModelAdmin):
    """A page: which version is live, whose draft is open, and every version there was."""

    list_display = ["title", "kind", "slug", "live_since", "draft"]
    list_filter = ["kind"]
    search_fields = ["slug", "versions__title", "versions__other_names"]
    ordering = ["kind", "slug"]
    change_form_template = "admin/conditions/page/change_form.html"
    change_list_template = "admin/conditions/page/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Page]:
        newest = Version.objects.filter(page=OuterRef("pk"))
        draft = newest.filter(status__in=Version.OPEN)
        live = Version.objects.live().filter(page=OuterRef("pk"))
        return (
            super()
            .get_queryset(request)
            .annotate(
                newest_title=Subquery(newest.values("title")[:1]),
                draft_by=Subquery(draft.values("edited_by__username")[:1]),
                draft_status=Subquery(draft.values("status")[:1]),
                live_from=Subquery(live.values("publish_at")[:1]),
            )
        )

    def get_urls(self) -> list[URLPattern]:
        steps = {
            "edit-text": require_POST(self.edit_text),
            "unpublish": require_POST(self.unpublish),
            "withdraw": self.withdraw,
            "compare": self.compare,
        }
        own = [
            path(
                f"<int:pk>/{step}/",
                self.admin_site.admin_view(view),
                name=f"conditions_page_{step.replace('-', '_')}",
            )
            for step, view in steps.items()
        ]
        return [*own, *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        # A page is made with its first draft.
        return False

    def has_change_permission(self, request: HttpRequest, obj: Page | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Page | None = None) -> bool:
        # People have linked to it, and its versions are its history.
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        page = get_object_or_404(Page, pk=object_id) if object_id.isdecimal() else None
        if page is None or not self.has_view_permission(request, page):
            return super().change_view(request, object_id, form_url, extra_context)
        versions = list(page.versions.select_related("created_by", "edited_by", "published_by", "signature"))
        live = live_version(page)
        context = {
            "page_shown": page,
            "versions": versions,
            "live": live,
            "draft": open_draft(page),
            "scheduled": [
                version
                for version in versions
                if version.status == Version.Status.APPROVED
                and version.publish_at
                and version.publish_at > localtime()
            ],
            "can_edit": request.user.has_perm("conditions.change_version"),
            "can_publish": request.user.has_perm("conditions.publish_version"),
            "title": versions[0].title if versions else page.slug,
            "subtitle": None,
        }
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))

    def edit_text(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Open the page's draft; if there is none, make one from the newest version."""
        if not request.user.has_perm("conditions.change_version"):
            raise PermissionDenied
        page = get_object_or_404(Page, pk=pk)
        try:
            draft = start_draft(page, editor(request))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return HttpResponseRedirect(page_url(page))
        if draft.created_by != request.user:
            since = date_format(localtime(draft.created_at), "j F Y, H:i")
            messages.warning(
                request,
                f"This page has an open draft already: {draft.created_by or 'somebody'}'s, since {since}.",
            )
        return HttpResponseRedirect(version_url(draft))

    def unpublish(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.has_perm("conditions.publish_version"):
            raise PermissionDenied
        page = get_object_or_404(Page, pk=pk)
        attempt(
            request,
            page,
            "The page is not published any more. Its address answers that there is no such page.",
            lambda: unpublish(page),
        )
        return HttpResponseRedirect(page_url(page))

    def withdraw(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.has_perm("conditions.publish_version"):
            raise PermissionDenied
        page = get_object_or_404(Page, pk=pk)
        form = WithdrawForm(request.POST or None, page=page)
        if request.method == "POST" and form.is_valid():
            done = "The page is withdrawn. Its address says why, and where to go instead."
            values = form.cleaned_data
            if attempt(request, page, done, lambda: unpublish(page, **values)):
                return HttpResponseRedirect(page_url(page))
        context = self.admin_site.each_context(request) | {
            "title": f"Withdraw “{page.slug}”",
            "form": form,
            "opts": self.opts,
            "page_shown": page,
            "back": page_url(page),
            "button": "Withdraw the page",
        }
        return render(request, "admin/conditions/step.html", context)

    def compare(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Any two versions of the page, side by side and in one text."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        page = get_object_or_404(Page, pk=pk)
        chosen = [
            get_object_or_404(page.versions.all(), pk=value if value.isdecimal() else 0)
            for value in (request.GET.get("older", ""), request.GET.get("newer", ""))
        ]
        context = self.admin_site.each_context(request) | {
            "title": f"Compare two versions of “{page.slug}”",
            "opts": self.opts,
            "page_shown": page,
            "older": chosen[0],
            "newer": chosen[1],
            "changes": changes_between(chosen[0], chosen[1]),
            "back": page_url(page),
        }
        return render(request, "admin/conditions/page/compare.html", context)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        context = {
            "new_page_urls": [
                (kind.label, f"{reverse('admin:conditions_version_add')}?kind={kind.value}")
                for kind in NEW_KINDS
            ]
            if request.user.has_perm("conditions.add_version")
            else [],
            "title": "Choose a page",
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def view_on_site(self, page: Page) -> str | None:
        return page.get_absolute_url() if live_version(page) else None

    @admin.display(description="Title", ordering="newest_title")
    def title(self, page: Any) -> str:
        return page.newest_title or page.slug

    @admin.display(description="Live since", ordering="live_from")
    def live_since(self, page: Any) -> str:
        return date_format(localtime(page.live_from), "j F Y, H:i") if page.live_from else "Not published"

    @admin.display(description="Open draft")
    def draft(self, page: Any) -> str:
        if not page.draft_status:
            return "None"
        return f"{Version.Status(page.draft_status).label}, {page.draft_by or '-'}"

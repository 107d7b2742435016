from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from conditions.forms import ChildForm, ChildFormSet, VersionForm
from conditions.models import (
    Cause,
    Condition,
    ConditionTreatment,
    ConditionVersion,
    RedFlag,
    Section,
    Source,
)
from conditions.versions import publish, start_draft
from conditions.views import page_context


def _editor(request: HttpRequest) -> User:
    # Django's admin lets nobody else in; this tells the type checker too.
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


class PartInline(admin.StackedInline):
    form = ChildForm
    formset = ChildFormSet
    extra = 0


class RedFlagInline(PartInline):
    model = RedFlag
    fields = ["position", "urgency", "heading", "items", "note"]


class CauseInline(PartInline):
    model = Cause
    fields = ["position", "title", "body"]


class TreatmentInline(PartInline):
    model = ConditionTreatment
    fields = ["position", "name", "evidence", "body"]


class SectionInline(PartInline):
    model = Section
    fields = ["position", "heading", "body"]


class SourceInline(PartInline):
    model = Source
    fields = ["position", "title", "publisher", "url", "further_reading"]


@admin.register(Condition)
class ConditionAdmin(admin.ModelAdmin):
    """A page: which version is live, which draft is open, and the versions there were."""

    list_display = ["title", "slug", "live_since", "draft"]
    search_fields = ["slug", "versions__title", "versions__other_names"]
    readonly_fields = ["slug", "title", "live_since", "draft", "all_versions"]
    fields = ["title", "slug", "live_since", "draft", "all_versions"]
    change_form_template = "admin/conditions/condition/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Condition]:
        return super().get_queryset(request).prefetch_related("versions")

    def get_urls(self) -> list[URLPattern]:
        edit = path(
            "<int:pk>/edit-text/",
            self.admin_site.admin_view(require_POST(self.edit_text)),
            name="conditions_condition_edit_text",
        )
        return [edit, *super().get_urls()]

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:conditions_conditionversion_add"))

    def has_delete_permission(self, request: HttpRequest, obj: Condition | None = None) -> bool:
        # People have linked to it, and its versions are its history.
        return False

    def edit_text(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Open the page's draft, making it from the newest version if there is none."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        draft = start_draft(get_object_or_404(Condition, pk=pk), _editor(request))
        return HttpResponseRedirect(reverse("admin:conditions_conditionversion_change", args=[draft.pk]))

    def view_on_site(self, condition: Condition) -> str | None:
        return condition.get_absolute_url() if condition.live_version() else None

    @admin.display(description="Title")
    def title(self, condition: Condition) -> str:
        versions = condition.versions.all()
        return versions[0].title if versions else "-"

    @admin.display(description="Live since")
    def live_since(self, condition: Condition) -> str:
        live = condition.live_version()
        return date_format(localtime(live.publish_at), "j F Y, H:i") if live else "Not published"

    @admin.display(description="Open draft")
    def draft(self, condition: Condition) -> SafeString | str:
        draft = next((version for version in condition.versions.all() if version.is_open), None)
        if not draft:
            return "None"
        url = reverse("admin:conditions_conditionversion_change", args=[draft.pk])
        return format_html(
            '<a href="{}">{}, by {}</a>', url, draft.get_status_display(), draft.created_by or "-"
        )

    @admin.display(description="Versions")
    def all_versions(self, condition: Condition) -> SafeString:
        return format_html_join(
            "\n",
            '<p><a href="{}">{}</a> {} {}</p>',
            (
                (
                    reverse("admin:conditions_conditionversion_change", args=[version.pk]),
                    date_format(localtime(version.created_at), "j F Y, H:i"),
                    version.get_status_display(),
                    version.note,
                )
                for version in condition.versions.all()
            ),
        )


@admin.register(ConditionVersion)
class ConditionVersionAdmin(admin.ModelAdmin):
    """The form for a page's words. Published versions can be read here, never changed."""

    form = VersionForm
    inlines = [RedFlagInline, CauseInline, TreatmentInline, SectionInline, SourceInline]
    save_on_top = True
    change_form_template = "admin/conditions/conditionversion/change_form.html"
    fieldsets = [
        (None, {"fields": ["title", "slug", "areas", "other_names", "summary"]}),
        ("Text", {"fields": ["overview", "symptoms", "self_care"]}),
        ("Clinical review", {"fields": ["reviewed_by", "reviewed_on", "review_due_on"]}),
        ("This change", {"fields": ["note"]}),
    ]

    def get_urls(self) -> list[URLPattern]:
        preview = path(
            "<int:pk>/preview/",
            self.admin_site.admin_view(never_cache(self.preview)),
            name="conditions_conditionversion_preview",
        )
        return [preview, *super().get_urls()]

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        # Reached from the page that it belongs to; a list of versions helps nobody.
        return {}

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:conditions_condition_changelist"))

    def has_change_permission(self, request: HttpRequest, obj: ConditionVersion | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_open)

    def has_delete_permission(self, request: HttpRequest, obj: ConditionVersion | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_open)

    def get_prepopulated_fields(self, request: HttpRequest, obj: ConditionVersion | None = None) -> dict:
        # The class attribute may only name fields of the model.
        return {"slug": ["title"]} if obj is None else {}

    def get_fieldsets(self, request: HttpRequest, obj: ConditionVersion | None = None) -> list:
        if obj and not obj.is_open:
            # The address and the areas are the form's own fields; a page that is only read has no form.
            first = (None, {"fields": ["title", "other_names", "summary"]})
            return [first, *self.fieldsets[1:]]
        return list(self.fieldsets)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        if request.method == "POST":
            # Held until the end: nobody publishes these words while they are being saved.
            return self._locked(super().get_object(request, object_id, from_field))
        return super().get_object(request, object_id, from_field)

    def _locked(self, version: ConditionVersion | None) -> ConditionVersion | None:
        return version and ConditionVersion.objects.select_for_update().get(pk=version.pk)

    def delete_model(self, request: HttpRequest, obj: ConditionVersion) -> None:
        condition = obj.condition
        super().delete_model(request, obj)
        if not condition.versions.exists():
            condition.delete()

    def view_on_site(self, version: ConditionVersion) -> str | None:
        return version.get_absolute_url() if version.condition.live_version() else None

    def save_model(self, request: HttpRequest, obj: ConditionVersion, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = _editor(request)
        obj.starter_digest = ""
        form.save_page()
        super().save_model(request, obj, form, change)

    def render_change_form(
        self, request: HttpRequest, context: dict, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        version = kwargs.get("obj")
        context["can_publish"] = version is None or version.is_open
        if version:
            context["preview_url"] = reverse("admin:conditions_conditionversion_preview", args=[version.pk])
            context["page_url"] = reverse("admin:conditions_condition_change", args=[version.condition_id])
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(
        self, request: HttpRequest, obj: ConditionVersion, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._saved(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: ConditionVersion) -> HttpResponse:
        return self._saved(request, obj) or super().response_change(request, obj)

    def _saved(self, request: HttpRequest, version: ConditionVersion) -> HttpResponse | None:
        if "_preview" in request.POST:
            return HttpResponseRedirect(
                reverse("admin:conditions_conditionversion_preview", args=[version.pk])
            )
        if "_publish" not in request.POST:
            return None
        try:
            publish(version, _editor(request))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return HttpResponseRedirect(request.path)
        link = format_html('<a href="{}">{}</a>', version.get_absolute_url(), version.title)
        messages.success(request, format_html("{} is published and live.", link))
        return HttpResponseRedirect(reverse("admin:conditions_condition_change", args=[version.condition_id]))

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page just as readers would see it, with a banner that says that they do not."""
        version = get_object_or_404(ConditionVersion.objects.select_related("condition"), pk=pk)
        if not self.has_view_permission(request, version):
            raise PermissionDenied
        context = page_context(version) | {
            "is_preview": True,
            "edit_url": reverse("admin:conditions_conditionversion_change", args=[pk]),
        }
        return render(request, "conditions/detail.html", context)

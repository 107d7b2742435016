from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.views.decorators.http import require_POST

from conditions.admin.advice_panel import advice_context, panel_as_typed, panel_of_errors
from conditions.admin.common import attempt, editor, page_url, record, version_url
from conditions.admin.parts import NEW_KINDS, PART_INLINES
from conditions.forms import PublishForm, SignForm, VersionForm, what_differs
from conditions.models import Page, Signature, Version
from conditions.preview import LINK_AGE, link_to, rendered
from conditions.prose import ProseEditorPage
from conditions.versions import (
    back_to_draft,
    delete_draft,
    fallen_signature,
    holding_signature,
    publish,
    restore,
    send_to_review,
    sign,
)


def _kind_of(request: HttpRequest, version: Version | None) -> str:
    """Of a page that is not there yet, as the address of the form says."""
    if version:
        return version.page.kind
    kind = request.GET.get("kind", "")
    return kind if kind in NEW_KINDS else Page.Kind.CONDITION


class _Unsaved(Exception):
    """Carries what was rendered out of the transaction that must not be kept."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response


@admin.register(Version)
class VersionAdmin(ProseEditorPage):
    """The form for a page's words, and the steps from draft to page. Published versions are only read."""

    form = VersionForm
    save_on_top = True
    autocomplete_fields = ["picture"]
    change_form_template = "admin/conditions/version/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        steps = {
            "preview": self.preview,
            "to-review": require_POST(self.to_review),
            "to-draft": require_POST(self.to_draft),
            "sign": self.sign,
            "publish": self.publish,
            "restore": require_POST(self.restore),
        }
        own = [
            path(
                f"<int:pk>/{step}/",
                self.admin_site.admin_view(view),
                name=f"conditions_version_{step.replace('-', '_')}",
            )
            for step, view in steps.items()
        ]
        return [*own, *super().get_urls()]

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        # Reached from the page that it belongs to; a list of versions helps nobody.
        return {}

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:conditions_page_changelist"))

    def has_change_permission(self, request: HttpRequest, obj: Version | None = None) -> bool:
        # What is posted to a version that was published meanwhile is not saved (the form refuses it),
        # but shown again with what was typed.
        may_try = obj is None or obj.is_open or request.method == "POST"
        return super().has_change_permission(request, obj) and may_try

    def has_delete_permission(self, request: HttpRequest, obj: Version | None = None) -> bool:
        return super().has_delete_permission(request, obj) and obj is not None and obj.is_open

    def get_form(
        self, request: HttpRequest, obj: Version | None = None, change: bool = False, **kwargs: Any
    ) -> type[VersionForm]:
        form = super().get_form(request, obj, change, **kwargs)
        assert issubclass(form, VersionForm)  # noqa: S101 - for the type checker
        # A class made for this request.
        form.new_kind = _kind_of(request, obj)
        return form

    def get_inlines(self, request: HttpRequest, obj: Version | None) -> Any:
        return PART_INLINES[_kind_of(request, obj)]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Version | None = None) -> dict:
        # The class attribute may only name fields of the model.
        return {"slug": ["title"]} if obj is None else {}

    def get_fieldsets(self, request: HttpRequest, obj: Version | None = None) -> list:
        kind = _kind_of(request, obj)
        is_post = kind == Page.Kind.POST
        own_words = [] if kind in {Page.Kind.POST, Page.Kind.SHEET} else ["symptoms", "self_care"]
        text = ("Text", {"fields": ["overview", *own_words]})
        change = ("This change", {"fields": ["note"]})
        if obj and not self.has_change_permission(request, obj):
            # The address and the areas are the form's own fields; what is only read has no form.
            read = ["title", "other_names", "summary", *(["author", "picture"] if is_post else [])]
            return [(None, {"fields": read}), text, change]
        first = ["title", "slug", "areas", "other_names", "summary", "seen_revision"]
        if kind == Page.Kind.CONDITION:
            first.insert(3, "how_common")
        if is_post:
            first += ["author", "picture"]
        return [(None, {"fields": first}), text, change]

    def save_model(self, request: HttpRequest, obj: Version, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = editor(request)
        obj.edited_by = editor(request)
        obj.starter_digest = ""
        form.save_page()
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if "_advice" in request.POST:
            raise _Unsaved(panel_as_typed(request, form.instance, formsets))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return HttpResponseRedirect(reverse("admin:conditions_version_change", args=[object_id]))

    def delete_model(self, request: HttpRequest, obj: Version) -> None:
        delete_draft(obj)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        messages.success(request, f"Deleted: {obj_display}. What is live stays as it is.")
        return HttpResponseRedirect(reverse("admin:conditions_page_changelist"))

    def render_change_form(
        self, request: HttpRequest, context: dict, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if "_advice" in request.POST:
            formsets = [inline.formset for inline in context["inline_admin_formsets"]]
            return panel_of_errors(request, context["adminform"].form, formsets)
        version: Version | None = kwargs.get("obj")
        context["can_edit"] = self.has_change_permission(request, version)
        if version:
            fallen = fallen_signature(version) if version.is_open else None
            context |= {
                "page_url": page_url(version.page),
                "can_publish": request.user.has_perm("conditions.publish_version"),
                "can_sign": request.user.has_perm("conditions.sign_version"),
                "holding": version.signature or (holding_signature(version) if version.is_open else None),
                "fallen": fallen,
                "shared_link": request.build_absolute_uri(link_to(version)),
                "link_days": LINK_AGE.days,
                "conflict": what_differs(
                    context["adminform"].form, [inline.formset for inline in context["inline_admin_formsets"]]
                )
                if context["can_edit"]
                else [],
            }
            if context["can_edit"]:
                context |= advice_context(version)
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(
        self, request: HttpRequest, obj: Version, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._after_save(request, obj)

    def response_change(self, request: HttpRequest, obj: Version) -> HttpResponse:
        return self._after_save(request, obj)

    def _after_save(self, request: HttpRequest, version: Version) -> HttpResponse:
        """A draft is saved; the other buttons go one step further."""
        if "_unsaved" in request.POST:
            raise _Unsaved(rendered(request, version, unsaved=True))
        if "_review" in request.POST and version.status == Version.Status.DRAFT:
            attempt(
                request,
                version.page,
                "Saved, and sent to the clinical reviewers.",
                lambda: send_to_review(version, editor(request)),
            )
            return HttpResponseRedirect(page_url(version.page))
        messages.success(request, f"The draft of “{version.title}” is saved. Readers do not see it yet.")
        return HttpResponseRedirect(version_url(version))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except _Unsaved as unsaved:
            # The form was saved, rendered as a page or as advice, and undone with its transaction.
            return unsaved.response

    def _open_to(self, request: HttpRequest, pk: int, permission: str) -> Version:
        if not request.user.has_perm(f"conditions.{permission}"):
            raise PermissionDenied
        return get_object_or_404(Version.objects.select_related("page"), pk=pk)

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        version = self._open_to(request, pk, "view_version")
        return rendered(request, version, edit_url=version_url(version))

    def to_review(self, request: HttpRequest, pk: int) -> HttpResponse:
        version = self._open_to(request, pk, "change_version")
        attempt(
            request,
            version.page,
            "Sent to the clinical reviewers.",
            lambda: send_to_review(version, editor(request)),
        )
        return HttpResponseRedirect(version_url(version))

    def to_draft(self, request: HttpRequest, pk: int) -> HttpResponse:
        version = self._open_to(request, pk, "change_version")
        attempt(
            request, version.page, "It is a draft again.", lambda: back_to_draft(version, editor(request))
        )
        return HttpResponseRedirect(version_url(version))

    def restore(self, request: HttpRequest, pk: int) -> HttpResponse:
        version = self._open_to(request, pk, "change_version")
        try:
            draft = restore(version, editor(request))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return HttpResponseRedirect(page_url(version.page))
        messages.success(request, "This is a new draft with the earlier words. Publish it to make them live.")
        return HttpResponseRedirect(version_url(draft))

    def sign(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The reviewer reads the page as readers would, and signs these very words."""
        version = self._open_to(request, pk, "sign_version")
        before = Signature.objects.filter(signed_by=editor(request)).first()
        known = ("name", "profession", "registration_number")
        initial = {name: getattr(before, name) for name in known} if before else {}
        form = SignForm(request.POST or None, initial=initial | {"seen_revision": version.revision})
        if request.method == "POST" and form.is_valid():
            signature = form.save(commit=False)
            seen = form.cleaned_data["seen_revision"]
            done = "Signed. The signature holds for exactly these words."
            if attempt(request, version.page, done, lambda: sign(version, signature, editor(request), seen)):
                return HttpResponseRedirect(version_url(version))
        return self._step(
            request, version, form, "Sign", "Sign these words", "admin/conditions/version/sign.html"
        )

    def publish(self, request: HttpRequest, pk: int) -> HttpResponse:
        version = self._open_to(request, pk, "publish_version")
        form = PublishForm(request.POST or None)
        holding = holding_signature(version)
        if holding:
            del form.fields["unsigned"]
        if request.method == "POST" and form.is_valid():
            at, unsigned = form.cleaned_data["at"], form.cleaned_data.get("unsigned", False)
            try:
                publish(version, editor(request), at, unsigned)
            except ValidationError as error:
                messages.error(request, " ".join(error.messages))
                return self._step(request, version, form, "Publish", "Publish")
            link = format_html('<a href="{}">{}</a>', version.get_absolute_url(), version.title)
            when = f"is published for {localtime(at):%H:%M on %d/%m/%Y}" if at else "is published and live"
            messages.success(request, format_html("{} {}.", link, when))
            record(request, version.page, f"{version.title} {when}.")
            return HttpResponseRedirect(page_url(version.page))
        return self._step(request, version, form, "Publish", "Publish")

    def _step(
        self,
        request: HttpRequest,
        version: Version,
        form: Any,
        verb: str,
        button: str,
        template: str = "admin/conditions/step.html",
    ) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": f"{verb} “{version.title}”",
            "version": version,
            "form": form,
            "media": self.media + form.media,
            "opts": self.opts,
            "page_shown": version.page,
            "back": version_url(version),
            "button": button,
            "preview_url": version_url(version, "preview"),
        }
        return render(request, template, context)

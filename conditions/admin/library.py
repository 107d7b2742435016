from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from conditions.admin.common import editor, page_url
from conditions.areas import set_areas
from conditions.forms import RedFlagCardForm
from conditions.library import pages_with_card, pages_with_part, spread_card
from conditions.models import Author, Page, Picture, RedFlagCard, Source


def links_to(pages: QuerySet[Page]) -> SafeString | str:
    return (
        format_html_join(", ", '<a href="{}">{}</a>', ((page_url(page), str(page)) for page in pages))
        or "No page"
    )


class LibraryAdmin(admin.ModelAdmin):
    """What pages use cannot be deleted; the refusal names the pages."""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple:
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        if protected:
            # It is refused in any case: which pages are in the way helps more than a permission.
            missing = set()
            protected = [links_to(pages_with_part(list(objs)))]
        return deleted, counts, missing, protected


@admin.register(RedFlagCard)
class RedFlagCardAdmin(LibraryAdmin):
    form = RedFlagCardForm
    list_display = ["name", "urgency", "heading"]
    list_filter = ["urgency"]
    search_fields = ["name", "heading", "items"]
    readonly_fields = ["used_on", "on_top_of"]

    def get_fields(self, request: HttpRequest, obj: RedFlagCard | None = None) -> list:
        # The boxes for the areas are the form's own; what is only read has no form.
        may_change = obj is None or self.has_change_permission(request, obj)
        areas = "areas" if may_change else "on_top_of"
        return ["name", "urgency", "heading", "items", "note", areas, "used_on"]

    @admin.display(description="On top of the pages of")
    def on_top_of(self, card: RedFlagCard) -> str:
        return ", ".join(str(row) for row in card.areas.all()) or "No part of the body"

    @admin.display(description="Stands on")
    def used_on(self, card: RedFlagCard) -> SafeString | str:
        return links_to(pages_with_card(card)) if card.pk else "No page yet"

    def save_model(self, request: HttpRequest, obj: RedFlagCard, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        set_areas(obj, form.cleaned_data["areas"])
        if change and {"urgency", "heading", "items", "note"} & set(form.changed_data):
            drafts = spread_card(obj, editor(request))
            if drafts:
                names = ", ".join(str(draft.page) for draft in drafts)
                messages.info(
                    request,
                    f"A draft with the new words is in review for each page that has this card: {names}. "
                    "Readers see the old words until those are published.",
                )


@admin.register(Author)
class AuthorAdmin(LibraryAdmin):
    list_display = ["name", "credentials", "is_person"]
    search_fields = ["name", "credentials"]


@admin.register(Picture)
class PictureAdmin(LibraryAdmin):
    list_display = ["thumbnail", "alternative", "credit"]
    list_display_links = ["alternative"]
    search_fields = ["alternative", "credit"]

    def get_readonly_fields(self, request: HttpRequest, obj: Picture | None = None) -> list[str]:
        # Versions that were published show it: another picture is another row.
        return ["file", "thumbnail"] if obj else []

    @admin.display(description="Picture")
    def thumbnail(self, picture: Picture) -> SafeString:
        return format_html(
            '<img class="thumbnail" src="{}" alt="" width="{}" height="{}" loading="lazy">',
            picture.file.url,
            160,
            round(160 * picture.height / picture.width),
        )


@admin.register(Source)
class SourceAdmin(LibraryAdmin):
    list_display = ["title", "publisher", "cited", "checked_at", "fault"]
    search_fields = ["title", "publisher", "url"]
    fields = ["title", "publisher", "url", "dated", "licence", "checked_at", "fault", "relied_on_by"]
    readonly_fields = ["checked_at", "fault", "relied_on_by"]

    def save_model(self, request: HttpRequest, obj: Source, form: Any, change: bool) -> None:
        if "url" in form.changed_data:
            # What was found of the old address says nothing of the new one.
            obj.checked_at, obj.fault = None, ""
        super().save_model(request, obj, form, change)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        return super().get_queryset(request).annotate(pages=Count("citations__version__page", distinct=True))

    @admin.display(description="Pages", ordering="pages")
    def cited(self, source: Any) -> int:
        return source.pages

    @admin.display(description="Pages that rely on it")
    def relied_on_by(self, source: Source) -> SafeString | str:
        pages = Page.objects.filter(versions__citations__source=source).distinct()
        return links_to(pages) if source.pk else format_html("No page yet")

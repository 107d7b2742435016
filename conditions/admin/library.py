from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from conditions.admin.common import editor, page_url
from conditions.library import pages_with_card, pages_with_part, spread_card
from conditions.models import Page, RedFlagCard, Source


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
            protected = [links_to(pages_with_part(list(objs)))]
        return deleted, counts, missing, protected


@admin.register(RedFlagCard)
class RedFlagCardAdmin(LibraryAdmin):
    list_display = ["name", "urgency", "heading"]
    list_filter = ["urgency"]
    search_fields = ["name", "heading", "items"]
    fields = ["name", "urgency", "heading", "items", "note", "used_on"]
    readonly_fields = ["used_on"]

    @admin.display(description="Stands on")
    def used_on(self, card: RedFlagCard) -> SafeString | str:
        return links_to(pages_with_card(card)) if card.pk else "No page yet"

    def save_model(self, request: HttpRequest, obj: RedFlagCard, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and {"urgency", "heading", "items", "note"} & set(form.changed_data):
            drafts = spread_card(obj, editor(request))
            if drafts:
                names = ", ".join(str(draft.page) for draft in drafts)
                messages.info(
                    request,
                    f"A draft with the new words is in review for each page that has this card: {names}. "
                    "Readers see the old words until those are published.",
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

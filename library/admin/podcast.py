from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conditions.prose import ProseEditorPage
from library.models import Chapter, Episode, EpisodePerson, Show
from library.podcast_forms import ChapterForm, ChapterFormSet, EpisodeForm
from library.podcast_preview import LINK_AGE, link_to


class PersonInline(admin.TabularInline):
    model = EpisodePerson
    fields = ["position", "name", "role", "url"]
    extra = 0


class ChapterInline(admin.TabularInline):
    model = Chapter
    form = ChapterForm
    formset = ChapterFormSet
    extra = 0


@admin.register(Episode)
class EpisodeAdmin(ProseEditorPage):
    """Editors write drafts; once a time is set, an episode is for publishers alone."""

    form = EpisodeForm
    inlines = [PersonInline, ChapterInline]
    list_display = ["title", "number", "state", "publish_at", "lasts"]
    search_fields = ["title", "slug", "summary"]
    save_on_top = True

    def _may_publish(self, request: HttpRequest) -> bool:
        return request.user.has_perm("library.publish_episode")

    def has_change_permission(self, request: HttpRequest, obj: Episode | None = None) -> bool:
        theirs = obj is None or obj.publish_at is None or self._may_publish(request)
        return super().has_change_permission(request, obj) and theirs

    def has_delete_permission(self, request: HttpRequest, obj: Episode | None = None) -> bool:
        # One that was out is taken back first: apps have it, and somebody should have thought about it.
        return super().has_delete_permission(request, obj) and (obj is None or obj.publish_at is None)

    def get_actions(self, request: HttpRequest) -> dict:
        # Deleting many at once would not ask about each.
        return {}

    def get_prepopulated_fields(self, request: HttpRequest, obj: Episode | None = None) -> dict:
        return {"slug": ["title"]} if obj is None else {}

    def get_readonly_fields(self, request: HttpRequest, obj: Episode | None = None) -> list[str]:
        read = ["preview_link"]
        if not self._may_publish(request):
            read.append("publish_at")
        # As it is stored: a form that has been checked and is shown again has put its own time into ``obj``.
        if obj and Episode.objects.filter(pk=obj.pk, publish_at__lte=timezone.now()).exists():
            read.append("slug")
        return read

    def get_fieldsets(self, request: HttpRequest, obj: Episode | None = None) -> list:
        return [
            (None, {"fields": ["title", "slug", "summary", "kind", "season", "number", "explicit"]}),
            ("Audio", {"fields": ["audio", "audio_url", "audio_type", "length", "seconds"]}),
            ("Words", {"fields": ["transcript", "notes"]}),
            ("Picture", {"fields": ["picture"]}),
            ("Publishing", {"fields": ["preview_link", "publish_at"]}),
        ]

    @admin.display(description="State")
    def state(self, episode: Episode) -> str:
        if episode.publish_at is None:
            return "Draft"
        return "Out" if episode.is_published else "Waiting for its time"

    @admin.display(description="Length", ordering="seconds")
    def lasts(self, episode: Episode) -> str:
        return episode.lasts

    @admin.display(description="Preview")
    def preview_link(self, episode: Episode) -> SafeString | str:
        if not episode.pk:
            return "There is one once the draft is saved."
        return format_html(
            '<a href="{}">See the page as readers would</a>. Whoever has this link can open it for {} days.',
            link_to(episode),
            LINK_AGE.days,
        )


@admin.register(Show)
class ShowAdmin(admin.ModelAdmin):
    fields = [
        "title",
        "description",
        "author",
        "language",
        "subcategory",
        "explicit",
        "cover",
        "owner_email",
        "locked",
        "guid",
    ]
    readonly_fields = ["guid"]

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return super().has_add_permission(request) and not Show.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Show | None = None) -> bool:
        # Its guid must stay the same for good.
        return False

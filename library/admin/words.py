from django.contrib import admin
from django.http import HttpRequest

from library.models import Organisation, Synonym, Term, UrgentPhrases


@admin.register(Term)
class TermAdmin(admin.ModelAdmin):
    list_display = ["term", "meaning", "page"]
    search_fields = ["term", "other_forms", "meaning"]


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    list_display = ["name", "topic", "other_topic", "telephone"]
    list_filter = ["topic"]
    search_fields = ["name", "what"]


@admin.register(Synonym)
class SynonymAdmin(admin.ModelAdmin):
    """A change shows in the search within seconds."""

    list_display = ["__str__"]
    search_fields = ["words"]


@admin.register(UrgentPhrases)
class UrgentPhrasesAdmin(admin.ModelAdmin):
    list_display = ["card", "number"]
    autocomplete_fields = ["card"]

    @admin.display(description="Phrases")
    def number(self, phrases: UrgentPhrases) -> int:
        return len(phrases.phrase_list)

    def has_delete_permission(self, request: HttpRequest, obj: UrgentPhrases | None = None) -> bool:
        # Emptied or changed with thought; not swept away with others.
        return super().has_delete_permission(request, obj) and obj is not None

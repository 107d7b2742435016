from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from conditions.forms import PartForm, PartFormSet, RedFlagFormSet, RelatedPageFormSet
from conditions.models import (
    Cause,
    Checklist,
    Citation,
    Exercise,
    FillIn,
    Page,
    RedFlag,
    RelatedPage,
    Section,
    TreatmentUse,
)


class PartInline(admin.StackedInline):
    form = PartForm
    formset = PartFormSet
    extra = 0


class LibraryInline(PartInline):
    """A part that names something else: fetched with it, or each row would ask for it again."""

    names: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related(*self.names)


class RedFlagInline(LibraryInline):
    names = ("card",)
    model = RedFlag
    formset = RedFlagFormSet
    fields = ["position", "card", "why_another"]
    autocomplete_fields = ["card"]
    verbose_name = "red-flag card"


class CauseInline(PartInline):
    model = Cause
    fields = ["position", "title", "body"]


class TreatmentInline(LibraryInline):
    names = ("page",)
    model = TreatmentUse
    fields = ["position", "name", "page", "evidence", "body"]
    autocomplete_fields = ["page"]


class SectionInline(PartInline):
    model = Section
    fields = ["position", "heading", "body", "on_sheet"]


class ExerciseInline(PartInline):
    model = Exercise
    fields = ["position", "name", "purpose", "how", "amount", "stop", "drawing"]


class ChecklistInline(PartInline):
    model = Checklist
    fields = ["position", "heading", "items"]


class FillInInline(PartInline):
    model = FillIn
    fields = ["position", "heading", "columns", "rows"]


class RelatedPageInline(LibraryInline):
    names = ("page",)
    model = RelatedPage
    formset = RelatedPageFormSet
    fk_name = "version"
    fields = ["position", "page", "difference"]
    autocomplete_fields = ["page"]


class CitationInline(LibraryInline):
    names = ("source",)
    model = Citation
    fields = ["position", "source", "cited_from", "further_reading"]
    autocomplete_fields = ["source"]


# Simple pages are made with the site.
NEW_KINDS = (Page.Kind.CONDITION, Page.Kind.TREATMENT, Page.Kind.POST, Page.Kind.SHEET)
Inline = type[admin.options.InlineModelAdmin]
_CARDS_AND_SECTIONS: list[Inline] = [RedFlagInline, SectionInline, RelatedPageInline, CitationInline]
_OF_CONDITIONS: list[Inline] = [
    RedFlagInline,
    CauseInline,
    TreatmentInline,
    SectionInline,
    RelatedPageInline,
    CitationInline,
]
PART_INLINES: dict[str, list[Inline]] = {
    Page.Kind.CONDITION: _OF_CONDITIONS,
    Page.Kind.TREATMENT: _OF_CONDITIONS,
    Page.Kind.SIMPLE: _OF_CONDITIONS,
    Page.Kind.POST: _CARDS_AND_SECTIONS,
    Page.Kind.SHEET: [
        RedFlagInline,
        ExerciseInline,
        ChecklistInline,
        FillInInline,
        SectionInline,
        RelatedPageInline,
        CitationInline,
    ],
}

"""The parts of a version, each in an order that editors set."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import slugify

from conditions.drawings import drawings
from conditions.fields import LinesField
from conditions.models.library import RedFlagCard, RedFlagText, Source
from conditions.models.page import Page
from conditions.models.review import refuse_change
from conditions.models.version import Version, one_a_line
from conditions.richtext import RichTextField

MOST_COLUMNS = 7


class Part(models.Model):
    position = models.PositiveSmallIntegerField("order", default=0)

    # Of each kind of part, what a signature holds for.
    WORDS: tuple[str, ...] = ()

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    version: models.ForeignKey

    def save(self, *args: Any, **kwargs: Any) -> None:
        self._refuse_change()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self._refuse_change()
        return super().delete(*args, **kwargs)

    def _refuse_change(self) -> None:
        refuse_change(self.version)
        # Where it belongs so far: it must not be taken away from there either.
        held: Any = type(self)._default_manager.filter(pk=self.pk).first()
        if held:
            refuse_change(held.version)


class RedFlag(RedFlagText, Part):
    """A card on a page: the words of the library's card as they were when the draft was saved."""

    WORDS = ("urgency", "heading", "items", "note")

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="red_flags")
    card = models.ForeignKey(RedFlagCard, on_delete=models.PROTECT, related_name="uses")
    why_another = models.CharField(
        "why a second card of this urgency",
        max_length=200,
        blank=True,
        help_text="Only if the page has another card of the same urgency already.",
    )

    class Meta(Part.Meta):
        verbose_name = "red flag"

    def __str__(self) -> str:
        return self.heading

    def copy_words(self) -> None:
        """Take the words that the library's card has now."""
        for name in self.WORDS:
            setattr(self, name, getattr(self.card, name))


class Cause(Part):
    WORDS = ("title", "body")

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="causes")
    title = models.CharField(max_length=120)
    body = RichTextField(blank=True)

    def __str__(self) -> str:
        return self.title


class TreatmentUse(Part):
    """A treatment as it is used for this condition, and how good the evidence for that is."""

    class Evidence(models.TextChoices):
        GOOD = "good", "Good evidence"
        MIXED = "mixed", "Mixed evidence"
        LITTLE = "little", "Little evidence"

    WORDS = ("name", "evidence", "body")

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="treatments")
    name = models.CharField(max_length=120)
    page = models.ForeignKey(
        Page,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="uses",
        limit_choices_to={"kind": Page.Kind.TREATMENT},
        verbose_name="treatment page",
    )
    evidence = models.CharField("how good the evidence is", max_length=10, choices=Evidence)
    body = RichTextField(blank=True)

    class Meta(Part.Meta):
        verbose_name = "treatment"

    def __str__(self) -> str:
        return self.name


class Section(Part):
    """An extra part that only some pages need, such as pregnancy."""

    WORDS = ("heading", "body", "on_sheet")

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="sections")
    heading = models.CharField(max_length=120)
    body = RichTextField()
    on_sheet = models.BooleanField(
        "print it on the take-away sheet",
        default=False,
        help_text="Printed are the overview, the red flags, what to do oneself and the sections chosen here: "
        "four pages of A4 at most.",
    )

    class Meta(Part.Meta):
        verbose_name = "extra section"

    def __str__(self) -> str:
        return self.heading

    @property
    def anchor(self) -> str:
        """Its id on the page, apart from those of the fixed sections."""
        return f"section-{slugify(self.heading)}"


class Exercise(Part):
    """One exercise of a sheet."""

    WORDS = ("name", "purpose", "how", "amount", "stop", "drawing")

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="exercises")
    name = models.CharField(max_length=80)
    purpose = models.CharField("what it is for", max_length=200)
    how = RichTextField("how to do it", help_text="Numbered steps.")
    amount = models.CharField("how many, how often", max_length=200)
    stop = models.CharField("when to stop", max_length=200)
    drawing = models.CharField(
        max_length=40, choices=drawings, blank=True, help_text="Where a drawing says it better."
    )

    def __str__(self) -> str:
        return self.name

    @property
    def anchor(self) -> str:
        return f"exercise-{slugify(self.name)}"

    @property
    def drawing_file(self) -> str:
        return f"img/exercises/{self.drawing}.svg"


class Checklist(Part):
    """Things to tick off, printed with boxes."""

    WORDS = ("heading", "items")

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="checklists")
    heading = models.CharField(max_length=120)
    items = LinesField(help_text="One thing a line.")

    def __str__(self) -> str:
        return self.heading

    @property
    def item_list(self) -> list[str]:
        return one_a_line(self.items)


class FillIn(Part):
    """A table to fill in by hand."""

    WORDS = ("heading", "columns", "rows")

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="tables")
    heading = models.CharField(max_length=120)
    columns = LinesField(help_text="The heading of each column, one a line: up to seven.")
    rows = LinesField(
        help_text="What stands in the first column of each row, one a line; a hyphen where it is empty."
    )

    class Meta(Part.Meta):
        verbose_name = "table to fill in"
        verbose_name_plural = "tables to fill in"

    def __str__(self) -> str:
        return self.heading

    def clean(self) -> None:
        if not 2 <= len(self.column_list) <= MOST_COLUMNS:
            raise ValidationError(
                {"columns": f"A table has 2 to {MOST_COLUMNS} columns, so that it can be filled in."}
            )

    @property
    def column_list(self) -> list[str]:
        return one_a_line(self.columns)

    @property
    def row_list(self) -> list[str]:
        return ["" if row == "-" else row for row in one_a_line(self.rows)]

    @property
    def empty_cells(self) -> range:
        """For each column but the first."""
        return range(len(self.column_list) - 1)


class RelatedPage(Part):
    """Could it be something else? Another page, and how that differs."""

    WORDS = ("page_id", "difference")

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="related_pages")
    page = models.ForeignKey(Page, on_delete=models.PROTECT, related_name="related_from")
    difference = models.CharField("how it differs", max_length=250, blank=True)

    class Meta(Part.Meta):
        verbose_name = "related page"

    def __str__(self) -> str:
        return str(self.page)

    def clean(self) -> None:
        if self.page_id and self.page_id == self.version.page_id:
            raise ValidationError({"page": "A page cannot be related to itself. Choose another."})


class Citation(Part):
    class CitedFrom(models.TextChoices):
        OVERVIEW = "overview", "Overview"
        SYMPTOMS = "symptoms", "Symptoms"
        CAUSES = "causes", "Causes"
        RED_FLAGS = "red-flags", "Red flags"
        TREATMENTS = "treatments", "Treatments"
        SELF_CARE = "self-care", "What you can do yourself"
        SECTIONS = "sections", "Extra sections"

    WORDS = ("source_id", "cited_from", "further_reading")

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="citations")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="citations")
    cited_from = models.CharField(
        "for which part", max_length=10, choices=CitedFrom, blank=True, help_text="Empty: for the whole page."
    )
    further_reading = models.BooleanField(
        default=False, help_text="For readers who want more, rather than where the facts come from."
    )

    class Meta(Part.Meta):
        verbose_name = "source"

    def __str__(self) -> str:
        return str(self.source)

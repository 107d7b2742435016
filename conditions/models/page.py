"""The addresses of pages: conditions, treatments, posts, sheets and simple pages are one thing here."""

import re
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from conditions.areas import Area

slug_validator = RegexValidator(
    r"^(?!areas$)[a-z0-9]+(-[a-z0-9]+)*$",
    "Use small letters, digits and single hyphens, such as upper-back-muscle-pain (and not the word areas).",
)


# Simple pages stand at the top, each with a route of its own; the values are in the site's addresses.
SIMPLE_ADDRESSES = ("about", "privacy", "accessibility")
# What stands beside posts and sheets at addresses of its own. Years of four digits are the blog's archive.
TAKEN = {"post": re.compile(r"feed|\d{4}"), "sheet": re.compile(r"glossary|organisations")}


class HowCommon(models.IntegerChoices):
    """Among what people see a physiotherapist for; lists of conditions are in this order."""

    VERY_COMMON = 1, "Very common"
    COMMON = 2, "Common"
    LESS_COMMON = 3, "Less common"
    RARE = 4, "Rare"


class Page(models.Model):
    """An address and what it is about; its words are in its versions."""

    class Kind(models.TextChoices):
        CONDITION = "condition", "Condition"
        TREATMENT = "treatment", "Treatment"
        POST = "post", "Blog post"
        SHEET = "sheet", "Exercise or advice sheet"
        SIMPLE = "simple", "Simple page"

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.CONDITION)
    slug = models.SlugField(
        "address",
        max_length=80,
        validators=[slug_validator],
        help_text="The last part of the page's address, such as neck-pain.",
    )
    # Of the address and the like; of the words each version says it itself.
    changed_at = models.DateTimeField(auto_now=True)
    how_common = models.PositiveSmallIntegerField(choices=HowCommon, default=HowCommon.COMMON)
    # Why it was withdrawn, for readers. Empty for a page that is live or was never withdrawn.
    withdrawn_reason = models.TextField(blank=True, editable=False)
    instead = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )

    class Meta:
        ordering = ["kind", "slug"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "slug"],
                name="page_address_once",
                violation_error_message="Another page has this address.",
            ),
            models.CheckConstraint(
                condition=~Q(instead=models.F("id")),
                name="page_is_not_instead_of_itself",
                violation_error_message="A withdrawn page cannot lead to itself.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.slug}"

    def get_absolute_url(self) -> str:
        return _address_of(self.kind, self.slug)

    def clean(self) -> None:
        if self.kind == self.Kind.SIMPLE and self.slug not in SIMPLE_ADDRESSES:
            raise ValidationError({"slug": f"A simple page is one of: {', '.join(SIMPLE_ADDRESSES)}."})
        refuse_taken_address(self.kind, self.slug)

    @property
    def changes_url(self) -> str:
        """The public history; simple pages have none."""
        if self.kind == self.Kind.SIMPLE:
            return ""
        return reverse(f"{self.kind}s:changes", args=[self.slug])

    @property
    def is_live(self) -> bool:
        return self.versions.approved().exists()


@lru_cache(maxsize=4096)
def _address_of(kind: str, slug: str) -> str:
    """Dozens are on each page, and take a twentieth of a millisecond each."""
    return reverse(slug) if kind == Page.Kind.SIMPLE else reverse(f"{kind}s:detail", args=[slug])


class PageArea(models.Model):
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="areas")
    area = models.CharField("part of the body", max_length=20, choices=Area)

    class Meta:
        # A page is filed under the first one.
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["page", "area"],
                name="page_area_once",
                violation_error_message="This part of the body is already chosen.",
            )
        ]

    def __str__(self) -> str:
        return self.get_area_display()


class OldAddress(models.Model):
    """An address that a page had before. It leads to the page itself, so chains and loops cannot be."""

    kind = models.CharField(max_length=10, choices=Page.Kind)
    slug = models.SlugField(max_length=80)
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="old_addresses")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "slug"],
                name="old_address_once",
                violation_error_message="This address already leads to another page.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.slug}"


def refuse_taken_address(kind: str, slug: str) -> None:
    """Raises ValidationError where something else than a page stands there."""
    if (beside := TAKEN.get(kind)) and beside.fullmatch(slug):
        raise ValidationError(f"The address {slug} is taken by another part of the site. Choose another.")


def check_address_is_free(kind: str, slug: str, page: Page | None) -> None:
    """Raises ValidationError where the address belongs to another page, now or from former times."""
    refuse_taken_address(kind, slug)
    others: dict[str, Any] = {"kind": kind, "slug": slug}
    if taken := Page.objects.filter(**others).exclude(pk=page.pk if page else 0).first():
        raise ValidationError(f"Another page has this address ({taken}). Choose another, or edit that page.")
    old = OldAddress.objects.filter(**others).exclude(page=page).select_related("page").first()
    if old:
        raise ValidationError(
            f"This address was that of another page and leads there now ({old.page}). Choose another."
        )

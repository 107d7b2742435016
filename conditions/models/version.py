"""The words of pages: what a reader sees is the newest approved version whose time has come."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from conditions.fields import LinesField
from conditions.models.library import Author
from conditions.models.page import Page
from conditions.models.picture import Picture
from conditions.models.review import Signature, refuse_change
from conditions.richtext import RichTextField


def one_a_line(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class VersionQuerySet(models.QuerySet["Version"]):
    def approved(self, at: datetime | None = None) -> Self:
        """Every version that readers may see, or have seen, by a time (now if not given)."""
        return self.filter(status=Version.Status.APPROVED, publish_at__lte=at or timezone.now())

    def live(self, at: datetime | None = None) -> Self:
        """What readers see at a time: of each page, the approved version that came last."""
        shown = Version.objects.approved(at).filter(page=OuterRef("page"))
        later = shown.filter(
            Q(publish_at__gt=OuterRef("publish_at"))
            | Q(publish_at=OuterRef("publish_at"), pk__gt=OuterRef("pk"))
        )
        return self.approved(at).filter(~Exists(later)).select_related("page")

    def conditions(self) -> Self:
        return self.filter(page__kind=Page.Kind.CONDITION)

    def treatments(self) -> Self:
        return self.filter(page__kind=Page.Kind.TREATMENT)

    def posts(self) -> Self:
        """The newest first, with ``first_at``: when readers could see each first."""
        seen = Version.objects.approved().filter(page=OuterRef("page")).order_by("publish_at")
        first = Subquery(seen.values("publish_at")[:1])
        return self.filter(page__kind=Page.Kind.POST).annotate(first_at=first).order_by("-first_at", "-pk")

    def sheets(self) -> Self:
        return self.filter(page__kind=Page.Kind.SHEET).order_by("title")


class Version(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in-review", "In review"
        APPROVED = "approved", "Published"
        WITHDRAWN = "withdrawn", "Withdrawn"

    OPEN = (Status.DRAFT, Status.IN_REVIEW)
    # The parts that make a page; a copy of a version copies them all.
    PARTS = (
        "red_flags",
        "causes",
        "treatments",
        "exercises",
        "checklists",
        "tables",
        "sections",
        "related_pages",
        "citations",
    )
    # With the parts, what a signature holds for.
    WORDS = (
        "title",
        "other_names",
        "summary",
        "overview",
        "symptoms",
        "self_care",
        "author_id",
        "picture_id",
    )
    # What came later than the first signatures. They hold where a version has nothing of it.
    LATER = {"author_id", "picture_id", "exercises", "checklists", "tables"}

    page = models.ForeignKey(Page, on_delete=models.PROTECT, related_name="versions", editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    title = models.CharField(max_length=100)
    other_names = LinesField(
        blank=True, help_text="Names that people type or hear for it, one a line, lay and medical."
    )
    summary = models.CharField(
        max_length=200,
        help_text="One plain sentence: what it is and what helps. Shown in lists and searches.",
    )
    overview = RichTextField()
    symptoms = RichTextField(blank=True)
    self_care = RichTextField("what you can do yourself", blank=True)
    author = models.ForeignKey(
        Author, null=True, blank=True, on_delete=models.PROTECT, related_name="versions"
    )
    picture = models.ForeignKey(
        Picture, null=True, blank=True, on_delete=models.PROTECT, related_name="versions"
    )
    note = models.CharField(
        "what changed",
        max_length=200,
        blank=True,
        help_text="One line for the page's public history, such as: Added advice on sleeping.",
    )

    # Goes up with each save, so that of two people who save one draft the second is told.
    revision = models.PositiveIntegerField(default=0, editable=False)
    publish_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The one that held when it was published; none if it was published without.
    signature = models.ForeignKey(
        Signature, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    starter_digest = models.CharField(
        max_length=64, blank=True, editable=False, help_text="SHA-256 of the starter file that it came from."
    )

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = "version of a page"
        verbose_name_plural = "versions of pages"
        ordering = ["-created_at", "-pk"]
        permissions = [
            ("sign_version", "Can sign a version of a page as a clinical reviewer"),
            ("publish_version", "Can publish, unpublish and withdraw pages"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["page"],
                condition=Q(status__in=["draft", "in-review"]),
                name="one_open_draft_a_page",
                violation_error_message="This page already has a draft. Open that one.",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | Q(publish_at__isnull=False),
                name="approved_version_has_a_time",
                violation_error_message="A published version needs the time it was published.",
            ),
            models.CheckConstraint(
                condition=Q(status="withdrawn", withdrawn_at__isnull=False)
                | (~Q(status="withdrawn") & Q(withdrawn_at__isnull=True)),
                name="withdrawn_version_has_a_time",
                violation_error_message="A withdrawn version needs the time it was withdrawn.",
            ),
        ]
        indexes = [models.Index(fields=["page", "status", "publish_at"], name="version_live")]

    def __str__(self) -> str:
        return f"{self.title} ({self.get_status_display().lower()})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises PublishedVersionError when an approved or withdrawn version would change."""
        refuse_change(self)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return self.page.get_absolute_url()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        refuse_change(self)
        return super().delete(*args, **kwargs)

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def other_name_list(self) -> list[str]:
        return one_a_line(self.other_names)

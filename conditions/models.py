"""A page is an address; what a reader sees is the newest approved version whose time has come."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from conditions.areas import Area
from conditions.fields import HttpsURLField
from conditions.richtext import RichTextField

slug_validator = RegexValidator(
    r"^(?!areas$)[a-z0-9]+(-[a-z0-9]+)*$",
    "Use small letters, digits and single hyphens, such as upper-back-muscle-pain (and not the word areas).",
)


def one_a_line(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class Condition(models.Model):
    """The address of a page and the parts of the body that it is about; its words are in its versions."""

    slug = models.SlugField(
        "address",
        max_length=80,
        unique=True,
        validators=[slug_validator],
        help_text="The last part of the page's address. It stays the same once the page is published.",
    )

    class Meta:
        verbose_name = "condition page"
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return reverse("conditions:detail", args=[self.slug])

    def live_version(self) -> "ConditionVersion | None":
        return ConditionVersion.objects.live().filter(condition=self).first()

    def open_draft(self) -> "ConditionVersion | None":
        return self.versions.filter(status__in=ConditionVersion.OPEN).first()


class ConditionArea(models.Model):
    condition = models.ForeignKey(Condition, on_delete=models.CASCADE, related_name="areas")
    area = models.CharField("part of the body", max_length=20, choices=Area)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["condition", "area"],
                name="condition_area_once",
                violation_error_message="This part of the body is already chosen.",
            )
        ]

    def __str__(self) -> str:
        return self.get_area_display()


class VersionQuerySet(models.QuerySet["ConditionVersion"]):
    def approved(self, at: datetime | None = None) -> Self:
        """Every version that readers have been able to see by a time (now if not given)."""
        return self.filter(status=ConditionVersion.Status.APPROVED, publish_at__lte=at or timezone.now())

    def live(self, at: datetime | None = None) -> Self:
        """What readers see at a time: of each page, the approved version that came last."""
        shown = ConditionVersion.objects.approved(at).filter(condition=OuterRef("condition"))
        later = shown.filter(
            Q(publish_at__gt=OuterRef("publish_at"))
            | Q(publish_at=OuterRef("publish_at"), pk__gt=OuterRef("pk"))
        )
        return self.approved(at).filter(~Exists(later)).select_related("condition")


class ConditionVersion(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in-review", "In review"
        APPROVED = "approved", "Published"
        WITHDRAWN = "withdrawn", "Withdrawn"

    OPEN = (Status.DRAFT, Status.IN_REVIEW)

    condition = models.ForeignKey(
        Condition, on_delete=models.PROTECT, related_name="versions", editable=False
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    title = models.CharField(max_length=100)
    other_names = models.TextField(
        blank=True, help_text="Names that people type or hear for it, one a line, lay and medical."
    )
    summary = models.CharField(
        max_length=200,
        help_text="One plain sentence: what it is and what helps. Shown in lists and searches.",
    )
    overview = RichTextField()
    symptoms = RichTextField(blank=True)
    self_care = RichTextField("what you can do yourself", blank=True)

    note = models.CharField(
        "what changed",
        max_length=200,
        blank=True,
        help_text="One line for the page's history, such as: Added advice on sleeping.",
    )
    reviewed_by = models.CharField(
        "clinically reviewed by",
        max_length=200,
        blank=True,
        help_text="Name, profession and registration number. Leave empty unless these words were reviewed.",
    )
    reviewed_on = models.DateField("date of the clinical review", null=True, blank=True)
    review_due_on = models.DateField("next review due", null=True, blank=True)

    publish_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    starter_digest = models.CharField(
        max_length=64, blank=True, editable=False, help_text="SHA-256 of the starter file that it came from."
    )

    objects = VersionQuerySet.as_manager()
    # The parts that make a page, in the order of the page; a copy of a version copies them all.
    CHILDREN = ("red_flags", "causes", "treatments", "sections", "sources")

    class Meta:
        verbose_name = "version of a condition page"
        verbose_name_plural = "versions of condition pages"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["condition"],
                condition=Q(status__in=["draft", "in-review"]),
                name="one_open_draft_a_condition",
                violation_error_message="This page already has a draft. Open that one.",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | Q(publish_at__isnull=False),
                name="approved_version_has_a_time",
                violation_error_message="A published version needs the time it was published.",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by="", reviewed_on__isnull=True)
                | (~Q(reviewed_by="") & Q(reviewed_on__isnull=False)),
                name="review_has_name_and_date",
                violation_error_message="A clinical review needs both: who reviewed the page, and when.",
            ),
        ]
        indexes = [models.Index(fields=["condition", "status", "publish_at"], name="condition_version_live")]

    def __str__(self) -> str:
        return f"{self.title} ({self.get_status_display().lower()})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValidationError when an approved or withdrawn version would change."""
        refuse_change(self)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return self.condition.get_absolute_url()

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def other_name_list(self) -> list[str]:
        return one_a_line(self.other_names)

    def clean(self) -> None:
        if self.reviewed_on and self.reviewed_on > timezone.localdate():
            raise ValidationError({"reviewed_on": "A review cannot have happened in the future."})

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        refuse_change(self)
        return super().delete(*args, **kwargs)


def refuse_change(version: ConditionVersion) -> None:
    """Approved words never change. ``conditions.versions`` makes a copy to change instead."""
    if (
        version.pk
        and ConditionVersion.objects.filter(pk=version.pk).exclude(status__in=version.OPEN).exists()
    ):
        raise ValidationError("This version is published and stays as it is. Make a new draft to change it.")


class VersionChild(models.Model):
    """A part of one version, in an order that editors set."""

    position = models.PositiveSmallIntegerField("order", default=0)

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


class Cause(VersionChild):
    version = models.ForeignKey(ConditionVersion, on_delete=models.CASCADE, related_name="causes")
    title = models.CharField(max_length=120)
    body = RichTextField(blank=True)

    def __str__(self) -> str:
        return self.title


class RedFlag(VersionChild):
    """A care card: what to do at once, and the signs that call for it."""

    class Urgency(models.TextChoices):
        EMERGENCY = "emergency", "Emergency"
        URGENT = "urgent", "Urgent"
        GP = "gp", "See a GP"

    version = models.ForeignKey(ConditionVersion, on_delete=models.CASCADE, related_name="red_flags")
    urgency = models.CharField(max_length=10, choices=Urgency)
    heading = models.CharField(
        max_length=120,
        validators=[RegexValidator(r"if:$", "End the heading with “if:”, such as: Call 999 if:")],
        help_text="One action that ends in “if:”, such as: Call 999 or go to A&E now if:",
    )
    items = models.TextField(
        help_text="One sign a line, each finishing the heading's sentence, such as: you have chest pain"
    )
    note = models.TextField(blank=True, help_text="A sentence or two under the list, if needed.")

    def __str__(self) -> str:
        return self.heading

    @property
    def item_list(self) -> list[str]:
        return one_a_line(self.items)


class ConditionTreatment(VersionChild):
    """A treatment as it is used for this condition, and how good the evidence for that is."""

    class Evidence(models.TextChoices):
        GOOD = "good", "Good evidence"
        MIXED = "mixed", "Mixed evidence"
        LITTLE = "little", "Little evidence"

    version = models.ForeignKey(ConditionVersion, on_delete=models.CASCADE, related_name="treatments")
    name = models.CharField(max_length=120)
    evidence = models.CharField("how good the evidence is", max_length=10, choices=Evidence)
    body = RichTextField(blank=True)

    class Meta(VersionChild.Meta):
        verbose_name = "treatment"

    def __str__(self) -> str:
        return self.name


class Section(VersionChild):
    """An extra part that only some pages need, such as pregnancy."""

    version = models.ForeignKey(ConditionVersion, on_delete=models.CASCADE, related_name="sections")
    heading = models.CharField(max_length=120)
    body = RichTextField()

    class Meta(VersionChild.Meta):
        verbose_name = "extra section"

    def __str__(self) -> str:
        return self.heading

    @property
    def anchor(self) -> str:
        """Its id on the page, apart from those of the fixed sections."""
        return f"section-{slugify(self.heading)}"


class Source(VersionChild):
    version = models.ForeignKey(ConditionVersion, on_delete=models.CASCADE, related_name="sources")
    title = models.CharField(max_length=250)
    publisher = models.CharField(max_length=120)
    url = HttpsURLField("address", max_length=500)
    further_reading = models.BooleanField(
        default=False, help_text="For readers who want more, rather than where the facts come from."
    )

    def __str__(self) -> str:
        return f"{self.title}, {self.publisher}"

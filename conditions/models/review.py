"""Signatures, and the rule that what was published stays as it was."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from conditions.models.version import Version

MAX_REVIEW_YEARS = 3


class PublishedVersionError(ValidationError):
    """Somebody tried to change a published version."""


def refuse_change(version: "Version") -> None:
    """Approved words never change. ``conditions.versions`` makes a copy to change instead."""
    held = type(version).objects.filter(pk=version.pk) if version.pk else None
    if held is not None and held.exclude(status__in=version.OPEN).exists():
        raise PublishedVersionError(
            "This version is published and stays as it is. Make a new draft to change it."
        )


def latest_review_date(signed_on: date) -> date:
    """36 months on; from 29 February, to the 28th."""
    day = min(signed_on.day, 28) if signed_on.month == 2 else signed_on.day
    return signed_on.replace(year=signed_on.year + MAX_REVIEW_YEARS, day=day)


class Signature(models.Model):
    """A clinical reviewer's name under exact words: it holds while the version's digest is this one."""

    version = models.ForeignKey(
        "conditions.Version", on_delete=models.CASCADE, related_name="signatures", editable=False
    )
    digest = models.CharField(max_length=64, editable=False)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    signed_at = models.DateTimeField(default=timezone.now, editable=False)
    name = models.CharField("your name", max_length=120)
    profession = models.CharField(max_length=120, help_text="Such as: physiotherapist, GP, rheumatologist.")
    registration_number = models.CharField(
        max_length=40, help_text="With the HCPC, GMC, NMC or another register, such as PH12345."
    )
    checked = models.TextField(
        "what you checked", help_text="Such as: all of the text against NG59, red flags, evidence labels."
    )
    next_review_on = models.DateField("next review due", help_text="At the latest 36 months from now.")

    class Meta:
        ordering = ["-signed_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.name}, {self.profession} ({self.registration_number})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise PublishedVersionError("A signature stays as it was given.")
        super().save(*args, **kwargs)

    def clean(self) -> None:
        if not self.next_review_on:
            return
        today = timezone.localdate(self.signed_at)
        if not today < self.next_review_on <= latest_review_date(today):
            raise ValidationError(
                {
                    "next_review_on": "Choose a date after today and by "
                    f"{latest_review_date(today):%d/%m/%Y}, 36 months from now."
                }
            )

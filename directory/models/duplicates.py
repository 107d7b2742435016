"""What editors have said about listings that look like one.

Listings are named here by model and number, not by foreign keys: what was merged is gone, and these
rows are about it.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Kind(models.TextChoices):
    """The names of the models."""

    PHYSIOTHERAPIST = "physiotherapist", "Physiotherapists"
    CLINIC = "clinic", "Clinics"


class Apart(models.Model):
    """Two listings that look like one and are two; they are not offered as duplicates again."""

    kind = models.CharField(max_length=20, choices=Kind)
    lower = models.BigIntegerField()
    higher = models.BigIntegerField()
    said_at = models.DateTimeField(auto_now_add=True)
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "lower", "higher"], name="said_apart_once"),
            models.CheckConstraint(condition=Q(lower__lt=F("higher")), name="apart_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.lower} is not {self.higher}"


class Merged(models.Model):
    """A listing that was merged into another, so that its history and what named it can still be followed."""

    kind = models.CharField(max_length=20, choices=Kind)
    gone = models.BigIntegerField()
    name = models.CharField(max_length=250)
    kept = models.BigIntegerField(db_index=True)
    merged_at = models.DateTimeField(auto_now_add=True)
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-merged_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["kind", "gone"], name="merged_once")]

    def __str__(self) -> str:
        return self.name

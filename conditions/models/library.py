"""What is written once and used on many pages: red-flag cards and sources."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from conditions.areas import Area
from conditions.fields import HttpsURLField, LinesField


class Urgency(models.TextChoices):
    EMERGENCY = "emergency", "Emergency"
    URGENT = "urgent", "Urgent"
    GP = "gp", "See a GP"


class RedFlagText(models.Model):
    """The words of a care card: what to do at once, and the signs that call for it."""

    urgency = models.CharField(max_length=10, choices=Urgency)
    heading = models.CharField(
        max_length=120,
        validators=[RegexValidator(r"\S.* if:$", "End the heading with “if:”, such as: Call 999 if:")],
        help_text="One action that ends in “if:”, such as: Call 999 or go to A&E now if:",
    )
    items = LinesField(
        help_text="One sign a line, each finishing the heading's sentence, such as: you have chest pain"
    )
    note = LinesField(blank=True, help_text="A sentence or two under the list, if needed.")

    class Meta:
        abstract = True

    @property
    def item_list(self) -> list[str]:
        return [line.strip() for line in self.items.splitlines() if line.strip()]


class RedFlagCard(RedFlagText):
    """A card of the library. Pages hold copies, so that what was signed stays as it was signed."""

    name = models.CharField(
        max_length=120, unique=True, help_text="For editors only, such as: Back pain, emergency."
    )
    starter_digest = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="SHA-256 of its words as a starter file had them.",
    )

    class Meta:
        verbose_name = "red-flag card"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        wrong: dict[str, str] = {}
        if self.heading.count(".") or self.heading.count(";"):
            wrong["heading"] = "Say one action only, without a full stop: the list finishes the sentence."
        for item in self.item_list:
            first = item.split()[0]
            # "A&E", "NHS" and "I" may begin an item; a sentence of its own may not.
            if re.match(r"[A-Z][a-z]", first) or item.endswith("."):
                wrong["items"] = f"“{item}” must finish the heading's sentence: small letter, no full stop."
                break
        if self.urgency == Urgency.EMERGENCY and re.search(
            r"https?://|www\.|<a ", f"{self.items} {self.note}"
        ):
            wrong["note"] = "An emergency card has no links: nothing may lead away from the action."
        if wrong:
            raise ValidationError(wrong)


class RedFlagCardArea(models.Model):
    """A part of the body whose own page shows the card on top."""

    card = models.ForeignKey(RedFlagCard, on_delete=models.CASCADE, related_name="areas")
    area = models.CharField("part of the body", max_length=20, choices=Area)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["card", "area"], name="card_area_once")]

    def __str__(self) -> str:
        return self.get_area_display()


class Author(models.Model):
    """Who wrote a post: a person, or the site's editors together."""

    name = models.CharField(max_length=120, unique=True)
    credentials = models.CharField(
        max_length=200,
        blank=True,
        help_text="What makes them fit to write it, such as: Chartered physiotherapist, HCPC PH12345.",
    )
    is_person = models.BooleanField("a person", default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Source(models.Model):
    """A publication that pages rely on, kept once and cited from their sections."""

    title = models.CharField(max_length=250)
    publisher = models.CharField(max_length=120)
    url = HttpsURLField("address", max_length=500, unique=True)
    dated = models.CharField(
        "date",
        max_length=40,
        blank=True,
        help_text="As the publisher gives it, such as: updated December 2020.",
    )
    licence = models.CharField(max_length=120, blank=True)
    checked_at = models.DateTimeField("address last checked", null=True, blank=True, editable=False)
    # What the last check of the address found, if not simply an answer: "Dead: …", "Moved to …".
    fault = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        ordering = ["publisher", "title"]

    def __str__(self) -> str:
        return f"{self.title}, {self.publisher}"

from django.db import models
from django.db.models import F, Q
from django.utils.text import slugify

from conditions.fields import HttpsURLField


class Topic(models.TextChoices):
    URGENT = "urgent", "Urgent help"
    CHECKING = "checking", "Finding and checking a professional"
    JOINTS = "joints", "Arthritis and bones"
    BACK = "back", "Back and neck"
    NERVES = "nerves", "Nerves and brain"
    PAIN = "pain", "Pain"
    PELVIC = "pelvic", "Pregnancy and pelvic health"
    CARE = "care", "Work, money and care"
    MOVING = "moving", "Moving more"


class Organisation(models.Model):
    """Somebody else who helps."""

    name = models.CharField(max_length=120, unique=True)
    url = HttpsURLField("address", max_length=300)
    telephone = models.CharField(max_length=40, blank=True)
    what = models.CharField(
        "what they do",
        max_length=300,
        help_text="One or two plain sentences: who they are, and what for you.",
    )
    topic = models.CharField(max_length=10, choices=Topic)
    other_topic = models.CharField("and also", max_length=10, choices=Topic, blank=True)

    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(topic=F("other_topic")),
                name="organisation_has_two_different_topics",
                violation_error_message="The two topics are the same. Leave the second empty.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def anchor(self) -> str:
        """Its id on the page of organisations, where it may stand twice: the first time."""
        return f"organisation-{slugify(self.name)}"

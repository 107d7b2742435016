"""What visitors tell us, and what they did not find."""

from django.conf import settings
from django.db import models

from directory.models.physiotherapist import Physiotherapist


class Correction(models.Model):
    """A visitor's note that a profile is wrong, for the editors."""

    class About(models.TextChoices):
        PLACE = "place", "They do not work there any more"
        CONTACT = "contact", "The telephone, e-mail or website is wrong"
        ACCESS = "access", "What is said about access is wrong"
        FEES = "fees", "A fee is wrong"
        REGISTRATION = "registration", "Their registration"
        OTHER = "other", "Something else"

    physiotherapist = models.ForeignKey(Physiotherapist, on_delete=models.CASCADE, related_name="corrections")
    about = models.CharField(max_length=20, choices=About)
    message = models.TextField(max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)
    dealt_with_at = models.DateTimeField(null=True, blank=True)
    dealt_with_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["dealt_with_at", "-created_at"]

    def __str__(self) -> str:
        return f"{self.physiotherapist}: {self.get_about_display()}"


class EmptySearch(models.Model):
    """How many searches of a month found nobody near an outward code. No more is kept of any of them."""

    month = models.DateField()
    outward = models.CharField(max_length=4)
    filters = models.CharField(max_length=200, blank=True, help_text="Their names, in one order.")
    times = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-month", "-times"]
        verbose_name = "search that found nobody"
        # What the admin's front page calls the page that shows them.
        verbose_name_plural = "where the gaps are"
        constraints = [
            models.UniqueConstraint(fields=["month", "outward", "filters"], name="empty_search_once")
        ]

    def __str__(self) -> str:
        return f"{self.outward}, {self.month:%B %Y}"

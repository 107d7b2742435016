"""What the podcast is called, and what it is known by."""

from uuid import UUID, uuid5

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from conditions.fields import LinesField
from library.podcast_pictures import LARGEST_MB, CoverField, small_url

# https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/tags/guid.md
PODCAST_NAMESPACE = UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
COVER_HELP = (
    f"A square JPEG, PNG or WebP picture, 1,400 pixels a side or more, up to {LARGEST_MB} MB. What a camera "
    "wrote into it, such as the place, is left out."
)


def feed_address() -> str:
    return settings.SITE_URL + reverse("podcast:feed")


def podcast_guid(address: str) -> UUID:
    """What a podcast is known by everywhere, from the address that its feed had first."""
    return uuid5(PODCAST_NAMESPACE, address.split("://", 1)[-1].rstrip("/"))


def own_guid() -> UUID:
    return podcast_guid(feed_address())


class Subcategory(models.TextChoices):
    """Those that Apple has below Health & Fitness."""

    ALTERNATIVE = "Alternative Health", "Alternative health"
    FITNESS = "Fitness"
    MEDICINE = "Medicine"
    MENTAL = "Mental Health", "Mental health"
    NUTRITION = "Nutrition"
    SEXUALITY = "Sexuality"


class Show(models.Model):
    """One row. Without it the podcast has the words that stand here."""

    CATEGORY = "Health & Fitness"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    title = models.CharField(max_length=120, default="The Physiotherapy Podcast")
    description = LinesField(
        max_length=1300,
        default="Plain talk about pain in muscles, joints and nerves: what may be wrong, what helps, and how "
        "to find a physiotherapist.",
        help_text="Two or three plain sentences, up to 1,300 letters. Podcast apps show them.",
    )
    author = models.CharField(max_length=120, default="The Physiotherapy Site")
    language = models.CharField(
        max_length=6,
        default="en-gb",
        validators=[RegexValidator(r"^[a-z]{2}(-[a-z]{2})?\Z", "Two small letters, or such as en-gb.")],
    )
    subcategory = models.CharField(
        "category",
        max_length=20,
        choices=Subcategory,
        default=Subcategory.MEDICINE,
        help_text=f"In {CATEGORY}.",
    )
    explicit = models.BooleanField("has strong language", default=False)
    cover = CoverField(
        upload_to="podcast/", blank=True, help_text=f"{COVER_HELP} Without one, the site's own is shown."
    )
    owner_email = models.EmailField(
        "owner's e-mail address",
        blank=True,
        help_text="Anybody can read it in the feed. Podcast directories send a code there when you hand the "
        "podcast in; it can be left empty at other times.",
    )
    locked = models.BooleanField(
        default=True, help_text="Asks other podcast hosts not to copy this podcast to themselves."
    )
    guid = models.UUIDField(default=own_guid, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "show"
        constraints = [
            models.CheckConstraint(
                condition=Q(id=1),
                name="one_podcast_show",
                violation_error_message="There is one show. Change that one.",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def small_cover(self) -> str:
        """The address of a small picture of it; empty where it has no cover of its own."""
        return small_url(self.cover)


def the_show() -> Show:
    return Show.objects.first() or Show()

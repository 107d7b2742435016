"""The podcast's episodes, with their people and chapters."""

from datetime import datetime
from secrets import token_hex
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from conditions.fields import HttpsURLField, LinesField
from conditions.richtext import RichTextField
from library.models.podcast_show import COVER_HELP
from library.podcast_audio import EXTENSIONS, M4A_TYPE, MP3_TYPE, read_audio
from library.podcast_moments import clock, in_words
from library.podcast_pictures import CoverField, small_url
from library.podcast_transcripts import Cue, read_transcript

# Apple takes 4,000 bytes of a description, which has the summary and the tags of links in it too.
MOST_NOTES = 3000
episode_slug = RegexValidator(
    r"^(?!(?:feed|preview)\Z)[a-z0-9]+(-[a-z0-9]+)*\Z",
    "Use small letters, digits and single hyphens, such as sleeping-with-back-pain (and not the words feed "
    "or preview, which are other addresses here).",
)
audio_address = RegexValidator(
    r"^https://[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]+)?/[!-~]+\Z",
    "Give the https address of the audio file itself, such as https://audio.example.org/episode.mp3.",
)


class EpisodeQuerySet(models.QuerySet["Episode"]):
    def published(self, at: datetime | None = None) -> Self:
        """What readers see at a time (now if not given), the newest first."""
        shown = self.filter(publish_at__lte=at or timezone.now()).order_by("-publish_at", "-pk")
        return shown if settings.SAMPLE_DATA_ALLOWED else shown.filter(sample=False)


def audio_name(episode: "Episode", filename: str) -> str:
    """Never what the file was called, and never the same twice: nobody can guess that of a draft."""
    return f"podcast/{episode.slug}-{token_hex(8)}.{EXTENSIONS[episode.audio_type]}"


class Episode(models.Model):
    class Kind(models.TextChoices):
        FULL = "full", "Episode"
        TRAILER = "trailer", "Trailer"
        BONUS = "bonus", "Bonus"

    title = models.CharField(max_length=120, help_text="Without the number and the name of the show.")
    slug = models.SlugField(
        "address",
        max_length=80,
        unique=True,
        validators=[episode_slug],
        help_text="The last part of the page's address, such as sleeping-with-back-pain. It cannot be "
        "changed once the episode is out.",
        error_messages={"unique": "Another episode has this address."},
    )
    summary = models.CharField(
        max_length=250, help_text="One or two plain sentences: what is talked about. Shown in lists and apps."
    )
    notes = RichTextField("show notes", blank=True, help_text="Links and more to read.")

    audio = models.FileField(
        "audio file",
        upload_to=audio_name,
        max_length=255,
        blank=True,
        help_text=f"MP3 or M4A, up to {settings.LARGEST_AUDIO_MB} MB. Its size and length are read from it.",
    )
    audio_url = HttpsURLField(
        "or its address",
        max_length=300,
        blank=True,
        validators=[audio_address],
        help_text="Where the file lies, if another host has it. This site does not fetch it: fill in the "
        "three fields below too.",
    )
    audio_type = models.CharField(
        "kind of audio", max_length=12, blank=True, choices={MP3_TYPE: "MP3", M4A_TYPE: "M4A"}
    )
    length = models.PositiveBigIntegerField("size in bytes", null=True, blank=True)
    seconds = models.PositiveIntegerField("length", null=True, blank=True)
    transcript = LinesField(
        blank=True,
        help_text="Every word, as WebVTT: the word WEBVTT, then for each piece an empty line, two times, and "
        "below them the words, such as “&lt;v Ann&gt;Hello.” An episode cannot be published without it.",
    )

    picture = CoverField(
        upload_to="podcast/", blank=True, help_text=f"{COVER_HELP} Without one, the show's is used."
    )
    kind = models.CharField(max_length=7, choices=Kind, default=Kind.FULL)
    season = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    number = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    explicit = models.BooleanField("has strong language", default=False)
    publish_at = models.DateTimeField(
        "publish at (London time)",
        null=True,
        blank=True,
        help_text="From then on everybody can hear it. Empty: it is a draft.",
    )

    guid = models.UUIDField(default=uuid4, unique=True, editable=False)
    sample = models.BooleanField(default=False, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = EpisodeQuerySet.as_manager()

    class Meta:
        ordering = ["-publish_at", "-pk"]
        permissions = [("publish_episode", "Can publish episodes of the podcast and take them back")]
        constraints = [
            models.CheckConstraint(
                condition=Q(audio="") | Q(audio_url=""),
                name="episode_has_one_audio",
                violation_error_message="Give an audio file or its address, not both.",
            ),
            models.CheckConstraint(
                condition=Q(publish_at=None)
                | (
                    (~Q(audio="") | ~Q(audio_url=""))
                    & ~Q(audio_type="")
                    & Q(length__gt=0, seconds__gt=0, length__isnull=False, seconds__isnull=False)
                ),
                name="published_episode_has_audio",
                violation_error_message="An episode cannot be published without audio, its size and length.",
            ),
            models.CheckConstraint(
                condition=Q(publish_at=None) | ~Q(transcript=""),
                name="published_episode_has_transcript",
                violation_error_message="An episode cannot be published without a transcript.",
            ),
            models.UniqueConstraint(
                fields=["season", "number"],
                condition=Q(kind="full"),
                name="episode_number_once_a_season",
                violation_error_message="Another episode of this season has this number.",
            ),
            # Above, seasons that are left out all count as different.
            models.UniqueConstraint(
                fields=["number"],
                condition=Q(kind="full", season=None),
                name="episode_number_once_without_season",
                violation_error_message="Another episode has this number.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValidationError for audio or a transcript that is none, and where no sample may be."""
        if self.sample and not settings.SAMPLE_DATA_ALLOWED:
            raise ValidationError("Sample episodes are not allowed here (SAMPLE_DATA_ALLOWED is off).")
        self._read_audio()
        self._check_transcript()
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("podcast:detail", args=[self.slug])

    def clean(self) -> None:
        wrong: dict[str, Any] = {}
        for name, check in (("audio", self._read_audio), ("transcript", self._check_transcript)):
            try:
                check()
            except ValidationError as error:
                wrong[name] = error
        if len(self.notes.encode()) > MOST_NOTES:
            wrong["notes"] = f"The show notes are too long: podcast apps show about {MOST_NOTES:,} letters."
        if self.audio and self.audio_url:
            wrong["audio_url"] = "There is an audio file too. Empty this, or take the file off."
        if self.publish_at:
            wrong = self._lacking() | wrong
        if wrong:
            raise ValidationError(wrong)

    def _lacking(self) -> dict[str, Any]:
        """What is still to be done before it can be published, by field."""
        lacking: dict[str, Any] = {}
        if not self.audio and not self.audio_url:
            lacking["audio"] = "An episode cannot be published without audio."
        elif self.audio_url:
            for name in ("audio_type", "length", "seconds"):
                if not getattr(self, name):
                    lacking[name] = "Fill this in: the site does not fetch audio from another host."
        if not self.transcript.strip():
            lacking["transcript"] = "An episode cannot be published without a transcript."
        return lacking

    def _read_audio(self) -> None:
        if self.audio and not vars(self.audio)["_committed"]:
            audio = read_audio(self.audio.file, self.audio.size)
            self.audio_type, self.length, self.seconds = audio.mime, audio.length, audio.seconds

    def _check_transcript(self) -> None:
        if not self.transcript.strip():
            self.transcript = ""
            return
        last = read_transcript(self.transcript)[-1]
        if self.seconds and last.second > self.seconds:
            raise ValidationError(
                f"The transcript goes on until {clock(last.second)}, and the audio ends at "
                f"{clock(self.seconds)}. Is it that of another episode?"
            )

    @property
    def is_published(self) -> bool:
        return self.publish_at is not None and self.publish_at <= timezone.now()

    @property
    def audio_address(self) -> str:
        return self.audio.url if self.audio else self.audio_url

    @property
    def audio_host(self) -> str:
        """The other site that the audio comes from; empty where it is our own."""
        return "" if self.audio else urlsplit(self.audio_url).netloc

    @property
    def lasts(self) -> str:
        return in_words(self.seconds) if self.seconds else ""

    @property
    def small_picture(self) -> str:
        return small_url(self.picture)

    @property
    def cues(self) -> list[Cue]:
        return read_transcript(self.transcript) if self.transcript else []


# Of https://podcasttaxonomy.com/, where each role belongs to one group.
GROUPS = {
    "host": "cast",
    "co-host": "cast",
    "guest host": "cast",
    "guest": "cast",
    "narrator": "cast",
    "reporter": "cast",
    "producer": "creative direction",
    "writer": "writing",
    "researcher": "writing",
    "fact checker": "writing",
    "transcriber": "writing",
    "audio engineer": "audio production",
    "audio editor": "audio post-production",
}


class EpisodePerson(models.Model):
    episode = models.ForeignKey(Episode, on_delete=models.CASCADE, related_name="people")
    position = models.PositiveSmallIntegerField("order", default=1)
    name = models.CharField(max_length=120)
    role = models.CharField(
        max_length=20, choices={role: role.capitalize() for role in GROUPS}, default="host"
    )
    url = HttpsURLField("their page", max_length=300, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = "person"
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(
                fields=["episode", "name", "role"],
                name="episode_person_once_a_role",
                violation_error_message="This person has this role already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.role})"

    @property
    def group(self) -> str:
        return GROUPS[self.role]


class Chapter(models.Model):
    episode = models.ForeignKey(Episode, on_delete=models.CASCADE, related_name="chapters")
    start = models.PositiveIntegerField("begins at")
    title = models.CharField(max_length=100)
    url = HttpsURLField("page about it", max_length=300, blank=True)

    class Meta:
        ordering = ["start"]
        constraints = [
            models.UniqueConstraint(
                fields=["episode", "start"],
                name="one_chapter_at_a_time",
                violation_error_message="Another chapter begins at this time.",
            )
        ]

    def __str__(self) -> str:
        return f"{clock(self.start)} {self.title}"

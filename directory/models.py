from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from conditions.fields import HttpsURLField
from conditions.models import Page
from conditions.richtext import RichTextField
from directory.choices import Gender, Language, Specialism
from directory.fields import ChoiceListField, HcpcNumberField
from places.locate import PlaceNotFound, locate_postcode

# The Isles of Scilly and Jersey to Shetland, Belfast's west to Lowestoft.
_SOUTH, _NORTH, _WEST, _EAST = 49, 61, -9, 2
MAX_VISIT_MILES = 50

phone_validator = RegexValidator(
    r"^\+?[0-9][0-9 ()-]{8,18}[0-9]$", "Enter a telephone number, such as 0113 496 0000."
)


def latitude_field(**kwargs: Any) -> models.FloatField:
    return models.FloatField(validators=[MinValueValidator(_SOUTH), MaxValueValidator(_NORTH)], **kwargs)


def longitude_field(**kwargs: Any) -> models.FloatField:
    return models.FloatField(validators=[MinValueValidator(_WEST), MaxValueValidator(_EAST)], **kwargs)


class Clinic(models.Model):
    """A place where physiotherapists work; its postcode gives the point, unless the pin was set by hand."""

    name = models.CharField(max_length=120)
    address = models.CharField(max_length=250, help_text="Number, street and town, without the postcode.")
    postcode = models.CharField(max_length=10)
    phone = models.CharField("telephone", max_length=20, blank=True, validators=[phone_validator])
    pin_by_hand = models.BooleanField(
        "set the pin by hand",
        default=False,
        help_text="Tick to keep the latitude and longitude below instead of the postcode's.",
    )
    latitude = latitude_field(blank=True, null=True)
    longitude = longitude_field(blank=True, null=True)
    sample = models.BooleanField("sample listing", default=False, editable=False)

    class Meta:
        ordering = ["name", "postcode"]
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude__isnull=False, longitude__isnull=False),
                name="clinic_has_a_point",
                violation_error_message="Enter a postcode that we hold, or set the pin by hand.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.postcode}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        refuse_sample(self)
        # With the search table's rows, which a signal rebuilds.
        with transaction.atomic():
            super().save(*args, **kwargs)

    def clean(self) -> None:
        refuse_sample(self)
        if self.pin_by_hand:
            if self.latitude is None or self.longitude is None:
                raise ValidationError(
                    {"pin_by_hand": "Enter both the latitude and the longitude of the pin."}
                )
            self.postcode = self.postcode.strip().upper()
        elif self.postcode:
            self.postcode, self.latitude, self.longitude = point_of("postcode", self.postcode)


class PhysiotherapistQuerySet(models.QuerySet["Physiotherapist"]):
    def listed(self) -> Self:
        """Everybody who may be shown, counted or reached on the public site."""
        listed = self.filter(listed=True)
        return listed if settings.SAMPLE_DATA_ALLOWED else listed.filter(sample=False)


class Physiotherapist(models.Model):
    name = models.CharField(max_length=120)
    slug = models.SlugField(
        "address", max_length=140, unique=True, help_text="The last part of the profile's address."
    )
    gender = models.CharField(max_length=10, choices=Gender, blank=True, help_text="Only if they state it.")
    hcpc_number = HcpcNumberField(
        "HCPC number",
        max_length=8,
        unique=True,
        validators=[RegexValidator(r"^PH[0-9]{1,6}\Z", "PH and one to six digits, such as PH12345.")],
        error_messages={"unique": "Another physiotherapist is listed with this HCPC number."},
    )
    biography = RichTextField(blank=True)
    languages = ChoiceListField(of=Language, default=list)
    specialisms = ChoiceListField(of=Specialism, default=list)
    conditions_treated = models.ManyToManyField(
        Page, blank=True, related_name="+", limit_choices_to={"kind": Page.Kind.CONDITION}
    )
    clinics = models.ManyToManyField(Clinic, blank=True, related_name="physiotherapists")

    home_visits = models.BooleanField("visits patients at home", default=False)
    visit_postcode = models.CharField(
        "base for home visits", max_length=10, blank=True, help_text="The postcode that visits start from."
    )
    visit_miles = models.PositiveSmallIntegerField(
        "visits homes within (miles)",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_VISIT_MILES)],
    )
    visit_latitude = latitude_field(null=True, blank=True, editable=False)
    visit_longitude = longitude_field(null=True, blank=True, editable=False)

    website = HttpsURLField(blank=True)
    phone = models.CharField("telephone", max_length=20, blank=True, validators=[phone_validator])
    email = models.EmailField("e-mail", blank=True)
    fee_first = models.DecimalField(
        "fee, first appointment (£)", max_digits=6, decimal_places=2, null=True, blank=True
    )
    fee_follow_up = models.DecimalField(
        "fee, follow-up (£)", max_digits=6, decimal_places=2, null=True, blank=True
    )

    listed = models.BooleanField(default=True, help_text="Only listed people are shown on the site.")
    sample = models.BooleanField("sample listing", default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PhysiotherapistQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(home_visits=False)
                | Q(
                    visit_miles__gte=1,
                    visit_miles__lte=MAX_VISIT_MILES,
                    visit_latitude__isnull=False,
                    visit_longitude__isnull=False,
                ),
                name="home_visits_have_a_base_and_a_radius",
                violation_error_message="Home visits need a base postcode and a distance in miles.",
            ),
            models.CheckConstraint(
                condition=Q(fee_first__isnull=True) | Q(fee_first__gte=0),
                name="first_fee_is_not_negative",
                violation_error_message="A fee cannot be less than nothing.",
            ),
            models.CheckConstraint(
                condition=Q(fee_follow_up__isnull=True) | Q(fee_follow_up__gte=0),
                name="follow_up_fee_is_not_negative",
                violation_error_message="A fee cannot be less than nothing.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        refuse_sample(self)
        # With the search table's rows, which a signal rebuilds.
        with transaction.atomic():
            super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("directory:profile", args=[self.slug])

    def clean(self) -> None:
        refuse_sample(self)
        if not self.home_visits:
            return
        missing = {}
        if not self.visit_postcode:
            missing["visit_postcode"] = "Enter the postcode that visits start from."
        if not self.visit_miles:
            missing["visit_miles"] = "Enter how many miles they travel."
        if missing:
            raise ValidationError(missing)
        self.visit_postcode, self.visit_latitude, self.visit_longitude = point_of(
            "visit_postcode", self.visit_postcode
        )

    @property
    def is_neuro(self) -> bool:
        return Specialism.NEURO in self.specialisms

    @property
    def specialism_names(self) -> list[str]:
        return [label for value, label in Specialism.choices if value in self.specialisms]

    @property
    def language_names(self) -> list[str]:
        return [label for value, label in Language.choices if value in self.languages]


class SearchPoint(models.Model):
    """What the nearest search reads: a row for each listed physiotherapist and place of work or visit base.

    A copy, rebuilt by ``directory.search_table`` in the transaction of every save. ``band`` is
    ``floor(latitude * 100)``; ``visit_miles`` is 0 for a place of work.
    """

    NEURO, FEMALE, VISITS, SAMPLE = 1, 2, 4, 8

    physiotherapist = models.ForeignKey(
        Physiotherapist, on_delete=models.CASCADE, related_name="search_points"
    )
    clinic = models.ForeignKey(Clinic, null=True, on_delete=models.CASCADE, related_name="search_points")
    band = models.IntegerField()
    latitude = models.FloatField()
    longitude = models.FloatField()
    flags = models.IntegerField()
    visit_miles = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            # Every column that the search reads, so that it never touches the table itself.
            models.Index(
                fields=["band", "longitude", "latitude", "flags", "visit_miles", "physiotherapist", "clinic"],
                name="search_point_covering",
            )
        ]

    def __str__(self) -> str:
        return f"{self.physiotherapist_id} at {self.latitude}, {self.longitude}"


def point_of(field: str, postcode: str) -> tuple[str, float, float]:
    """A postcode as it is written, with its point. Raises ValidationError on the field."""
    try:
        place = locate_postcode(postcode)
    except PlaceNotFound as error:
        raise ValidationError({field: error.message}) from error
    return place.label, place.latitude, place.longitude


def refuse_sample(listing: Clinic | Physiotherapist) -> None:
    """Raises ValidationError where invented people must not be."""
    if listing.sample and not settings.SAMPLE_DATA_ALLOWED:
        raise ValidationError("Sample listings are not allowed here (SAMPLE_DATA_ALLOWED is off).")

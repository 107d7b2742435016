from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords

from conditions.fields import HttpsURLField
from conditions.models import Page
from conditions.richtext import RichTextField
from directory.choices import Gender, Insurer, Language, Specialism
from directory.fields import ChoiceListField, HcpcNumberField
from directory.models.clinic import Clinic
from directory.models.points import (
    latitude_field,
    longitude_field,
    phone_validator,
    refuse_sample,
    settle_point,
)

MAX_VISIT_MILES = 50
FEES = ("fee_first", "fee_follow_up", "fee_online", "fee_home", "visit_fee")
not_negative = MinValueValidator(0, "A fee cannot be less than nothing.")
not_an_address_of_the_site = RegexValidator(
    r"^(compare|in)\Z",
    "The site has a page of its own at that address. Choose another, such as the full name.",
    inverse_match=True,
)


def fee_field(name: str, help_text: str = "") -> models.DecimalField:
    return models.DecimalField(
        name,
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[not_negative],
        help_text=help_text,
    )


class PhysiotherapistQuerySet(models.QuerySet["Physiotherapist"]):
    def listed(self) -> Self:
        """Everybody who may be shown, counted or reached on the public site today."""
        in_date = Q(check_due_on__gte=timezone.localdate())
        listed = self.filter(in_date | Q(sample=True), listed=True)
        return listed if settings.SAMPLE_DATA_ALLOWED else listed.filter(sample=False)


class Physiotherapist(models.Model):
    name = models.CharField(max_length=120)
    slug = models.SlugField(
        "address",
        max_length=140,
        unique=True,
        validators=[not_an_address_of_the_site],
        help_text="The last part of the profile's address.",
    )
    gender = models.CharField(max_length=10, choices=Gender, blank=True, help_text="Only if they state it.")
    hcpc_number = HcpcNumberField(
        "HCPC number",
        max_length=8,
        unique=True,
        validators=[RegexValidator(r"^PH[0-9]{1,6}\Z", "PH and one to six digits, such as PH12345.")],
        error_messages={"unique": "Another physiotherapist is listed with this HCPC number."},
    )
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="registration checked by",
    )
    checked_on = models.DateField("registration checked on", null=True, blank=True)
    check_due_on = models.DateField(
        "next check due",
        null=True,
        blank=True,
        help_text="12 months after the check at the latest. From the day after, the listing is not shown.",
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
    visit_fee = fee_field("travel fee (£)")
    hoist_at_home = models.BooleanField("can work with a hoist at the patient's home", default=False)
    visit_latitude = latitude_field(null=True, blank=True, editable=False)
    visit_longitude = longitude_field(null=True, blank=True, editable=False)

    online = models.BooleanField("sees patients online", default=False)
    evenings = models.BooleanField("has evening appointments", default=False, help_text="After 6 pm.")
    weekends = models.BooleanField("has weekend appointments", default=False)
    insurers = ChoiceListField(of=Insurer, default=list)

    website = HttpsURLField(blank=True)
    phone = models.CharField("telephone", max_length=20, blank=True, validators=[phone_validator])
    email = models.EmailField("e-mail", blank=True)
    fee_first = fee_field("fee, first appointment (£)")
    fee_follow_up = fee_field("fee, follow-up (£)")
    fee_online = fee_field("fee, online (£)")
    fee_home = fee_field("fee, home visit (£)", help_text="Without the travel fee.")

    listed = models.BooleanField(default=True, help_text="Only listed people are shown on the site.")
    sample = models.BooleanField("sample listing", default=False, editable=False)
    history = HistoricalRecords(m2m_fields=["clinics", "conditions_treated"])
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
                # What is not known is not negative either.
                condition=Q(*(Q(**{f"{fee}__isnull": True}) | Q(**{f"{fee}__gte": 0}) for fee in FEES)),
                name="fees_are_not_negative",
                violation_error_message="A fee cannot be less than nothing.",
            ),
            models.CheckConstraint(
                condition=Q(check_due_on__isnull=True) | Q(check_due_on__gt=F("checked_on")),
                name="check_is_due_after_it_was_made",
                violation_error_message="The next check is due after this one.",
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
        self._clean_check()
        if self.home_visits:
            self._clean_visits()

    def validate_unique(self, exclude: Collection[str] | None = None) -> None:
        super().validate_unique(exclude)
        if exclude and "slug" in exclude:
            return
        others = FormerProfile.objects.filter(slug=self.slug).exclude(physiotherapist=self.pk)
        other = others.select_related("physiotherapist").first()
        # Whose address it is already may keep it.
        if other and not Physiotherapist.objects.filter(pk=self.pk, slug=self.slug).exists():
            raise ValidationError(
                {"slug": f"That address leads to {other.physiotherapist}, who had it before. Choose another."}
            )

    def _clean_check(self) -> None:
        if self.checked_on and self.checked_on > timezone.localdate():
            raise ValidationError({"checked_on": "That day is still to come. Enter when it was checked."})
        if bool(self.checked_on) != bool(self.check_due_on):
            raise ValidationError(
                {"check_due_on": "Enter both the day of the check and the day when the next one is due."}
            )
        if self.checked_on and self.check_due_on and self.check_due_on > a_year_after(self.checked_on):
            raise ValidationError({"check_due_on": "The next check is due within 12 months of this one."})

    def _clean_visits(self) -> None:
        missing = {}
        if not self.visit_postcode:
            missing["visit_postcode"] = "Enter the postcode that visits start from."
        if not self.visit_miles:
            missing["visit_miles"] = "Enter how many miles they travel."
        if missing:
            raise ValidationError(missing)
        settle_point(self, "visit_postcode", "visit_latitude", "visit_longitude")

    @property
    def is_neuro(self) -> bool:
        return Specialism.NEURO in self.specialisms

    @property
    def specialism_names(self) -> list[str]:
        return [label for value, label in Specialism.choices if value in self.specialisms]

    @property
    def language_names(self) -> list[str]:
        return [label for value, label in Language.choices if value in self.languages]

    @property
    def price_of_visit(self) -> Decimal | None:
        """Pounds for a visit at home, the way there included; None where either is not stated."""
        return None if self.fee_home is None or self.visit_fee is None else self.fee_home + self.visit_fee

    @property
    def insurer_names(self) -> list[str]:
        return [label for value, label in Insurer.choices if value in self.insurers]


def a_year_after(day: date) -> date:
    """The same day of the next year; 28 February for a leap day."""
    if day.year == date.max.year:
        # Somebody's slip, which is refused as a day to come.
        return date.max
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


class FormerProfile(models.Model):
    """An address that a profile had, or that of somebody who was merged with another; it leads there."""

    slug = models.SlugField(max_length=140, unique=True)
    physiotherapist = models.ForeignKey(
        Physiotherapist, on_delete=models.CASCADE, related_name="former_profiles"
    )

    def __str__(self) -> str:
        return self.slug


def keep_former_address(person: Physiotherapist, former: str) -> None:
    """After a change of the address: the former one leads to the profile for good."""
    person.former_profiles.filter(slug=person.slug).delete()
    FormerProfile.objects.update_or_create(slug=former, defaults={"physiotherapist": person})

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from directory.choices import Inside, Parking
from directory.models.points import (
    latitude_field,
    longitude_field,
    phone_validator,
    refuse_sample,
    settle_point,
)

WHEELCHAIR_DOOR_CM = 75
# The fields that say how to get in, and on which day that was stated.
ACCESS = (
    "access_stated_on",
    "steps",
    "inside",
    "door_cm",
    "parking",
    "parking_metres",
    "hoist",
    "hearing_loop",
    "quiet_room",
    "access_note",
)


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

    # Facts that somebody stated, so that nobody in a wheelchair rings round in vain. Empty: not known.
    access_stated_on = models.DateField("access stated on", null=True, blank=True)
    steps = models.PositiveSmallIntegerField(
        "steps at the way in", null=True, blank=True, help_text="0 for a step-free way in."
    )
    inside = models.CharField("way to the rooms", max_length=10, choices=Inside, blank=True)
    door_cm = models.PositiveSmallIntegerField(
        "narrowest door (cm)",
        null=True,
        blank=True,
        validators=[MinValueValidator(40), MaxValueValidator(300)],
        help_text="The clear width of the narrowest door on the way to the treatment room.",
    )
    parking = models.CharField(max_length=10, choices=Parking, blank=True)
    parking_metres = models.PositiveSmallIntegerField(
        "from the parking to the door (m)", null=True, blank=True, validators=[MaxValueValidator(2000)]
    )
    hoist = models.BooleanField(null=True, blank=True)
    hearing_loop = models.BooleanField(null=True, blank=True)
    quiet_room = models.BooleanField("quiet room to wait in", null=True, blank=True)
    access_note = models.CharField(
        "more on access", max_length=250, blank=True, help_text="Such as: ring the bell at the side door."
    )

    sample = models.BooleanField("sample listing", default=False, editable=False)
    history = HistoricalRecords()

    class Meta:
        ordering = ["name", "postcode"]
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude__isnull=False, longitude__isnull=False),
                name="clinic_has_a_point",
                violation_error_message="Enter a postcode that we hold, or set the pin by hand.",
            ),
            models.CheckConstraint(
                condition=Q(access_stated_on__isnull=False)
                | Q(
                    steps__isnull=True,
                    inside="",
                    door_cm__isnull=True,
                    parking="",
                    parking_metres__isnull=True,
                    hoist__isnull=True,
                    hearing_loop__isnull=True,
                    quiet_room__isnull=True,
                ),
                name="access_facts_have_a_date",
                violation_error_message="Say on which day the facts about access were stated.",
            ),
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
        if self.access_stated_on and self.access_stated_on > timezone.localdate():
            raise ValidationError(
                {"access_stated_on": "That day is still to come. Enter when the facts were stated."}
            )
        if self.pin_by_hand:
            if self.latitude is None or self.longitude is None:
                raise ValidationError(
                    {"pin_by_hand": "Enter both the latitude and the longitude of the pin."}
                )
            self.postcode = self.postcode.strip().upper()
        elif self.postcode:
            settle_point(self, "postcode", "latitude", "longitude", pin_by_hand=False)

    @property
    def is_wheelchair_accessible(self) -> bool:
        """As far as was stated: no step, a level way or a lift, and no door narrower than 75 cm.

        75 cm is the least clear width of Approved Document M (2015 edition, table 1.1) for a door met
        head on; most wheelchairs are 60 to 70 cm wide.
        """
        level = self.inside in {Inside.LEVEL, Inside.LIFT}
        return self.steps == 0 and level and (self.door_cm or 0) >= WHEELCHAIR_DOOR_CM

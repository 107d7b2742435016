"""When somebody can be booked: the rules that free times are worked out from."""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q

from bookings.bank_holidays import Jurisdiction
from bookings.slots import MIDNIGHT, Hours
from bookings.slots import Place as SlotPlace
from directory.models import Clinic, Physiotherapist

MOST_DAYS_AHEAD = 365


class Kind(models.TextChoices):
    FIRST = "first", "First assessment"
    FOLLOW_UP = "follow-up", "Follow-up"
    ONLINE = "online", "Online appointment"


class Where(models.TextChoices):
    CLINIC = "clinic", "At a clinic"
    HOME = "home", "At the patient's home"
    ONLINE = "online", "Online"


class Weekday(models.IntegerChoices):
    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


class Diary(models.Model):
    physiotherapist = models.OneToOneField(
        Physiotherapist,
        on_delete=models.CASCADE,
        related_name="diary",
        error_messages={
            "unique": "There is a diary of this physiotherapist already, and each has one. Change that one; "
            "or if two people are to be merged, delete one of the two diaries first. Appointments stay."
        },
    )
    is_open = models.BooleanField(
        "takes bookings", default=True, help_text="Without it, nobody can book a new appointment here."
    )
    bank_holidays = models.CharField(
        "closed on the bank holidays of",
        max_length=20,
        choices=Jurisdiction,
        blank=True,
        help_text="Leave empty for somebody who works on bank holidays.",
    )
    notice_hours = models.PositiveSmallIntegerField(
        "notice needed (hours)",
        default=12,
        validators=[MaxValueValidator(24 * 28)],
        help_text="A time that begins sooner than this cannot be booked.",
    )
    days_ahead = models.PositiveSmallIntegerField(
        "how far ahead (days)",
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS_AHEAD)],
    )
    change_hours = models.PositiveSmallIntegerField(
        "may cancel or move until (hours before)",
        default=24,
        validators=[MaxValueValidator(24 * 28)],
        help_text="After that, the patient is asked to telephone.",
    )
    reminders = models.BooleanField(
        "reminders to the physiotherapist too",
        default=True,
        help_text="Patients are always reminded, 7 days and 48 hours before.",
    )
    updated_at = models.DateTimeField(auto_now=True)
    # When the next free times that are held were last worked out, also where there are none.
    refreshed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name_plural = "diaries"
        ordering = ["physiotherapist__name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(days_ahead__gte=1, days_ahead__lte=MOST_DAYS_AHEAD),
                name="diary_is_open_a_day_to_a_year_ahead",
                violation_error_message=f"Patients can book from 1 to {MOST_DAYS_AHEAD} days ahead.",
            )
        ]

    def __str__(self) -> str:
        return f"Diary of {self.physiotherapist}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        # With the next free times, which a signal works out anew.
        with transaction.atomic():
            super().save(*args, **kwargs)


class InDiary(models.Model):
    """A rule or an exception of one diary. What is held for speed is made anew with each change of one."""

    diary: models.ForeignKey

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        # With the next free times, which a signal works out anew.
        with transaction.atomic():
            super().save(*args, **kwargs)


class Offer(InDiary):
    """A kind of appointment that somebody gives."""

    diary = models.ForeignKey(Diary, on_delete=models.CASCADE, related_name="offers")
    kind = models.CharField(max_length=10, choices=Kind)
    minutes = models.PositiveSmallIntegerField(
        "length (minutes)", validators=[MinValueValidator(5), MaxValueValidator(480)]
    )
    break_minutes = models.PositiveSmallIntegerField(
        "break after it (minutes)",
        default=0,
        validators=[MaxValueValidator(240)],
        help_text="For notes, or for the way to the next home.",
    )
    price = models.DecimalField(
        "price (£)",
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="Leave empty for the fee on the profile.",
    )

    class Meta:
        verbose_name = "kind of appointment"
        verbose_name_plural = "kinds of appointment"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["diary", "kind"], name="one_offer_of_a_kind"),
            models.CheckConstraint(
                condition=Q(minutes__gte=5, minutes__lte=480),
                name="offer_lasts_5_minutes_to_8_hours",
                violation_error_message="An appointment lasts 5 minutes to 8 hours.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.minutes} minutes"

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    @property
    def gap(self) -> timedelta:
        return timedelta(minutes=self.break_minutes)


class WorkingHours(InDiary):
    """Hours of every week."""

    diary = models.ForeignKey(Diary, on_delete=models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField("day", choices=Weekday)
    starts = models.TimeField("from")
    ends = models.TimeField("to", help_text="00:00 is the end of the day.")
    where = models.CharField(max_length=10, choices=Where, default=Where.CLINIC)
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    online_too = models.BooleanField("online too", default=False)
    valid_from = models.DateField("valid from", null=True, blank=True)
    valid_until = models.DateField("valid to", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "working hours"
        ordering = ["weekday", "starts", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")) | Q(ends=MIDNIGHT),
                name="hours_end_after_they_start",
                violation_error_message="The hours end before they start. Enter hours over midnight as two.",
            ),
            models.CheckConstraint(
                condition=Q(where=Where.CLINIC, clinic__isnull=False)
                | (~Q(where=Where.CLINIC) & Q(clinic__isnull=True)),
                name="hours_at_a_clinic_name_it",
                violation_error_message="Choose the clinic for hours at a clinic, and only for those.",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="hours_are_valid_for_a_day_or_more",
                violation_error_message="The last day is before the first.",
            ),
        ]

    def __str__(self) -> str:
        at = self.clinic.name if self.clinic else self.get_where_display()
        return f"{self.get_weekday_display()} {self.starts:%H:%M} to {self.ends:%H:%M}, {at}"

    @property
    def as_rule(self) -> Hours:
        return Hours(
            self.weekday,
            self.starts,
            self.ends,
            SlotPlace(self.where, self.clinic_id),
            self.online_too or self.where == Where.ONLINE,
            self.valid_from,
            self.valid_until,
        )

    def meets(self, other: "WorkingHours") -> bool:
        """Whether the two claim the same time of some day for two places."""
        if self.weekday != other.weekday or (self.where, self.clinic_id) == (other.where, other.clinic_id):
            return False
        first = max(self.valid_from or date.min, other.valid_from or date.min)
        last = min(self.valid_until or date.max, other.valid_until or date.max)
        starts = max(self.starts, other.starts)
        ends = [hours.ends for hours in (self, other) if hours.ends != MIDNIGHT]
        return first <= last and all(starts < end for end in ends)


class TimeOff(InDiary):
    diary = models.ForeignKey(Diary, on_delete=models.CASCADE, related_name="time_off")
    starts = models.DateTimeField("from")
    ends = models.DateTimeField("to")
    note = models.CharField(max_length=120, blank=True, help_text="For editors only.")

    class Meta:
        verbose_name = verbose_name_plural = "time off"
        ordering = ["starts", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="time_off_ends_after_it_starts",
                violation_error_message="The time off ends before it starts.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.starts:%d.%m.%Y %H:%M} to {self.ends:%d.%m.%Y %H:%M}"

    def clean(self) -> None:
        if self.starts and self.ends and self.ends - self.starts > timedelta(days=MOST_DAYS_AHEAD * 3):
            raise ValidationError({"ends": "Time off of more than three years: close the diary instead."})

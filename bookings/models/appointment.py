"""An appointment, from the moment that a time is held for somebody until nothing of a person is left."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from bookings.encryption import EncryptedTextField
from bookings.models.diary import Kind, Where
from bookings.slots import Place, Span
from directory.models import Clinic, Physiotherapist

# What an appointment knows of its patient, all of which is erased.
PERSONAL = ("name", "email", "phone", "address", "reason")


class State(models.TextChoices):
    HELD = "held", "Held while details are typed"
    LAPSED = "lapsed", "Not booked in time"
    BOOKED = "booked", "Booked"
    CANCELLED = "cancelled", "Cancelled"
    NO_SHOW = "no-show", "Did not come"


# Those whose time is taken; the database refuses that two of one physiotherapist overlap.
TAKEN = (State.HELD, State.BOOKED, State.NO_SHOW)


class Actor(models.TextChoices):
    PATIENT = "patient", "Patient"
    PHYSIOTHERAPIST = "physiotherapist", "Physiotherapist"
    EDITOR = "editor", "Editor"
    SITE = "site", "The site"


def protect_but_for_samples(collector: Any, field: Any, rows: Any, using: str) -> None:
    """Who has appointments is not deleted, but for invented people, whose appointments go with them."""
    is_sample = {f"{field.name}__sample": True}
    models.CASCADE(collector, field, rows.filter(**is_sample), using)
    if (real := rows.exclude(**is_sample)).exists():
        models.PROTECT(collector, field, real, using)


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def made(self) -> Self:
        """Those that somebody booked, whatever became of them."""
        return self.exclude(state__in=[State.HELD, State.LAPSED])

    def taking_time(self, now: datetime) -> Self:
        """Those whose times are not free, of which a held one is only until its hold ends."""
        return self.filter(state__in=TAKEN).exclude(state=State.HELD, held_until__lte=now)

    def open(self, now: datetime) -> Self:
        return self.filter(state=State.BOOKED, starts__gt=now)


class Appointment(models.Model):
    """``key`` is what tokens are made of, and the UID of its calendar entry."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    physiotherapist = models.ForeignKey(
        Physiotherapist, on_delete=protect_but_for_samples, related_name="appointments"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    where = models.CharField(max_length=10, choices=Where)
    clinic = models.ForeignKey(
        Clinic, on_delete=protect_but_for_samples, null=True, blank=True, related_name="appointments"
    )
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    busy_until = models.DateTimeField("end of the break after it")
    state = models.CharField(max_length=10, choices=State, default=State.HELD)
    held_until = models.DateTimeField(null=True, blank=True, editable=False)
    price = models.DecimalField("price (£)", max_digits=6, decimal_places=2, null=True, blank=True)
    change_until = models.DateTimeField(
        "may be cancelled or moved online until", null=True, blank=True, editable=False
    )

    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField("e-mail", blank=True)
    phone = models.CharField("telephone", max_length=20, blank=True)
    address = models.TextField("address for the visit", max_length=300, blank=True)
    reason = EncryptedTextField("reason, in the patient's words", blank=True)
    consented_at = models.DateTimeField(null=True, blank=True, editable=False)

    # Rises with each change that a calendar must take over.
    sequence = models.PositiveIntegerField(default=0, editable=False)
    cancelled_by = models.CharField(max_length=20, choices=Actor, blank=True, editable=False)
    cancel_reason = models.CharField("reason told to the patient", max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    booked_at = models.DateTimeField(null=True, blank=True, editable=False)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["starts", "pk"]
        indexes = [
            models.Index(fields=["physiotherapist", "busy_until"], name="appointment_of_whom_until"),
            models.Index(fields=["email"], name="appointment_email"),
            models.Index(fields=["state", "starts"], name="appointment_state_starts"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts"), busy_until__gte=F("ends")),
                name="appointment_ends_after_it_starts",
                violation_error_message="The appointment ends before it starts.",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.HELD) | Q(held_until__isnull=False),
                name="held_appointment_is_held_until_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.HELD, State.LAPSED])
                | Q(**dict.fromkeys(("name", "email", "phone", "address", "reason"), "")),
                name="nobody_is_named_before_they_book",
            ),
            models.CheckConstraint(
                condition=Q(where=Where.CLINIC, clinic__isnull=False)
                | (~Q(where=Where.CLINIC) & Q(clinic__isnull=True)),
                name="appointment_at_a_clinic_names_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.starts):%d %b %Y %H:%M}, {self.physiotherapist}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.lower()
        # With the next free times, which a signal works out anew.
        with transaction.atomic():
            super().save(*args, **kwargs)

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """And the one that only the databases know, in words."""
        super().validate_constraints(exclude)
        if self.state in TAKEN:
            others = Appointment.objects.filter(physiotherapist=self.physiotherapist_id, state__in=TAKEN)
            others = others.filter(starts__lt=self.busy_until, busy_until__gt=self.starts)
            if other := others.exclude(pk=self.pk).first():
                raise ValidationError(f"At that time there is another appointment: {other}.")

    @property
    def place(self) -> Place:
        return Place(self.where, self.clinic_id)

    @property
    def span(self) -> Span:
        return Span(self.starts, self.busy_until)

    @property
    def is_open(self) -> bool:
        return self.state == State.BOOKED and self.starts > timezone.now()

    @property
    def may_be_changed(self) -> bool:
        """By the patient, on the site."""
        return self.is_open and self.change_until is not None and timezone.now() <= self.change_until


class AppointmentEvent(models.Model):
    """What was done to an appointment, by whom and when; no word of the patient's."""

    class What(models.TextChoices):
        BOOKED = "booked"
        MOVED = "moved"
        CANCELLED = "cancelled"
        NO_SHOW = "no-show", "Did not come"
        CAME = "came", "Did come after all"
        CHANGED = "changed", "Details changed"
        ERASED = "erased", "Details erased"

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    what = models.CharField(max_length=10, choices=What)
    by = models.CharField(max_length=20, choices=Actor)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    detail = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_what_display()} by {self.user or self.get_by_display()}"

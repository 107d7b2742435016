"""What is held about one e-mail address, and erasing it so that what remains is about nobody."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from post_office.models import STATUS, Email

from bookings.booking import cancel, locked
from bookings.models import PERSONAL, Appointment, AppointmentEvent, AppointmentMail, State
from directory.models import Physiotherapist

WAITING = [STATUS.queued, STATUS.requeued]


class Holdings(NamedTuple):
    """``mails`` are those of the outbox to the address, and those about its appointments to anybody.
    ``listings`` have it as their own, and are for the directory's editors to change."""

    email: str
    appointments: list[Appointment]
    mails: list[Email]
    listings: list[Physiotherapist]


def held_about(email: str) -> Holdings:
    """With whatever capitals it is written."""
    appointments = _appointments_of(email).select_related("physiotherapist", "clinic")
    about_theirs = Q(about_appointment__appointment__in=_appointments_of(email))
    mails = Email.objects.filter(Q(to__iexact=email.strip()) | about_theirs)
    listings = Physiotherapist.objects.filter(email__iexact=email.strip())
    return Holdings(
        email,
        list(appointments),
        list(mails.select_related("about_appointment__appointment").order_by("created", "pk")),
        list(listings),
    )


def erase_all(email: str, now: datetime, by: str, user: User | None = None) -> int:
    """Returns how many appointments were erased. Mails to the address go too, but for those that a
    physiotherapist gets as such, which are about appointments of others."""
    number = erase(_appointments_of(email), now, by, user)
    as_such = AppointmentMail.objects.filter(to=AppointmentMail.To.PHYSIOTHERAPIST)
    Email.objects.filter(to__iexact=email.strip()).exclude(about_appointment__in=as_such).delete()
    return number


def erase(appointments: Iterable[Appointment], now: datetime, by: str, user: User | None = None) -> int:
    """Empty all that is about their patients; returns in how many. Those that were never booked, or were
    erased before, stay as they are.

    One that is still to come is cancelled first. Its physiotherapist gets a mail, which names nobody; its
    patient gets none, as their address is gone.
    """
    return sum(_erase(pk, now, by, user) for pk in [appointment.pk for appointment in appointments])


def _erase(pk: int, now: datetime, by: str, user: User | None) -> bool:
    with transaction.atomic():
        appointment = locked(pk)
        if appointment.erased_at or appointment.state in {State.HELD, State.LAPSED}:
            return False
        if appointment.state == State.BOOKED and appointment.starts > now:
            appointment = cancel(pk, by, now, user)
        for field in PERSONAL:
            setattr(appointment, field, "")
        # Written to the patient, perhaps with their name.
        appointment.cancel_reason = ""
        appointment.erased_at = now
        appointment.save()
        appointment.events.create(what=AppointmentEvent.What.ERASED, by=by, user=user, at=now)
        mails = Email.objects.filter(about_appointment__appointment=appointment)
        if appointment.ends > now:
            # A physiotherapist who was not told yet is told still.
            mails = mails.exclude(
                about_appointment__to=AppointmentMail.To.PHYSIOTHERAPIST, status__in=WAITING
            )
        mails.delete()
    return True


def _appointments_of(email: str) -> QuerySet[Appointment]:
    return Appointment.objects.made().filter(email=email.strip().lower())

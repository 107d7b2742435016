"""Addresses that only whoever was given them knows: a signed key, and nothing about anybody.

Django's signer, so a key of the site (SECRET_KEY) can be changed with SECRET_KEY_FALLBACKS.
"""

from datetime import date
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from bookings.models import Appointment
from directory.models import Physiotherapist

_BOOKING, _APPOINTMENT, _DAY = (f"bookings.{name}" for name in ("booking", "appointment", "day"))


def booking_token(appointment: Appointment) -> str:
    """For the steps of booking a time that is held."""
    return Signer(salt=_BOOKING).sign(appointment.key.hex)


def read_booking_token(token: str) -> UUID | None:
    """None where it is not one of ours."""
    return _key(token, _BOOKING)


def appointment_token(appointment: Appointment) -> str:
    """For the patient's page."""
    return Signer(salt=_APPOINTMENT).sign(appointment.key.hex)


def read_appointment_token(token: str) -> UUID | None:
    return _key(token, _APPOINTMENT)


def day_token(physiotherapist: int, day: date) -> str:
    """For the physiotherapist's page of one day."""
    return Signer(salt=_DAY).sign(f"{physiotherapist}-{day:%Y%m%d}")


def read_day_token(token: str) -> tuple[int, date] | None:
    try:
        person, _, day = Signer(salt=_DAY).unsign(token).partition("-")
    except BadSignature:
        return None
    return int(person), date(int(day[:4]), int(day[4:6]), int(day[6:]))


def appointment_address(appointment: Appointment) -> str:
    """Whole, as mails need it."""
    return settings.SITE_URL + reverse("bookings:appointment", args=[appointment_token(appointment)])


def booking_address(person: Physiotherapist) -> str:
    return settings.SITE_URL + reverse("bookings:times", args=[person.slug])


def day_address(physiotherapist: int, day: date) -> str:
    return settings.SITE_URL + reverse("bookings:day", args=[day_token(physiotherapist, day)])


def _key(token: str, salt: str) -> UUID | None:
    try:
        return UUID(hex=Signer(salt=salt).unsign(token))
    except (BadSignature, ValueError):
        return None

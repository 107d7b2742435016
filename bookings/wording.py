"""Times, places and prices as pages say them."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from bookings.models import Appointment, Where
from bookings.slots import LOCAL, Place
from directory.facts import pounds
from directory.models import Clinic


def day_in_words(day: date, now: datetime) -> str:
    """Such as: Tomorrow, Tuesday 24 November. With the year where it is not this one."""
    today = now.astimezone(LOCAL).date()
    near = {today: "Today, ", today + timedelta(days=1): "Tomorrow, "}.get(day, "")
    year = f" {day.year}" if day.year != today.year else ""
    return f"{near}{day:%A} {day.day} {day:%B}{year}"


def time_in_words(moment: datetime, now: datetime | None = None) -> str:
    """Such as: Tomorrow, Tuesday 24 November at 10:20."""
    local = moment.astimezone(LOCAL)
    return f"{day_in_words(local.date(), now or timezone.now())} at {local:%H:%M}"


def hour_of(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%H:%M}"


def soonest_in_words(moment: datetime, now: datetime) -> str:
    """Short, for a card: Tomorrow, Tuesday 10:20; farther off: Tuesday 1 December 10:20."""
    local = moment.astimezone(LOCAL)
    today = now.astimezone(LOCAL).date()
    days = (local.date() - today).days
    if days < 7:
        near = {0: "Today, ", 1: "Tomorrow, "}.get(days, "")
        return f"{near}{local:%A} {local:%H:%M}"
    return f"{day_in_words(local.date(), now)} {local:%H:%M}"


def place_of(place: Place, clinics: dict[int, Clinic]) -> str:
    if place.clinic_id is not None:
        clinic = clinics.get(place.clinic_id)
        return f"{clinic.name}, {clinic.postcode}" if clinic else "At a clinic"
    return {Where.HOME: "At your home", Where.ONLINE: "Online"}[Where(place.where)]


def place_briefly(place: Place) -> str:
    """For a card or a line, where a clinic goes without saying."""
    return {Where.HOME: "at your home", Where.ONLINE: "online", Where.CLINIC: ""}[Where(place.where)]


def place_of_appointment(appointment: Appointment) -> str:
    """For the patient."""
    if appointment.clinic:
        clinic = appointment.clinic
        return f"{clinic.name}, {clinic.address}, {clinic.postcode}"
    return "At your home" if appointment.where == Where.HOME else "Online"


def price_in_words(price: Decimal | None) -> str:
    return "Not stated. Ask before you go." if price is None else pounds(price)

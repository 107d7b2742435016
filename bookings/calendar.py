"""The calendar entry (iCalendar, RFC 5545 and 5546) that goes with a mail, by the library icalendar."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Calendar, Event, vCalAddress, vText

from bookings.models import Appointment, State, Where


def calendar_entry(appointment: Appointment, now: datetime, title: str, address: str, recipient: str) -> str:
    """The appointment as it is now: its UID stays, its SEQUENCE rises with each change, and a cancelled
    one takes the entry away. It tells nobody more than their own mail does."""
    is_cancelled = appointment.state == State.CANCELLED
    event = Event()
    event.add("uid", f"{appointment.key}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", appointment.starts.astimezone(UTC))
    event.add("dtend", appointment.ends.astimezone(UTC))
    event.add("summary", title)
    event.add("location", place_in_words(appointment))
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    event.add("url", address)
    event.add("organizer", vCalAddress(f"mailto:{settings.DEFAULT_FROM_EMAIL}"))
    attendee = vCalAddress(f"mailto:{recipient}")
    # Nobody is asked to answer.
    attendee.params |= {"PARTSTAT": vText("ACCEPTED"), "RSVP": vText("FALSE")}
    event.add("attendee", attendee)
    calendar = Calendar()
    calendar.add("prodid", "-//The Physiotherapy Site//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", vText("CANCEL" if is_cancelled else "REQUEST"))
    calendar.add_component(event)
    return calendar.to_ical().decode()


def place_in_words(appointment: Appointment) -> str:
    if appointment.where == Where.CLINIC and appointment.clinic:
        clinic = appointment.clinic
        return f"{clinic.name}, {clinic.address}, {clinic.postcode}"
    return "At the patient's home" if appointment.where == Where.HOME else "Online"

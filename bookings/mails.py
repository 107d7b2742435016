"""The mails about an appointment, written to the outbox in the transaction of what they tell.

The outbox is django-post-office's; ``sending`` empties it. The HTML of a mail is its text, marked up.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from post_office import mail

from bookings.calendar import calendar_entry, place_in_words
from bookings.diaries import lock_diary, nearest_slots, open_diary
from bookings.models import Actor, Appointment, AppointmentEvent, AppointmentMail, State
from bookings.slots import LOCAL, Slot
from bookings.tokens import appointment_address, booking_address, day_address

About, To = AppointmentMail.About, AppointmentMail.To

# By what it is about and to whom. Neither a name nor anything about health is in a subject.
SUBJECTS = {
    (About.BOOKED, To.PATIENT): "Your appointment on {when} is booked",
    (About.MOVED, To.PATIENT): "Your appointment is moved to {when}",
    (About.CANCELLED, To.PATIENT): "Your appointment on {when} is cancelled",
    (About.WEEK_BEFORE, To.PATIENT): "Your appointment is in a week, on {when}",
    (About.HOURS_BEFORE, To.PATIENT): "Your appointment is soon, on {when}",
    (About.BOOKED, To.PHYSIOTHERAPIST): "New appointment on {when}",
    (About.MOVED, To.PHYSIOTHERAPIST): "Appointment moved to {when}",
    (About.CANCELLED, To.PHYSIOTHERAPIST): "Appointment on {when} cancelled",
    (About.WEEK_BEFORE, To.PHYSIOTHERAPIST): "Appointment in a week, on {when}",
    (About.HOURS_BEFORE, To.PHYSIOTHERAPIST): "Appointment soon, on {when}",
}
# How long before the start, with the reminder that is due from then on.
REMINDERS = {About.WEEK_BEFORE: timedelta(days=7), About.HOURS_BEFORE: timedelta(hours=48)}


def write_mails(appointment: Appointment, about: str, now: datetime, only: str = "") -> None:
    """To the patient and to the physiotherapist, each as far as their address is known; or to one alone."""
    person = appointment.physiotherapist
    # A diary may be deleted, and the appointments that were made in it stay.
    diary = getattr(person, "diary", None)
    recipients = {To.PATIENT: appointment.email, To.PHYSIOTHERAPIST: person.email}
    if about in REMINDERS and diary and not diary.reminders:
        del recipients[To.PHYSIOTHERAPIST]
    for to, recipient in recipients.items():
        if recipient and only in {"", to}:
            _write(appointment, about, to, recipient, now)


def write_reminders(now: datetime) -> int:
    """Those that are due and not written yet; returns how many appointments had one.

    Not for what was booked when the reminder's time had come already, nor twice for one time of an
    appointment, however often and in however many processes this runs at once.
    """
    number = 0
    for about, before in REMINDERS.items():
        due = Appointment.objects.filter(state=State.BOOKED, starts__gt=now, starts__lte=now + before)
        for appointment in due.select_related("physiotherapist__diary", "clinic").order_by("starts"):
            number += _remind(appointment, about, before, now)
    return number


def _write(appointment: Appointment, about: str, to: str, recipient: str, now: datetime) -> None:
    subject = SUBJECTS[About(about), To(to)].format(when=when(appointment.starts))
    is_patient = to == To.PATIENT
    day = appointment.starts.astimezone(LOCAL).date()
    address = (
        appointment_address(appointment) if is_patient else day_address(appointment.physiotherapist_id, day)
    )
    context = {
        "appointment": appointment,
        "person": appointment.physiotherapist,
        "about": str(about),
        "when": when(appointment.starts),
        "place": place_in_words(appointment),
        "address": address,
        "until": appointment.change_until and when(appointment.change_until),
        "again": booking_address(appointment.physiotherapist),
        "nearest": [when(slot.starts) for slot in _instead(appointment, now)],
        "site": settings.SITE_URL,
    }
    text = render_to_string(f"bookings/mails/{to}.txt", context).strip() + "\n"
    email = mail.send(
        recipient,
        settings.DEFAULT_FROM_EMAIL,
        # The library takes them for templates, and what somebody typed must not be one.
        subject="{{ subject|safe }}",
        message="{{ text|safe }}",
        html_message="{{ html|safe }}",
        context={
            "subject": subject,
            "text": text,
            "html": render_to_string("bookings/mails/mail.html", {"text": text, "title": subject}),
        },
        headers={"Auto-Submitted": "auto-generated"},
    )
    with_whom = appointment.physiotherapist.name if is_patient else "a patient"
    AppointmentMail.objects.create(
        email=email,
        appointment=appointment,
        about=about,
        to=to,
        sequence=appointment.sequence,
        calendar=calendar_entry(appointment, now, f"Appointment with {with_whom}", address, recipient),
    )


def _instead(appointment: Appointment, now: datetime) -> list[Slot]:
    """For a patient whose appointment was cancelled by somebody else."""
    if appointment.state != State.CANCELLED or appointment.cancelled_by == Actor.PATIENT:
        return []
    opened = open_diary(appointment.physiotherapist_id, now)
    if not opened:
        return []
    # The time that was theirs is free now, and the last one to offer.
    opened = opened._replace(busy=sorted([*opened.busy, appointment.span]))
    return nearest_slots(opened, appointment.kind, appointment.where, appointment.starts, now)


def _remind(appointment: Appointment, about: str, before: timedelta, now: datetime) -> bool:
    told = AppointmentEvent.objects.filter(
        appointment=appointment, what__in=[AppointmentEvent.What.BOOKED, AppointmentEvent.What.MOVED]
    )
    last = told.order_by("-at").values_list("at", flat=True).first()
    if last is None or last > appointment.starts - before:
        return False
    with transaction.atomic():
        lock_diary(appointment.physiotherapist_id)
        current = Appointment.objects.filter(
            pk=appointment.pk, state=State.BOOKED, sequence=appointment.sequence
        )
        written = AppointmentMail.objects.filter(
            appointment=appointment, about=about, sequence=appointment.sequence
        )
        if not current.exists() or written.exists():
            return False
        write_mails(appointment, about, now)
    return True


def when(moment: datetime) -> str:
    """Such as: Tuesday 24 November 2026 at 10:20."""
    local = moment.astimezone(LOCAL)
    return f"{local:%A} {local.day} {local:%B %Y} at {local:%H:%M}"

"""The mails about an appointment, written to the outbox in the transaction of what they tell.

The outbox is django-post-office's; ``sending`` empties it. The HTML of a mail is its text, marked up.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Subquery
from django.template.loader import render_to_string
from django.urls import reverse
from post_office import mail

from bookings.calendar import calendar_entry, place_in_words
from bookings.diaries import is_listed, lock_diary, nearest_slots, open_diary
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
# How long before the start each reminder is due, and how long it stays true: "in a week" for a day, should
# nobody have written it in time.
REMINDERS: dict[str, tuple[timedelta, timedelta]] = {
    About.WEEK_BEFORE: (timedelta(days=7), timedelta(days=1)),
    About.HOURS_BEFORE: (timedelta(hours=48), timedelta(hours=48)),
}


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
    return sum(_remind(pk, about, now) for about in REMINDERS for pk in _to_remind(about, now))


def _to_remind(about: str, now: datetime) -> list[int]:
    before, lasts = REMINDERS[about]
    told = AppointmentEvent.objects.filter(
        appointment=OuterRef("pk"), what__in=[AppointmentEvent.What.BOOKED, AppointmentEvent.What.MOVED]
    )
    written = AppointmentMail.objects.filter(
        appointment=OuterRef("pk"), about=about, sequence=OuterRef("sequence")
    )
    due = Appointment.objects.filter(
        state=State.BOOKED,
        starts__gt=now,
        starts__gte=now + before - lasts,
        starts__lte=now + before,
    ).annotate(told_at=Subquery(told.order_by("-at").values("at")[:1]))
    late = due.filter(told_at__lte=F("starts") - before).exclude(Exists(written))
    return list(late.order_by("starts").values_list("pk", flat=True))


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
        "until": when(until) if (until := appointment.change_until) and until > now else "",
        "phone": _phone_of(appointment),
        "again": _where_to_book(appointment),
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
    if not is_listed(appointment.physiotherapist_id):
        return []
    opened = open_diary(appointment.physiotherapist_id, now)
    if not opened:
        return []
    # The time that was theirs is free now, and the last one to offer.
    opened = opened._replace(busy=sorted([*opened.busy, appointment.span]))
    return nearest_slots(opened, appointment.kind, appointment.where, appointment.starts, now)


def _where_to_book(appointment: Appointment) -> str:
    """The same person's times for the same kind; somebody else's where they can be booked no more."""
    if not is_listed(appointment.physiotherapist_id):
        return settings.SITE_URL + reverse("directory:search")
    return f"{booking_address(appointment.physiotherapist)}?kind={appointment.kind}"


def _phone_of(appointment: Appointment) -> str:
    """Their own number, or that of the clinic where the appointment is."""
    clinic = appointment.clinic
    return appointment.physiotherapist.phone or (clinic.phone if clinic else "")


def _remind(pk: int, about: str, now: datetime) -> bool:
    """As the appointment is by now: somebody may have moved it, or corrected the address, a moment ago."""
    with transaction.atomic():
        person = Appointment.objects.filter(pk=pk).values_list("physiotherapist", flat=True).first()
        if person is None:
            return False
        lock_diary(person)
        if pk not in _to_remind(about, now):
            return False
        appointment = Appointment.objects.select_related("physiotherapist__diary", "clinic").get(pk=pk)
        write_mails(appointment, about, now)
    return True


def when(moment: datetime) -> str:
    """Such as: Tuesday 24 November 2026 at 10:20."""
    local = moment.astimezone(LOCAL)
    return f"{local:%A} {local.day} {local:%B %Y} at {local:%H:%M}"

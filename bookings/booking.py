"""Holding, booking, moving and cancelling: each one transaction, in which the database decides who wins.

Whether a time is on offer is looked up before the transaction, and may be out of date by then. What makes
sure that two people never have one time is the constraint alone (migration 0002). The diary's row is
locked first of all, so that on PostgreSQL nobody waits for each other in a circle.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from post_office.models import Email

from bookings.diaries import Opened, is_listed, lock_diary, nearest_slots, offered_slot, open_diary
from bookings.limits import has_enough_open, wait_for_email
from bookings.mails import write_mails
from bookings.models import Actor, Appointment, AppointmentEvent, AppointmentMail, Diary, Offer, State, Where
from bookings.slots import LOCAL, Slot
from directory.models import Physiotherapist

HOLD = timedelta(minutes=10)
What = AppointmentEvent.What
About = AppointmentMail.About


class SlotGoneError(Exception):
    """The time cannot be had. ``nearest`` are the free times that are least far from it, at most three."""

    def __init__(self, nearest: list[Slot]) -> None:
        super().__init__("That time cannot be had any more.")
        self.nearest = nearest


class EnoughOpenError(Exception):
    """There are as many appointments to come for this e-mail address as one may have."""


class NotOpenError(Exception):
    """The appointment is over, cancelled, or too near to be changed by whoever asks."""


@dataclass(frozen=True)
class Details:
    """Of the patient. ``address`` is for a home visit only."""

    name: str
    email: str
    phone: str
    address: str = ""
    reason: str = ""


def hold(
    person: Physiotherapist,
    kind: str,
    starts: datetime,
    now: datetime,
    where: str = "",
    opened: Opened | None = None,
    key: UUID | None = None,
) -> Appointment:
    """Keep a time for somebody while they type. Raises SlotGoneError; ``where`` is for what it offers.

    ``opened``: the diary, where it was read just now. ``key``: by which it is known, if not by a new one."""
    opened = opened or open_diary(person.pk, now)
    slot = opened and offered_slot(opened, kind, starts, now)
    if not opened or not slot:
        raise _gone(opened, kind, where, starts, now)
    held = Appointment(
        physiotherapist=person,
        kind=kind,
        where=slot.place.where,
        clinic_id=slot.place.clinic_id,
        created_at=now,
        held_until=now + HOLD,
        **({"key": key} if key else {}),
    )
    return _take(held, slot, opened, now)


def book(key: UUID, details: Details, now: datetime) -> Appointment:
    """Make what was held an appointment, with its mails; whoever comes back with the key gets the same one.

    A hold that has ended is good for as long as nobody else has the time. Raises Appointment.DoesNotExist,
    SlotGoneError and EnoughOpenError.
    """
    asked = Appointment.objects.select_related("physiotherapist").get(key=key)
    if asked.state not in {State.HELD, State.LAPSED}:
        return asked
    opened = open_diary(asked.physiotherapist_id, now, without=asked.pk)
    may_be_booked = is_listed(asked.physiotherapist_id)
    earliest = None
    if opened and asked.state == State.HELD and asked.held_until and now < asked.held_until:
        # The notice was kept when the time was chosen.
        earliest = max(now, asked.created_at + timedelta(hours=opened.diary.notice_hours))
    slot = opened and offered_slot(opened, asked.kind, asked.starts, now, earliest)
    if not opened or not slot or slot.place != asked.place or not may_be_booked:
        raise _gone(opened if may_be_booked else None, asked.kind, asked.where, asked.starts, now)
    with transaction.atomic():
        wait_for_email(details.email)
        appointment = locked(asked.pk)
        if appointment.state not in {State.HELD, State.LAPSED}:
            return appointment
        if has_enough_open(details.email, now):
            raise EnoughOpenError
        appointment.state = State.BOOKED
        appointment.held_until = None
        appointment.booked_at = appointment.consented_at = now
        appointment.price = price_of(appointment, opened)
        for name, value in vars(details).items():
            setattr(appointment, name, value)
        _take(appointment, slot, opened, now)
        _note(appointment, What.BOOKED, Actor.PATIENT, now)
        write_mails(appointment, About.BOOKED, now)
    return appointment


def let_go(held: Appointment) -> None:
    """Of whoever has chosen another time: it is for others again, and theirs as long as nobody takes it."""
    Appointment.objects.filter(pk=held.pk, state=State.HELD).update(state=State.LAPSED, held_until=None)


def move(
    pk: int, slot: Slot, opened: Opened, by: str, now: datetime, user: User | None = None
) -> Appointment:
    """Give an appointment another time, or leave it as it was. ``slot`` is one that ``opened`` offers.

    Moved to the time that it has already, it stays untouched. Raises SlotGoneError and NotOpenError.
    """
    with transaction.atomic():
        appointment = locked(pk)
        if (appointment.starts, appointment.place) == (slot.starts, slot.place):
            return appointment
        if appointment.state != State.BOOKED or appointment.starts <= now:
            raise NotOpenError
        before = appointment.starts
        appointment.where, appointment.clinic_id = slot.place
        appointment.sequence += 1
        _take(appointment, slot, opened, now)
        _note(appointment, What.MOVED, by, now, user, f"From {_told(before)} to {_told(slot.starts)}")
        write_mails(appointment, About.MOVED, now)
    return appointment


def cancel(pk: int, by: str, now: datetime, user: User | None = None, reason: str = "") -> Appointment:
    """Cancelled again, it stays as it was. Raises NotOpenError for one that has begun."""
    with transaction.atomic():
        appointment = locked(pk)
        if appointment.state == State.CANCELLED:
            return appointment
        if appointment.state != State.BOOKED or appointment.starts <= now:
            raise NotOpenError
        appointment.state = State.CANCELLED
        appointment.cancelled_by, appointment.cancel_reason = by, reason
        appointment.sequence += 1
        appointment.save()
        if by == Actor.PHYSIOTHERAPIST:
            # Who cannot come is not there for somebody else either. An editor can open the time again.
            for diary in Diary.objects.filter(physiotherapist=appointment.physiotherapist_id):
                diary.time_off.create(
                    starts=appointment.starts, ends=appointment.ends, note="They cancelled an appointment."
                )
        _note(appointment, What.CANCELLED, by, now, user)
        write_mails(appointment, About.CANCELLED, now)
    return appointment


def mark_no_show(pk: int, came: bool, by: str, now: datetime, user: User | None = None) -> Appointment:
    """That the patient did not come, or did after all. Raises NotOpenError before the appointment begins."""
    with transaction.atomic():
        appointment = locked(pk)
        wanted = State.BOOKED if came else State.NO_SHOW
        if appointment.state == wanted:
            return appointment
        if appointment.state not in {State.BOOKED, State.NO_SHOW} or appointment.starts > now:
            raise NotOpenError
        appointment.state = wanted
        appointment.save()
        _note(appointment, What.CAME if came else What.NO_SHOW, by, now, user)
    return appointment


def change_details(
    pk: int, details: Details, by: str, now: datetime, user: User | None = None
) -> Appointment:
    """Correct what is known of the patient; the event names the fields, and none of their values.

    Under another e-mail address the patient gets the confirmation of an appointment to come, and what was
    written to the former address, perhaps that of a stranger, is deleted from the outbox. Raises
    NotOpenError for one that is erased, or was never booked.
    """
    with transaction.atomic():
        appointment = locked(pk)
        if appointment.erased_at or appointment.state in {State.HELD, State.LAPSED}:
            raise NotOpenError
        values = vars(details) | {"email": details.email.lower()}
        changed = [name for name, value in values.items() if getattr(appointment, name) != value]
        if not changed:
            return appointment
        for name in changed:
            setattr(appointment, name, values[name])
        appointment.save(update_fields=changed)
        labels = [str(Appointment._meta.get_field(name).verbose_name) for name in changed]  # type: ignore[union-attr]
        _note(appointment, What.CHANGED, by, now, user, ", ".join(labels).capitalize())
        if "email" in changed and appointment.state == State.BOOKED and appointment.starts > now:
            to_patient = {"about_appointment__to": AppointmentMail.To.PATIENT}
            Email.objects.filter(about_appointment__appointment=appointment, **to_patient).delete()
            write_mails(appointment, About.BOOKED, now, only=AppointmentMail.To.PATIENT)
    return appointment


def price_of(appointment: Appointment, opened: Opened) -> Decimal | None:
    """Pounds, or None where no price is stated; of a home visit the way is part."""
    person = opened.diary.physiotherapist
    if appointment.where == Where.HOME:
        return person.price_of_visit
    return price_of_kind(opened.offers[appointment.kind], person)


def price_of_kind(offer: Offer, person: Physiotherapist) -> Decimal | None:
    """The offer's own, or else the fee on the profile."""
    if offer.price is not None:
        return offer.price
    return {"first": person.fee_first, "follow-up": person.fee_follow_up, "online": person.fee_online}[
        offer.kind
    ]


def _take(appointment: Appointment, slot: Slot, opened: Opened, now: datetime) -> Appointment:
    """Save it with the slot's times, if the database has nobody else there. Raises SlotGoneError."""
    person = appointment.physiotherapist_id
    appointment.starts, appointment.ends, appointment.busy_until = slot[:3]
    appointment.change_until = slot.starts - timedelta(hours=opened.diary.change_hours)
    with transaction.atomic():
        lock_diary(person)
        # A hold that ended frees its time when somebody wants it; until then its holder may still book.
        ended = Appointment.objects.filter(physiotherapist=person, state=State.HELD, held_until__lte=now)
        ended.exclude(pk=appointment.pk).update(state=State.LAPSED, held_until=None)
        try:
            with transaction.atomic():
                appointment.save()
        except IntegrityError as error:
            is_twin = Appointment.objects.filter(key=appointment.key).exclude(pk=appointment.pk).exists()
            if "appointments_do_not_overlap" not in str(error) and not is_twin:
                raise
            is_taken = True
        else:
            is_taken = False
    if is_taken:
        raise _gone(open_diary(person, now), appointment.kind, slot.place.where, slot.starts, now)
    return appointment


def locked(pk: int) -> Appointment:
    """Until the transaction's end: the diary first and then the appointment, in which order everybody waits
    for them."""
    lock_diary(Appointment.objects.values_list("physiotherapist", flat=True).get(pk=pk))
    return Appointment.objects.select_for_update(of=("self",)).get(pk=pk)


def _gone(opened: Opened | None, kind: str, where: str, starts: datetime, now: datetime) -> SlotGoneError:
    return SlotGoneError(nearest_slots(opened, kind, where, starts, now) if opened else [])


def _note(
    appointment: Appointment, what: str, by: str, now: datetime, user: User | None = None, detail: str = ""
) -> None:
    appointment.events.create(what=what, by=by, user=user, at=now, detail=detail)


def _told(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%a %d %b %Y %H:%M}"

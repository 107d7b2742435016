"""Emptying the outbox. Any number may do it at once, and any of them may die at any moment.

Each mail is claimed for some minutes before it is sent and recorded just after: whoever dies in between
leaves a claim that ends by itself, and then another sends it. So a mail is sent twice only by whoever
dies between the mail server's yes and the record, and never lost. (The library's own command records a
whole batch at its end.)
"""

import logging
import smtplib
from datetime import datetime, timedelta
from typing import NamedTuple

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from post_office.models import STATUS, Email

from bookings.mails import REMINDERS
from bookings.models import AppointmentMail, State

logger = logging.getLogger(__name__)

# Longer than a mail server is waited for (EMAIL_TIMEOUT, several times over).
CLAIM = timedelta(minutes=5)
# After each failure; the last one from then on, until there is nothing to tell any more.
WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)]
GIVE_UP_AFTER = timedelta(days=1)


class Sent(NamedTuple):
    """``left_out``: what is not true any more, since the appointment was moved, cancelled or has begun."""

    sent: int = 0
    failed: int = 0
    given_up: int = 0
    left_out: int = 0


def send_mails(most: int = 1000) -> Sent:
    """Send what is due now; each mail is tried once."""
    counts = dict.fromkeys(Sent._fields, 0)
    connection: BaseEmailBackend | None = None
    tried: list[int] = []
    while len(tried) < most and (claimed := _claim(timezone.now(), tried)):
        tried.append(claimed.pk)
        if _is_overtaken(claimed, timezone.now()):
            claimed.email.delete()
            counts["left_out"] += 1
            continue
        connection = connection or get_connection()
        outcome, connection = _send(claimed, connection)
        counts[outcome] += 1
    if connection:
        connection.close()
    return Sent(**counts)


def waiting() -> int:
    """How many are to be sent, now or later."""
    return AppointmentMail.objects.filter(email__status__in=[STATUS.queued, STATUS.requeued]).count()


def never_sent() -> int:
    """How many were given up, which somebody should look at: the mail server refuses them for good."""
    return AppointmentMail.objects.filter(email__status=STATUS.failed).count()


def _is_overtaken(mail: AppointmentMail, now: datetime) -> bool:
    """A mail that waited while the mail server was away must not be read after the one that corrects it.

    Those that were not tried yet go out in their order, and are read in it.
    """
    appointment = mail.appointment
    if mail.email.number_of_retries and mail.sequence < appointment.sequence:
        return True
    return mail.about in REMINDERS and (appointment.state != State.BOOKED or appointment.starts <= now)


def _claim(now: datetime, tried: list[int]) -> AppointmentMail | None:
    due = AppointmentMail.objects.filter(
        Q(email__scheduled_time=None) | Q(email__scheduled_time__lte=now),
        Q(claimed_until=None) | Q(claimed_until__lte=now),
        email__status__in=[STATUS.queued, STATUS.requeued],
    ).exclude(pk__in=tried)
    for pk, claimed_until in due.order_by("pk").values_list("pk", "claimed_until")[:20]:
        # Whoever else saw it free finds here that it is not any more.
        mine = AppointmentMail.objects.filter(pk=pk, claimed_until=claimed_until)
        if mine.update(claimed_until=now + CLAIM):
            return AppointmentMail.objects.select_related("email", "appointment").get(pk=pk)
    return None


def _send(mail: AppointmentMail, connection: BaseEmailBackend) -> tuple[str, BaseEmailBackend | None]:
    """How it went, and the connection if it can be used again."""
    email = mail.email
    try:
        message = email.prepare_email_message()
        if mail.calendar:
            method = "CANCEL" if mail.about == AppointmentMail.About.CANCELLED else "REQUEST"
            message.attach("appointment.ics", mail.calendar, f"text/calendar; method={method}")
        connection.send_messages([message])
    except (OSError, smtplib.SMTPException, ValueError) as error:
        outcome = _failed(mail, error)
        connection.close()
        return outcome, None
    Email.objects.filter(pk=email.pk).update(status=STATUS.sent, last_updated=timezone.now())
    return "sent", connection


def _failed(mail: AppointmentMail, error: Exception) -> str:
    now = timezone.now()
    email = mail.email
    tries = (email.number_of_retries or 0) + 1
    is_over = now > mail.appointment.ends + GIVE_UP_AFTER
    # Servers refuse everybody too, for as long as a password or a relay is set wrongly.
    is_over |= _is_refused_for_good(error) and now > email.created + GIVE_UP_AFTER
    wait = WAITS[min(tries, len(WAITS)) - 1]
    with transaction.atomic():
        is_there = Email.objects.filter(pk=email.pk).update(
            status=STATUS.failed if is_over else STATUS.requeued,
            number_of_retries=tries,
            scheduled_time=now + wait,
            last_updated=now,
        )
        if not is_there:
            # Erased while it was on its way.
            return "given_up"
        AppointmentMail.objects.filter(pk=mail.pk).update(claimed_until=None)
        # Of the error only its kind: a mail server's answer repeats the address.
        email.logs.create(status=STATUS.failed, exception_type=type(error).__name__, message="")
    logger.warning("Mail %s was not sent: %s.", mail.pk, type(error).__name__)
    return "given_up" if is_over else "failed"


def _is_refused_for_good(error: Exception) -> bool:
    """The mail server says that there is no such address (5xx)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _ in error.recipients.values())
    return False

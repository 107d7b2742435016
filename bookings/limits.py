"""How often one visitor, or one e-mail address, may try: counted in the database, for all processes."""

from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from bookings.models import Appointment, Attempt

OPEN_BOOKINGS = 3


def has_tried_too_often(what: str, who: str, most: int, now: datetime) -> bool:
    """Counts this try too, within the hour of the clock. ``who`` is kept as a hash, and for a day."""
    keyed = salted_hmac(f"bookings.limits.{what}", f"{timezone.localdate(now)} {who}", algorithm="sha256")
    this_hour = {"who": keyed.hexdigest(), "hour": now.replace(minute=0, second=0, microsecond=0)}
    ours = Attempt.objects.filter(**this_hour)
    if not ours.update(number=F("number") + 1):
        try:
            with transaction.atomic():
                Attempt.objects.create(number=1, **this_hour)
        except IntegrityError:
            # Another process was quicker to make the row.
            ours.update(number=F("number") + 1)
    return ours.get().number > most


def wait_for_email(email: str) -> None:
    """Whoever else books with this address just now goes first. On SQLite a transaction is alone anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [email.lower()])


def has_enough_open(email: str, now: datetime) -> bool:
    return Appointment.objects.open(now).filter(email=email.lower()).count() >= OPEN_BOOKINGS

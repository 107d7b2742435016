from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone
from post_office.models import Email

from bookings.holdings import erase
from bookings.models import Actor, Appointment, Attempt, State

# Times that somebody chose and never booked, and counts of attempts: a day is more than they are good for.
A_DAY = timedelta(days=1)


class Command(BaseCommand):
    help = (
        "Erases what is known of the patients of appointments that ended KEEP_DETAILS_DAYS ago (30 if not "
        "set), with their mails, and deletes what was never booked. What remains holds no person. Once a day."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")

    def handle(self, dry_run: bool, verbosity: int, **options: Any) -> None:
        now = timezone.now()
        ended_by = now - timedelta(days=settings.KEEP_DETAILS_DAYS)
        over = Appointment.objects.made().filter(ends__lte=ended_by, erased_at=None)
        never_booked = Appointment.objects.filter(
            state__in=[State.HELD, State.LAPSED], created_at__lte=now - A_DAY
        )
        attempts = Attempt.objects.filter(hour__lte=now - A_DAY)
        counts = over.count(), never_booked.count(), attempts.count()
        if not dry_run:
            erase(over, now, Actor.SITE)
            # Those to the physiotherapist too, though they name nobody else.
            Email.objects.filter(about_appointment__appointment__ends__lte=ended_by).delete()
            never_booked.delete()
            attempts.delete()
        if verbosity:
            would_be = "would be " if dry_run else ""
            self.stdout.write(
                f"{counts[0]:,} appointments {would_be}erased, {counts[1]:,} that were never booked "
                f"{would_be}deleted, {counts[2]:,} counts of attempts {would_be}deleted."
            )

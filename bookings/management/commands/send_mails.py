import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from bookings.mails import write_reminders
from bookings.sending import send_mails, waiting
from bookings.soonest import refresh_stale


class Command(BaseCommand):
    help = (
        "Writes the reminders that are due and sends the mails that wait, once or with --every again and "
        "again. Several may run at once, and any may be stopped at any time: no mail is lost."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=int, metavar="SECONDS", help="Go on, with so long a pause.")

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            self._once(options["verbosity"])
            if not options["every"]:
                break
            time.sleep(options["every"])

    def _once(self, verbosity: int) -> None:
        now = timezone.now()
        reminders = write_reminders(now)
        refresh_stale(now)
        sent = send_mails()
        if verbosity and (any(sent) or reminders):
            self.stdout.write(
                f"{reminders} reminders written. {sent.sent} mails sent, {sent.failed} to be tried again, "
                f"{sent.given_up} given up, {waiting()} waiting."
            )

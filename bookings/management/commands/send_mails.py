import logging
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections
from django.utils import timezone

from bookings.mails import write_reminders
from bookings.sending import Sent, never_sent, send_mails, waiting
from bookings.soonest import refresh_stale

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Writes the reminders that are due and sends the mails that wait, once or with --every again and "
        "again. Several may run at once, and any may be stopped at any time: no mail is lost."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=int, metavar="SECONDS", help="Go on, with so long a pause.")

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            went_wrong = self._once(options["verbosity"])
            if not options["every"]:
                break
            time.sleep(options["every"])
            # A database that was away is asked anew.
            close_old_connections()
        if went_wrong:
            raise CommandError("Something went wrong: see above. The mails that could be sent were sent.")

    def _once(self, verbosity: int) -> bool:
        """Whether a step failed, which must not stop the others: they are tried again the next time."""
        done: dict[str, Any] = {}
        for name, step in (
            ("reminders", lambda: write_reminders(timezone.now())),
            ("times", lambda: refresh_stale(timezone.now())),
            ("mails", send_mails),
        ):
            try:
                done[name] = step()
            except Exception:  # whatever it is, patients wait for the others
                logger.exception("A step of send_mails failed: %s", name)
        sent, reminders = done.get("mails", Sent()), done.get("reminders", 0)
        if verbosity and (any(sent) or reminders):
            self.stdout.write(
                f"{reminders} reminders written. {sent.sent} mails sent, {sent.failed} to be tried again, "
                f"{sent.given_up} given up, {sent.left_out} overtaken by others, {waiting()} waiting, "
                f"{never_sent()} never sent."
            )
        return len(done) < 3

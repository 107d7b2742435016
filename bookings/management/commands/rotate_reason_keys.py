from typing import Any

from django.core.management.base import BaseCommand

from bookings.encryption import UNREADABLE
from bookings.models import Appointment


class Command(BaseCommand):
    help = "Encrypts every reason anew with the first of REASON_KEYS; then the others can be taken away."

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        turned = unreadable = 0
        for appointment in Appointment.objects.exclude(reason="").only("reason").iterator():
            if appointment.reason == UNREADABLE:
                unreadable += 1
                continue
            # Only if nobody erased it meanwhile.
            Appointment.objects.filter(pk=appointment.pk).exclude(reason="").update(reason=appointment.reason)
            turned += 1
        if verbosity:
            self.stdout.write(f"{turned:,} reasons encrypted anew; {unreadable:,} cannot be read by any key.")

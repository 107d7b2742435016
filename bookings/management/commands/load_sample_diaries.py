from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from bookings.models import Diary
from bookings.sample import load_sample_diaries


class Command(BaseCommand):
    help = (
        "Give two of three sample physiotherapists a diary to book in, in place of theirs. Not in production."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing if there are some")

    def handle(self, if_empty: bool, verbosity: int, **options: Any) -> None:
        if not settings.SAMPLE_DATA_ALLOWED:
            raise CommandError("Refused: sample listings must not reach a production database.")
        if if_empty and Diary.objects.filter(physiotherapist__sample=True).exists():
            return
        number = load_sample_diaries()
        if verbosity:
            self.stdout.write(f"{number:,} sample diaries.")

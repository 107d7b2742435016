from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from directory.models import Clinic, Physiotherapist, SearchPoint
from directory.sample import NotEnoughPlaces, load_sample, remove_sample, sample_exists
from places.progress import progress_bar


class Command(BaseCommand):
    help = (
        "Fill the directory with invented physiotherapists, marked as sample, in place of any "
        "sample listings that are there. Real listings are not touched. Refused in production."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--number", type=int, default=600, help="how many physiotherapists (600)")
        parser.add_argument("--seed", type=int, default=2026, help="the same seed makes the same people")
        parser.add_argument("--if-empty", action="store_true", help="do nothing if there are sample listings")
        parser.add_argument("--remove", action="store_true", help="remove the sample listings and stop")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, change nothing")

    def handle(
        self,
        number: int,
        seed: int,
        if_empty: bool,
        remove: bool,
        dry_run: bool,
        verbosity: int,
        **options: Any,
    ) -> None:
        if not 1 <= number <= 100_000:
            raise CommandError("--number must be from 1 to 100,000.")
        held = Physiotherapist.objects.filter(sample=True).count()
        if dry_run:
            kept = if_empty and sample_exists() and not remove
            added = 0 if remove or kept else number
            removed = 0 if kept else held
            self.stdout.write(f"{removed:,} sample listings would be removed and {added:,} made.")
            return
        if remove:
            self.stdout.write(f"{remove_sample():,} sample listings removed.")
            return
        if not settings.SAMPLE_DATA_ALLOWED:
            raise CommandError(
                "Refused: sample listings are invented people and must not reach a production database. "
                "(SAMPLE_DATA_ALLOWED is off, as it is whenever DEBUG is off.)"
            )
        if if_empty and sample_exists():
            return
        try:
            with (
                progress_bar("Making sample listings", verbosity, total=number, unit="") as bar,
                transaction.atomic(),
            ):
                remove_sample()
                load_sample(number, seed, bar.update)
        except NotEnoughPlaces as error:
            raise CommandError(str(error)) from error
        if verbosity:
            clinics = Clinic.objects.filter(sample=True).count()
            self.stdout.write(
                f"{number:,} sample physiotherapists at {clinics:,} clinics, "
                f"{SearchPoint.objects.count():,} places to search."
            )

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from library.models import Episode
from library.podcast_sample import load_sample, remove_sample, sample_exists


class Command(BaseCommand):
    help = (
        "Put one sample episode into the podcast, in place of the one that is there. Real episodes are not "
        "touched. Refused in production."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing if there is one")
        parser.add_argument("--remove", action="store_true", help="remove the sample episode and stop")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, change nothing")

    def handle(self, if_empty: bool, remove: bool, dry_run: bool, verbosity: int, **options: Any) -> None:
        held = Episode.objects.filter(sample=True).count()
        kept = if_empty and sample_exists() and not remove
        if dry_run:
            added = 0 if remove or kept else 1
            self.stdout.write(f"{0 if kept else held} sample episodes would be removed and {added} made.")
            return
        if remove:
            self.stdout.write(f"{remove_sample()} sample episodes removed.")
            return
        if not settings.SAMPLE_DATA_ALLOWED:
            raise CommandError(
                "Refused: the sample episode is invented and must not reach a production database. "
                "(SAMPLE_DATA_ALLOWED is off, as it is whenever DEBUG is off.)"
            )
        if kept:
            return
        episode = load_sample()
        if verbosity:
            self.stdout.write(f"1 sample episode of {episode.seconds} seconds.")

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from places.codepoint import ArchiveError, Positions, read_archive
from places.gazetteer import RefusedImport, refuse_too_few, replace_postcodes
from places.models import Postcode
from places.pack import PACK, PackError, read_pack
from places.progress import progress_bar


class Command(BaseCommand):
    help = (
        "Load every postcode of Great Britain: from the pack in the repository, or from a new "
        "OS Code-Point Open archive (codepo_gb.zip). The table is replaced in one transaction."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("archive", nargs="?", type=Path, help="codepo_gb.zip as the publisher ships it")
        parser.add_argument("--if-empty", action="store_true", help="do nothing if postcodes are held")
        parser.add_argument("--dry-run", action="store_true", help="read and count, change nothing")

    def handle(
        self, archive: Path | None, if_empty: bool, dry_run: bool, verbosity: int, **options: Any
    ) -> None:
        if if_empty and Postcode.objects.exists():
            return
        try:
            positions = self.read(archive, verbosity)
            if dry_run:
                refuse_too_few(positions)
                self.stdout.write(f"{len(positions.keys):,} postcodes would be loaded.")
                return
            with progress_bar("Loading postcodes", verbosity, total=len(positions.keys), unit="") as bar:
                replace_postcodes(positions, bar.update)
        except (ArchiveError, PackError, RefusedImport) as error:
            raise CommandError(str(error)) from error
        if verbosity:
            self.stdout.write(f"{len(positions.keys):,} postcodes loaded.")

    def read(self, archive: Path | None, verbosity: int) -> Positions:
        if archive is None:
            return read_pack(PACK)
        with progress_bar("Reading the archive", verbosity, unit="B", unit_scale=True) as bar:
            contents = read_archive(archive, bar.update)
        if verbosity:
            self.stdout.write(
                f"{contents.without_position:,} postcodes have no position (quality 90) and are left out."
            )
        return contents.positions

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from places.codepoint import ArchiveError, Positions, read_archive
from places.gazetteer import RefusedImport, replace_postcodes
from places.models import Postcode
from places.pack import PACK, PackError, read_pack


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
        # tqdm takes None for: show a bar where there is a terminal to show it on.
        try:
            positions = self.read(archive, verbosity)
            if dry_run:
                self.stdout.write(f"{len(positions.keys):,} postcodes would be loaded.")
                return
            with tqdm(
                total=len(positions.keys),
                desc="Loading postcodes",
                unit="",
                disable=None if verbosity else True,
                leave=False,
            ) as bar:
                replace_postcodes(positions, bar.update)
        except (ArchiveError, PackError, RefusedImport) as error:
            raise CommandError(str(error)) from error
        if verbosity:
            self.stdout.write(f"{len(positions.keys):,} postcodes loaded.")

    def read(self, archive: Path | None, verbosity: int) -> Positions:
        if archive is None:
            return read_pack(PACK)
        with tqdm(
            desc="Reading the archive",
            unit="B",
            unit_scale=True,
            disable=None if verbosity else True,
            leave=False,
        ) as bar:
            contents = read_archive(archive, bar.update)
        if verbosity:
            self.stdout.write(
                f"{contents.without_position:,} postcodes have no position (quality 90) and are left out."
            )
        return contents.positions

import csv
import io
import zipfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from places.codepoint import ArchiveError, read_archive
from places.pack import PACK, write_pack
from places.pack_towns import district_names, town_rows
from places.progress import progress_bar
from places.towns import COLUMNS, TOWNS_FILE


class Command(BaseCommand):
    help = (
        "Make the packed gazetteer in places/data from the publishers' files: OS Code-Point Open "
        "(codepo_gb.zip), and GeoNames (places.csv) if it is given too."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("archive", type=Path, help="codepo_gb.zip as the publisher ships it")
        parser.add_argument("towns", type=Path, nargs="?", help="places.csv, extracted from cities500")

    def handle(self, archive: Path, towns: Path | None, verbosity: int, **options: Any) -> None:
        try:
            with progress_bar("Reading the archive", verbosity, unit="B", unit_scale=True) as bar:
                contents = read_archive(archive, bar.update)
        except ArchiveError as error:
            raise CommandError(str(error)) from error
        with zipfile.ZipFile(archive) as zipped:
            edition = zipped.read("Doc/metadata.txt").decode("latin-1")
            names = district_names(io.BytesIO(zipped.read("Doc/Codelist.xlsx")))
        version = next(
            (line.partition(":")[2].strip() for line in edition.splitlines() if "VERSION NUMBER" in line), ""
        )
        size = write_pack(
            contents.positions, PACK, {"edition": version, "without_position": contents.without_position}
        )
        self.stdout.write(
            f"{len(contents.positions.keys):,} postcodes in {size:,} bytes; "
            f"{contents.without_position:,} without a position (quality 90) left out."
        )
        if towns:
            rows = town_rows(towns, contents, names)
            with TOWNS_FILE.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
            self.stdout.write(f"{len(rows):,} towns in {TOWNS_FILE.stat().st_size:,} bytes.")

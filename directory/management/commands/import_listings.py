from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from directory.spreadsheets.formats import csv_file
from directory.spreadsheets.importing import Report, keep, look
from directory.spreadsheets.listings import resource_for
from directory.spreadsheets.sheet import FOR_COMMAND, Sheet, SheetError, read_sheet, refuse_large
from places.progress import progress_bar

_SHOWN = 50


class Command(BaseCommand):
    help = (
        "Import physiotherapists or clinics from a CSV file or an XLSX workbook, as the admin does, for "
        "files that are too large for it. The headings tell which. All or nothing: where a row is wrong, "
        "nothing is imported. On SQLite others can read meanwhile, and wait to write."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--by", metavar="USERNAME", help="who imports; the history of each listing says so"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, change nothing")
        parser.add_argument("--rename", action="store_true", help="names may be replaced by quite other ones")
        parser.add_argument(
            "--unknown-postcodes",
            type=Path,
            metavar="CSV",
            help="write the postcodes that we do not hold there",
        )

    def handle(
        self,
        file: Path,
        by: str | None,
        dry_run: bool,
        rename: bool,
        unknown_postcodes: Path | None,
        verbosity: int,
        **options: Any,
    ) -> None:
        user = get_user_model().objects.filter(username=by or "").first()
        if user is None and (by or not dry_run):
            raise CommandError(
                f"There is nobody called {by}." if by else "Say with --by who imports, or use --dry-run."
            )
        try:
            sheet = self.read(file)
            resource = resource_for(sheet)
            with progress_bar(f"Rows of {file.name}", verbosity, total=len(sheet.rows), unit="") as bar:
                options = {"progress": bar.update, "tells_changes": False}
                if dry_run or user is None:
                    report = look(resource, sheet, user, **options)
                else:
                    reason = f"Imported from {file.name}"
                    report = keep(resource, sheet, user, reason, may_rename=rename, **options)
        except SheetError as error:
            raise CommandError(str(error)) from error
        self.tell(report, unknown_postcodes, verbosity)
        if report.wrong or report.problem:
            raise CommandError(report.problem or "Nothing was imported. Correct the rows that are wrong.")
        if verbosity:
            self.stdout.write("Nothing was changed: this was a dry run." if dry_run else "Imported.")

    def read(self, file: Path) -> Sheet:
        try:
            refuse_large(file.stat().st_size, FOR_COMMAND)
            return read_sheet(file.read_bytes(), FOR_COMMAND)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror or error}.") from error

    def tell(self, report: Report, unknown_postcodes: Path | None, verbosity: int) -> None:
        said = [
            f"Row {o.line}: {o.renamed[0]} would become {o.renamed[1]}." for o in report.renamed if o.renamed
        ]
        for outcome in report.wrong:
            said += [
                f"Row {outcome.line}, {column}: {why}" if column else f"Row {outcome.line}: {why}"
                for column, why in outcome.reasons
            ]
        for line in said[:_SHOWN]:
            self.stderr.write(line)
        if len(said) > _SHOWN:
            self.stderr.write(f"And {len(said) - _SHOWN:,} more.")
        if unknown_postcodes:
            rows = [[code, "; ".join(map(str, lines)), nearest] for code, lines, nearest in report.unknown]
            unknown_postcodes.write_bytes(csv_file([["Postcode", "Rows", "Nearest that we hold"], *rows]))
        elif report.unknown:
            first = ", ".join(code for code, _, _ in report.unknown[:10])
            self.stderr.write(
                f"{len(report.unknown):,} postcodes are not held, such as {first}. "
                "--unknown-postcodes writes them to a file."
            )
        if verbosity:
            for note in report.notes:
                self.stdout.write(note)
            self.stdout.write(report.counts)

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from conditions.starter import FOLDER, StarterFileError, load_starter_folder, starter_files


class Command(BaseCommand):
    help = "Create the starter pages that are missing. A page that an editor has changed is never touched."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folder", type=Path, default=FOLDER, help="where the TOML files are")

    def handle(self, folder: Path, verbosity: int, **options: Any) -> None:
        if not starter_files(folder):
            raise CommandError(f"There is no starter page (*.toml) in {folder}.")
        outcomes: Counter[str] = Counter()
        try:
            for name, outcome in load_starter_folder(folder):
                outcomes[outcome] += 1
                if verbosity > 1:
                    self.stdout.write(f"{name}: {outcome}")
        except StarterFileError as error:
            raise CommandError(str(error)) from error
        if verbosity:
            told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
            self.stdout.write(f"Starter pages: {told}.")

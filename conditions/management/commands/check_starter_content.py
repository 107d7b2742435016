from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from conditions.starter import FOLDER, StarterFileError, read_starter_folder
from conditions.starter_rules import age_of, broken_card_rules, broken_rules, text_of


class Command(BaseCommand):
    help = "List the starter pages with reading age and number of sources, and every rule that one breaks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, help="only these files (all, if none is given)")
        parser.add_argument("--folder", type=Path, default=FOLDER, help="where the TOML files are")

    def handle(self, files: list[Path], folder: Path, **options: Any) -> None:
        try:
            starter = read_starter_folder(folder)
        except StarterFileError as error:
            raise CommandError(str(error)) from error
        wanted = {path.name for path in files}
        broken = 0
        self.stdout.write(f"{'page':45}{'reading age':>12}{'words':>7}{'sources':>9}")
        for page in starter.pages:
            if wanted and page.path.name not in wanted:
                continue
            words = len(text_of(page, starter).split())
            sources = len(page.content.get("sources", []))
            self.stdout.write(f"{page.path.stem:45}{age_of(page, starter):12.1f}{words:7}{sources:9}")
            for rule in broken_rules(page, starter):
                broken += 1
                self.stdout.write(f"    {rule}")
        for card in starter.cards.values() if not wanted else ():
            for rule in broken_card_rules(card):
                broken += 1
                self.stdout.write(f"    {card['name']}: {rule}")
        if broken:
            raise CommandError(f"{broken} {'rule is' if broken == 1 else 'rules are'} broken.")

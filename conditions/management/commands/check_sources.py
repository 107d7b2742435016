from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from conditions.models import Source
from conditions.source_check import Finding, Outcome, check_all, sources_with_pages


class Command(BaseCommand):
    help = (
        "Ask for the address of every source that a page relies on, and name those that are dead or have "
        "moved. No page is changed. Exit code 1 if any is dead."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="do not even keep what was found for the work queue"
        )

    def handle(self, dry_run: bool, verbosity: int, **options: Any) -> None:
        pages = sources_with_pages()
        outcomes: Counter[Outcome] = Counter()
        for source, finding in check_all(pages):
            outcomes[finding.outcome] += 1
            if not dry_run:
                keep(source, finding)
            if verbosity > 1 or (verbosity and finding.outcome != Outcome.ANSWERS):
                users = pages[source]
                count = f"{len(users)} page{'' if len(users) == 1 else 's'}"
                names = ", ".join(str(page) for page in users)
                self.stdout.write(f"{source.url}\n  {finding}\n  {count}: {names}")
        if verbosity:
            told = ", ".join(f"{outcome.value.lower()}: {outcomes[outcome]}" for outcome in Outcome)
            kept = " Nothing was kept." if dry_run else ""
            self.stdout.write(f"Addresses checked: {outcomes.total()} ({told}).{kept}")
        if dead := outcomes[Outcome.DEAD]:
            raise CommandError(f"{dead} dead address{'' if dead == 1 else 'es'}.")


def keep(source: Source, finding: Finding) -> None:
    longest = Source._meta.get_field("fault").max_length
    fault = "" if finding.outcome == Outcome.ANSWERS else str(finding)[:longest]
    # Not if an editor has given it another address meanwhile.
    Source.objects.filter(pk=source.pk, url=source.url).update(checked_at=timezone.now(), fault=fault)

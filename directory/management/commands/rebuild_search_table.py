from typing import Any

from django.core.management.base import BaseCommand

from directory.models import Physiotherapist
from directory.search_table import rebuild_all
from places.progress import progress_bar


class Command(BaseCommand):
    help = (
        "Work out anew what the search reads of every listing, as after an upgrade that lets it read more. "
        "The site goes on answering meanwhile."
    )

    def handle(self, verbosity: int, **options: Any) -> None:
        people = Physiotherapist.objects.count()
        with progress_bar("Rebuilding the search table", verbosity, total=people, unit="") as bar:
            rows = rebuild_all(bar.update)
        if verbosity:
            self.stdout.write(f"{rows:,} rows for {people:,} physiotherapists.")

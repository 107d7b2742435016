from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from conditions.models import RedFlagCard
from library.starter import load_starter_words


class Command(BaseCommand):
    help = (
        "Load the glossary, the organisations, and the words that the search knows. A table that has rows "
        "already is left as it is. The red-flag cards must be there: run load_starter_content first."
    )

    def handle(self, verbosity: int, **options: Any) -> None:
        try:
            made = load_starter_words()
        except RedFlagCard.DoesNotExist as error:
            raise CommandError("A red-flag card is missing: run load_starter_content first.") from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if verbosity:
            self.stdout.write(", ".join(f"{name}: {number or 'kept'}" for name, number in made.items()))

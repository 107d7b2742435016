from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from physiosite.accounts import events, second_factor


class Command(BaseCommand):
    help = "Forgets somebody's phone and recovery codes, so that they set up new ones at their next sign-in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get(username=options["username"])
        except User.DoesNotExist as error:
            raise CommandError(f"Nobody has the username {options['username']}.") from error
        if not second_factor.reset(user):
            self.stdout.write(f"{user} had no second factor.")
            return
        events.second_factor_changed(user, "reset")
        self.stdout.write(f"{user} sets up a phone and new recovery codes at the next sign-in.")

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction


@pytest.fixture(scope="module")
def starter_content(django_db_setup: Any, django_db_blocker: Any) -> Iterator[None]:
    """Every starter page and every starter word, loaded once for the tests of a module."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_starter_content", verbosity=0)
        call_command("load_starter_words", verbosity=0)
        yield
        transaction.set_rollback(True)

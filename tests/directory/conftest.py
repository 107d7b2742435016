from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from tests.conditions.editing import SignedIn


@pytest.fixture(scope="module")
def sample_directory(django_db_setup: Any, django_db_blocker: Any) -> Iterator[None]:
    """The 600 sample listings, for all the tests of one module; each test also needs ``db``."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_sample_directory", verbosity=0)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def ann() -> SignedIn:
    """An editor of the directory."""
    return SignedIn("Directory editor", name="ann")


@pytest.fixture
def ben() -> SignedIn:
    """Another editor of the directory."""
    return SignedIn("Directory editor", name="ben")

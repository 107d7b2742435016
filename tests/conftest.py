from collections.abc import Iterator

import pytest

from places.gazetteer import replace_postcodes
from places.models import Postcode
from places.pack import read_pack


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """Every test finds all the postcodes of Great Britain, as the site does; loading them takes seconds."""
    with django_db_blocker.unblock():
        replace_postcodes(read_pack())


@pytest.fixture
def _postcodes_come_back(django_db_setup, django_db_blocker) -> Iterator[None]:
    yield
    with django_db_blocker.unblock():
        if not Postcode.objects.exists():
            replace_postcodes(read_pack())


@pytest.fixture
def committed_db(_postcodes_come_back, transactional_db) -> Iterator[None]:
    """For tests that really commit, as with several threads: all tables are emptied after each."""
    yield


@pytest.fixture
def admin_client(client, django_user_model):
    """A signed-in administrator. ``client.user`` is who."""
    user = django_user_model.objects.create_superuser("editor", "editor@example.com", "a long password 1")
    client.force_login(user)
    client.user = user
    return client

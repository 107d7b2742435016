from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group, Permission

from conditions.groups import make_groups
from places.gazetteer import replace_postcodes
from places.models import Postcode
from places.pack import read_pack


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """Every test finds all the postcodes of Great Britain, as the site does; loading them takes seconds."""
    with django_db_blocker.unblock():
        replace_postcodes(read_pack())


@pytest.fixture
def _reference_data_comes_back(request, django_db_setup, django_db_blocker) -> Iterator[None]:
    # With the mark, pytest-django would empty the tables after this has looked at them.
    assert not request.node.get_closest_marker("django_db"), "use committed_db without the django_db mark"
    yield
    with django_db_blocker.unblock():
        if not Postcode.objects.exists():
            replace_postcodes(read_pack())
        make_groups(Group, Permission)


@pytest.fixture
def committed_db(_reference_data_comes_back, transactional_db) -> Iterator[None]:
    """For tests that really commit, as with several threads: all tables are emptied after each."""
    yield


@pytest.fixture
def admin_client(client, django_user_model):
    """A signed-in administrator. ``client.user`` is who."""
    user = django_user_model.objects.create_superuser("editor", "editor@example.com")
    client.force_login(user)
    client.user = user
    return client

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.management.color import no_style
from django.db import connection, transaction
from django.test import Client

from bookings.groups import make_groups as make_bookings_groups
from conditions.groups import make_groups
from conditions.live_pages import live_pages
from directory.groups import make_groups as make_directory_groups
from library.groups import make_groups as make_library_groups
from library.templatetags.glossary import known_forms
from library.templatetags.more import more_on_physiotherapy
from places.gazetteer import replace_postcodes
from places.models import PartialPostcode, Postcode
from places.pack import read_pack
from tests.public_pages import make_content

REFERENCE_TABLES = {
    *(model._meta.db_table for model in (Postcode, PartialPostcode, ContentType, Permission, Group)),
    Group.permissions.through._meta.db_table,
    "django_migrations",
}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """Every test finds all the postcodes of Great Britain, as the site does; loading them takes seconds."""
    with django_db_blocker.unblock():
        replace_postcodes(read_pack())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that ask no database run with the rest on SQLite, and need not run again."""
    if connection.vendor == "sqlite":
        return
    asking = {"db", "committed_db", "transactional_db"}
    again = [
        item
        for item in items
        if asking & set(getattr(item, "fixturenames", ())) or item.get_closest_marker("django_db")
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(again)])
    items[:] = again


@pytest.fixture
def committed_db(request, django_db_setup, django_db_blocker) -> Iterator[None]:
    """For tests that really commit, as with several threads: then all tables are emptied but for what
    every test finds there. (pytest-django would empty those too, and they take seconds to load.)"""
    assert not request.node.get_closest_marker("django_db"), "use committed_db without the django_db mark"
    with django_db_blocker.unblock():
        postcodes = Postcode.objects.count()
        yield
        tables = set(connection.introspection.django_table_names(only_existing=True)) - REFERENCE_TABLES
        connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), sorted(tables)))
        if Postcode.objects.count() != postcodes:
            replace_postcodes(read_pack())
        make_groups(Group, Permission)
        make_directory_groups(Group, Permission)
        make_bookings_groups(Group, Permission)
        make_library_groups(Group, Permission)


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    """What a test before this one left in the cache, where it outlives the database."""
    cache.clear()


@pytest.fixture
def nothing_changes(settings) -> Callable[[], None]:
    """Call it: from then on no request asks whether something has changed, which the site does once a second,
    and what is kept until something does is there."""

    def keep() -> None:
        live_pages(), known_forms(), more_on_physiotherapy()
        settings.CONTENT_FRESH_SECONDS = 3600

    return keep


@pytest.fixture
def django_assert_max_num_queries(django_assert_max_num_queries, nothing_changes, settings) -> Any:
    """Of what asks the database for each page, and not once a second."""

    @contextmanager
    def counted(number: int) -> Iterator[None]:
        nothing_changes()
        with django_assert_max_num_queries(number):
            yield
        settings.CONTENT_FRESH_SECONDS = 0

    return counted


@pytest.fixture
def admin_client(client, django_user_model):
    """A signed-in administrator. ``client.user`` is who."""
    user = django_user_model.objects.create_superuser("editor", "editor@example.com")
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture(scope="module")
def public_content(django_db_setup: Any, django_db_blocker: Any) -> Iterator[None]:
    """Something behind every public address, made once for the tests of one module, each of which leaves it
    as it was."""
    with django_db_blocker.unblock(), transaction.atomic():
        make_content()
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def get(public_content: None) -> Callable[[str], Any]:
    """What a public address answers, asked once, since nothing changes it."""

    @functools.cache
    def ask(address: str) -> Any:
        response = Client().get(address)
        if response.streaming:
            # To its end, where the file behind it is closed.
            response.getvalue()
        return response

    return ask

"""Several web processes, as production runs them, agree about what is published."""

from time import monotonic, sleep
from urllib.request import urlopen

import pytest

from tests.bookings.served import own_database, served

# The database is another one; the mark has them run on PostgreSQL too.
pytestmark = pytest.mark.django_db
PUBLISH = """
from conditions.versions import publish
from tests.factories import make_draft
publish(make_draft("zygapophyseal", title="Zygapophyseal joint pain"), by=None, unsigned=True)
"""
UNPUBLISH = """
from conditions.models import Page
from conditions.versions import unpublish
unpublish(Page.objects.get(slug="zygapophyseal"))
"""
# Far longer than the second that a process may be behind: a busy machine is no fault of the search.
PATIENCE = 60


def finds(site, words="zygapophyseal"):
    with urlopen(f"http://127.0.0.1:{site.port}/search/?q={words}", timeout=60) as answer:
        return "/conditions/zygapophyseal/" in answer.read().decode()


def come_to(sites, found):
    ends = monotonic() + PATIENCE
    while any(finds(site) is not found for site in sites):
        assert monotonic() < ends, f"Not every process came to {found}."
        sleep(0.05)


def test_they_agree_after_a_publish_and_one_that_just_started_answers(tmp_path, monkeypatch):
    monkeypatch.setenv("SEARCH_INDEX", str(tmp_path / "search"))
    (tmp_path / "one").mkdir()
    with own_database(tmp_path) as database, served(database, 1) as first:
        assert not finds(first)
        database.folder = tmp_path / "one"
        with served(database, 1) as second:
            database.run(PUBLISH)
            come_to([first, second], True)
        # What a process has come to know, it does not forget; a new one knows it at once.
        with served(database, 1) as third:
            assert finds(third)
            assert finds(first)
            database.run(UNPUBLISH)
            come_to([first, third], False)

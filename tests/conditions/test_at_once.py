"""People who press a button at the same moment, on connections of their own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from conditions.models import Version
from conditions.versions import publish, start_draft
from tests.factories import make_draft, make_page


@pytest.mark.usefixtures("committed_db")
def test_of_six_publishers_at_the_same_moment_one_wins():
    draft = make_draft()
    together = Barrier(6)

    def press(_):
        try:
            together.wait(timeout=30)
            publish(Version.objects.get(pk=draft.pk), None, unsigned=True)
            return "published"
        except ValidationError as error:
            return error.messages[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        told = sorted(threads.map(press, range(6)))
    assert told.pop() == "published"
    assert set(told) == {"This draft was published or withdrawn in the meantime. Nothing was changed."}


@pytest.mark.usefixtures("committed_db")
def test_six_editors_at_the_same_moment_get_one_draft():
    page = make_page().page
    together = Barrier(6)

    def press(_):
        try:
            together.wait(timeout=30)
            return start_draft(page, None).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(press, range(6)))) == 1
    assert page.versions.count() == 2

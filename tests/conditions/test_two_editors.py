"""Two editors at the same moment, on connections of their own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models.signals import pre_save

from conditions.models import ConditionVersion
from conditions.versions import publish, start_draft
from tests.conditions.admin_form import address_of, save
from tests.factories import make_draft, make_page

pytestmark = pytest.mark.usefixtures("committed_db")


def test_editors_who_click_at_the_same_moment_get_one_draft():
    page = make_page()
    together = Barrier(6)

    def click(_):
        try:
            together.wait(timeout=30)
            return start_draft(page.condition, None).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        drafts = set(threads.map(click, range(6)))
    assert len(drafts) == 1
    assert page.condition.versions.count() == 2


def test_save_that_meets_a_publication_half_way_does_not_take_the_page_down(admin_client):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite lets in one writer after the other")
    draft = make_draft("sore-elbow", overview="<p>Old words.</p>")
    published = []

    def publish_as_another():
        try:
            with transaction.atomic():
                # Not waiting: whoever saves holds the row until the end, and this one comes after.
                publish(ConditionVersion.objects.select_for_update(nowait=True).get(pk=draft.pk), None)
            published.append(draft.pk)
        except OperationalError:
            pass
        finally:
            connection.close()

    def meanwhile(**kwargs):
        pre_save.disconnect(meanwhile, sender=ConditionVersion)
        with ThreadPoolExecutor(1) as thread:
            thread.submit(publish_as_another).result()

    pre_save.connect(meanwhile, sender=ConditionVersion)
    try:
        save(admin_client, address_of(draft), {"overview": "<p>New words.</p>"})
    finally:
        # False: it has been called and has taken itself off.
        assert not pre_save.disconnect(meanwhile, sender=ConditionVersion)
    draft.refresh_from_db()
    if published:
        assert (draft.status, draft.overview) == ("approved", "<p>Old words.</p>")
        assert admin_client.get("/conditions/sore-elbow/").status_code == 200
    else:
        assert (draft.status, draft.overview) == ("draft", "<p>New words.</p>")

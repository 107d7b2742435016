"""Opening the form of a long page costs the same however many pages and versions there are."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conditions.models import Page
from conditions.versions import publish, start_draft
from tests.conditions.editing import version_url
from tests.factories import make_draft, make_page, make_source

pytestmark = pytest.mark.django_db


def queries_of(admin_client, draft) -> int:
    with CaptureQueriesContext(connection) as queries:
        response = admin_client.get(version_url(draft))
    assert response.status_code == 200
    assert response.content.count(b'id="id_treatments-') >= 10
    return len(queries)


def test_forty_parts_take_queries_that_do_not_grow_with_pages_or_versions(admin_client):
    long = make_draft("long-page")
    heat = make_page("heat", kind=Page.Kind.TREATMENT, areas=())
    for number in range(10):
        long.causes.create(position=number, title=f"Cause {number}")
        long.treatments.create(position=number, name=f"Treatment {number}", page=heat.page, evidence="mixed")
        long.sections.create(position=number, heading=f"Section {number}", body="<p>Words.</p>")
        long.citations.create(position=number, source=make_source())
    # The first answer of a process fills caches of its own, such as that of content types.
    queries_of(admin_client, long)
    few = queries_of(admin_client, long)
    for _ in range(12):
        other = make_page()
        for _ in range(3):
            publish(start_draft(other.page, None), by=None, unsigned=True)
    assert queries_of(admin_client, long) == few
    assert few <= 80

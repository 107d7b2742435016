"""How often one visitor may search and send forms."""

import pytest

from tests.factories import make_physiotherapist
from tests.markup import page_of

SEARCHES = ["/search/?q=knee", "/physiotherapists/?location=LS1", "/physiotherapists/compare/?p=ada"]
FORM = "/physiotherapists/ada/correction/"


@pytest.fixture(autouse=True)
def limits(db, settings):
    settings.SEARCHES_PER_MINUTE = settings.FORMS_PER_MINUTE = 3
    make_physiotherapist(slug="ada")


def statuses(client, addresses, **sent):
    return [client.get(address, **sent).status_code for address in addresses]


def test_who_searches_too_often_is_told_when_to_go_on(client):
    assert statuses(client, SEARCHES) == [200] * 3
    answer = client.get("/search/?q=<knee>")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    assert answer.headers["Cache-Control"] == "private, no-store"
    page = page_of(answer)
    assert page.one("h1").text == "Wait a minute"
    assert "999" in page.text
    assert "/search/?q=%3Cknee%3E" in page.links


def test_another_visitor_is_not_held_up(client):
    statuses(client, SEARCHES * 2)
    assert statuses(client, SEARCHES, REMOTE_ADDR="192.0.2.7") == [200] * 3


def test_pages_to_read_are_not_counted(client):
    assert (
        statuses(client, ["/", "/search/", "/physiotherapists/", "/physiotherapists/ada/"] * 3) == [200] * 12
    )
    assert statuses(client, SEARCHES) == [200] * 3


def test_type_ahead_is_counted_by_itself(client):
    assert statuses(client, ["/places/?q=lee", "/search/suggestions/?q=kne"] * 6) == [200] * 12
    assert statuses(client, ["/places/?q=lee", *SEARCHES]) == [429, 200, 200, 200]


def test_lost_pages_are_offered_nothing_more_by_then(client):
    make = client.get("/conditions/knee-pain/").text
    statuses(client, SEARCHES)
    answer = client.get("/conditions/knee-pain/")
    assert answer.status_code == 404
    assert len(answer.text) <= len(make)


def test_who_sends_too_many_forms_keeps_what_was_typed(client):
    typed = {"about": "other", "message": 'He said "no".\nTwice.', "topic": ""}
    assert [client.post(FORM, {}).status_code for _ in range(3)] == [200] * 3
    answer = client.post(FORM, typed)
    assert answer.status_code == 429
    form = page_of(answer).one("form", action=FORM)
    assert {field["name"]: field["value"] for field in form.all("input", type="hidden")} == typed


def test_editors_are_not_held_up(admin_client):
    answers = [admin_client.post("/admin/conditions/author/add/", {}).status_code for _ in range(6)]
    assert answers == [200] * 6

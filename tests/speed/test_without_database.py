"""While the database is away: what is kept goes on being served, and forms lose nothing."""

import pytest
from django.db import OperationalError, connection

from tests.factories import make_page, make_physiotherapist
from tests.markup import page_of
from tests.speed.asking import ask, new_process

ELBOW = "/conditions/sore-elbow/"
SEARCH = "/physiotherapists/?location=LS1+4AP"


@pytest.fixture
def site(db):
    make_page("sore-elbow")
    make_physiotherapist(slug="ada")
    return new_process()


@pytest.fixture
def away(site, monkeypatch):
    """Call it, and the database is gone; ``away.back()``, and it is there again."""

    def cursor(*args, **kwargs):
        raise OperationalError("a secret of the database")

    class Away:
        def __call__(self):
            monkeypatch.setattr(connection, "cursor", cursor)

        def back(self):
            monkeypatch.undo()

    # Before the end of the test's transaction.
    yield Away()
    monkeypatch.undo()


def test_pages_that_are_kept_go_on_being_served(site, away):
    for _ in range(2):
        before = [ask(site, address) for address in ("/", ELBOW, SEARCH)]
    away()
    assert [ask(site, address) for address in ("/", ELBOW, SEARCH)] == before


def test_pages_for_seconds_are_served_for_an_hour(site, away):
    for _ in range(2):
        before = ask(site, SEARCH)
    site.memory.get(SEARCH).made_at -= 3600
    away()
    assert ask(site, SEARCH) == before


def test_others_say_so_and_the_site_is_back_by_itself(site, away):
    away()
    answer = ask(site, ELBOW)
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "60"
    assert "no-store" in answer.headers["Cache-Control"]
    assert "secret" not in answer.text
    away.back()
    assert ask(site, ELBOW).status == 200


def test_page_that_cannot_be_made_anew_stays_as_it_was(site, monkeypatch):
    """The version can be read, and then the database goes away."""
    before = ask(site, ELBOW)
    make_page("sore-knee", areas=("knee",))

    def broken(version):
        raise OperationalError("gone")

    monkeypatch.setattr("conditions.views.page_context", broken)
    assert ask(site, ELBOW) == before


def test_fault_in_the_code_leaves_the_page_as_it_was(site, monkeypatch):
    before = ask(site, ELBOW)
    make_page("sore-knee", areas=("knee",))

    def broken(version):
        raise RuntimeError("ours")

    monkeypatch.setattr("conditions.views.page_context", broken)
    assert ask(site, ELBOW) == before


@pytest.mark.parametrize("address", ["/physiotherapists/ada/correction/", "/physiotherapists/ada/book/"])
def test_forms_say_try_again_and_keep_what_was_typed(site, away, client, address):
    typed = {"message": 'A <b>"note"</b>\nof two lines', "slot": "2031-01-01T09:00:00+00:00"}
    away()
    answer = client.post(address, typed)
    assert answer.status_code == 503
    page = page_of(answer)
    assert "try again in a minute" in page.text
    assert "999" in page.text
    form = page.one("form", action=address)
    assert form["method"] == "post"
    assert {field["name"]: field["value"] for field in form.all("input", type="hidden")} == typed
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert page.all("link", "script", "style", "img") == []


def test_passwords_are_never_put_into_a_page(site, away, client):
    away()
    answer = client.post("/admin/login/", {"username": "ann", "password": "secret words"})
    assert answer.status_code == 503
    assert "secret words" not in answer.text


def test_health_is_told(site, away, client):
    away()
    assert (client.get("/healthz/").status_code, client.get("/readyz/").status_code) == (200, 503)
    away.back()
    assert client.get("/readyz/").status_code == 200

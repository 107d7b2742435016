"""When somebody who signed in is signed out."""

import time
from types import SimpleNamespace

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from physiosite.accounts import sessions
from tests.accounts.people import SIGN_IN, give_password, is_signed_in, set_up_phone
from tests.markup import page_of

pytestmark = pytest.mark.django_db
HOUR = 3600


@pytest.fixture
def clock(monkeypatch):
    """``clock.forward(seconds)`` moves the time by which sessions end."""
    clock = SimpleNamespace(now=time.time())
    clock.time = lambda: clock.now

    def forward(seconds):
        clock.now += seconds

    clock.forward = forward
    monkeypatch.setattr(sessions, "time", clock)
    return clock


@pytest.fixture
def signed_in(client, ann, clock):
    give_password(client)
    return client


def test_two_hours_in_which_nothing_is_done_end_it(signed_in, clock):
    clock.forward(2 * HOUR - 1)
    assert is_signed_in(signed_in)
    clock.forward(2 * HOUR + 1)
    response = signed_in.get("/admin/conditions/page/")
    assert response.headers["Location"] == f"{SIGN_IN}?next=/admin/conditions/page/"
    told = page_of(signed_in.get(response.headers["Location"])).one("main").text
    assert "You were signed out, as some time had passed." in told
    assert not Session.objects.exists()


def test_who_goes_on_working_stays_until_the_day_is_over(signed_in, clock):
    for _ in range(11):
        clock.forward(HOUR)
        assert is_signed_in(signed_in)
    clock.forward(HOUR + 1)
    assert not is_signed_in(signed_in)


def test_public_pages_are_no_work(signed_in, clock):
    for _ in range(3):
        clock.forward(HOUR)
        signed_in.get("/sources/")
    assert not is_signed_in(signed_in)


def test_page_to_sign_in_does_not_take_an_old_session_for_a_new_one(signed_in, clock):
    clock.forward(3 * HOUR)
    response = signed_in.get(SIGN_IN)
    assert response.status_code == 200
    assert "You were signed out" in page_of(response).one("main").text


def test_it_is_noted_at_most_once_a_minute(signed_in, clock):
    for seconds, written in ((0, False), (30, False), (31, True), (1, False)):
        clock.forward(seconds)
        with CaptureQueriesContext(connection) as queries:
            signed_in.get("/admin/jsi18n/")
        changes = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
        assert any("django_session" in change for change in changes) == written


def test_cookie_ends_with_the_browser_and_goes_to_the_admin_alone(client, ann):
    give_password(client)
    cookie = client.cookies["sessionid"]
    assert cookie["max-age"] == cookie["expires"] == ""
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/admin/", True, "Lax")
    assert client.cookies["csrftoken"]["path"] == "/admin/"


def test_another_password_signs_out_everywhere_else(client, ann):
    other = Client()
    for browser in (client, other):
        give_password(browser)
    ann.set_password("another three words")
    ann.save()
    assert not is_signed_in(client) and not is_signed_in(other)


def test_session_gets_another_key_with_each_step(client, ann, demanded):
    keys = []
    for step in (give_password, set_up_phone, lambda client: client.post("/admin/logout/"), give_password):
        step(client)
        keys.append(client.cookies["sessionid"].value)
    assert len(set(keys)) == len(keys)

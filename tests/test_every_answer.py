"""What holds of every public address beside its page: headers, what is refused, faults, and machines."""

from io import StringIO
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from conditions import views
from tests.markup import page_of
from tests.public_pages import EVERYTHING, FOR_APPS, FORMER, LOST, SIGNED, TAKES_FORMS, WITHDRAWN

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("public_content")]


# --- What goes with it ---


@pytest.fixture(params=EVERYTHING)
def anything(request, get):
    return get(request.param)


def test_security_headers(anything):
    written = [part.strip().split(" ", 1) for part in anything.headers["Content-Security-Policy"].split(";")]
    policy = dict(written)
    assert len(policy) == len(written)
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert set(policy.values()) == {"'none'", "'self'"}
    assert anything.headers["X-Content-Type-Options"] == "nosniff"
    assert anything.headers["X-Frame-Options"] == "DENY"
    is_signed = anything.wsgi_request.path.startswith(SIGNED)
    assert anything.headers["Referrer-Policy"] == ("no-referrer" if is_signed else "same-origin")
    assert anything.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    origin = "cross-origin" if anything.wsgi_request.path in FOR_APPS else "same-origin"
    assert anything.headers["Cross-Origin-Resource-Policy"] == origin
    assert "camera=()" in anything.headers["Permissions-Policy"]


def test_no_cookie_is_set_or_read(anything):
    assert anything.cookies == {}
    assert "Set-Cookie" not in anything.headers
    assert "cookie" not in anything.headers.get("Vary", "").lower()


@pytest.mark.parametrize("address", EVERYTHING)
def test_head_is_get_without_the_body(client, get, address):
    got, head = get(address), client.head(address)
    assert head.status_code == got.status_code
    assert head.content == b""
    assert head.headers["Content-Type"] == got.headers["Content-Type"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize(
    "address", [address for address in EVERYTHING if address not in {LOST, *TAKES_FORMS}]
)
def test_public_pages_take_nothing_in(client, address, method):
    response = getattr(client, method)(address)
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize(
    "address", [address for address in EVERYTHING if urlsplit(address).path.endswith("/") and address != "/"]
)
def test_address_without_its_last_slash_leads_to_the_one_with_it(client, address):
    path, query = urlsplit(address).path, urlsplit(address).query
    response = client.get(path.rstrip("/") + (f"?{query}" if query else ""))
    if address == LOST:
        assert response.status_code == 404
    else:
        assert response.status_code == 301
        assert response.headers["Location"] == address.removesuffix("?")


def test_former_address_leads_to_the_page_for_good(client):
    response = client.get(FORMER)
    assert (response.status_code, response.headers["Location"]) == (301, "/conditions/new/")


def test_withdrawn_page_says_so_and_is_not_indexed(client):
    page = page_of(client.get(WITHDRAWN))
    assert "It was wrong." in page.one("main").text
    assert "/conditions/sore-elbow/" in page.one("main").links
    assert "noindex" in page.one("meta", name="robots")["content"]


# --- When something is wrong ---


def test_lost_reader_is_offered_the_way_on(client):
    page = page_of(client.get(LOST))
    main = page.one("main")
    assert {"/", "/conditions/"} <= main.links.keys()
    assert main.one("form", action="/physiotherapists/").one("input", name="location")
    assert "noindex" in page.one("meta", name="robots")["content"]


def static_page(response):
    """The pages for a request or a server in trouble lean on nothing that may be broken."""
    page = page_of(response)
    assert page.one("html")["lang"] == "en-GB"
    assert "999" in page.text
    assert page.all("link", "script", "style", "img") == []
    assert "'none'" in response.headers["Content-Security-Policy"]
    return page.one("h1").text


def test_fault_of_ours_is_told_as_ours_and_shows_nothing_of_it(client, monkeypatch):
    def broken(version):
        raise RuntimeError("a secret of the code")

    monkeypatch.setattr(views, "page_context", broken)
    client.raise_request_exception = False
    response = client.get("/conditions/sore-elbow/")
    assert response.status_code == 500
    assert static_page(response) == "Something went wrong on our side"
    assert b"secret" not in response.content


def test_request_for_another_host_is_refused(client):
    response = client.get("/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert static_page(response) == "We could not read that request"
    assert b"evil" not in response.content


# --- Machines ---


@pytest.fixture
def database_is_gone(monkeypatch):
    def cursor(*args, **kwargs):
        raise OperationalError("a secret of the database")

    monkeypatch.setattr(connection, "cursor", cursor)


@pytest.mark.parametrize(("address", "body"), [("/healthz/", b"ok\n"), ("/readyz/", b"ready\n")])
def test_health_is_told_in_one_word_and_never_from_a_cache(client, address, body):
    response = client.get(address)
    assert (response.status_code, response.content) == (200, body)
    assert response.headers["Content-Type"] == "text/plain"
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.usefixtures("database_is_gone")
def test_without_its_database_the_process_lives_but_is_not_ready(client):
    response = client.get("/readyz/")
    assert (response.status_code, response.content) == (503, b"no database\n")
    assert "no-store" in response.headers["Cache-Control"]
    assert client.head("/readyz/").status_code == 503
    assert client.get("/healthz/").status_code == 200


def test_health_asks_the_database_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/healthz/")


def test_no_migration_is_missing():
    told = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=told)
    except SystemExit:
        pytest.fail(told.getvalue())

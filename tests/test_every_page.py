"""What holds on every public page, by walking every public address."""

import re
from datetime import datetime, time, timedelta
from functools import cache
from io import StringIO
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from bookings.models import Appointment, State
from bookings.tokens import appointment_token, booking_token, day_token
from conditions import views
from conditions.models import Page, Version
from conditions.versions import change_address, publish, start_draft, unpublish
from tests.bookings.factories import make_appointment, make_diary
from tests.factories import (
    make_clinic,
    make_draft,
    make_page,
    make_physiotherapist,
)
from tests.markup import page_of

pytestmark = pytest.mark.django_db

# Signed addresses are known before what they lead to is made.
ADA, BOOKED, SOON = 7_000_001, 7_000_002, timezone.localdate() + timedelta(days=7)
HELD_KEY, BOOKED_KEY, CANCELLED_KEY = (UUID(int=number) for number in (1, 2, 3))
BOOK = "/physiotherapists/ada-sample/book/"
HELD = f"{BOOK}{booking_token(Appointment(key=HELD_KEY))}/"
MADE = f"{BOOK}{booking_token(Appointment(key=BOOKED_KEY))}/"
MANAGE = f"/appointments/{appointment_token(Appointment(key=BOOKED_KEY))}/"
CANCELLED = f"/appointments/{appointment_token(Appointment(key=CANCELLED_KEY))}/"
DAY = f"/appointments/day/{day_token(ADA, SOON)}/"

# By the name of their pattern; several where a page has several faces.
PAGES = {
    "home": ["/"],
    "about": ["/about/"],
    "privacy": ["/privacy/"],
    "accessibility": ["/accessibility/"],
    "sources": ["/sources/"],
    "conditions:index": ["/conditions/"],
    "conditions:area": ["/conditions/areas/elbow/", "/conditions/areas/knee/"],
    "conditions:detail": ["/conditions/sore-elbow/", "/conditions/sore-elbow/?near=LS1"],
    "conditions:changes": ["/conditions/sore-elbow/changes/"],
    "treatments:index": ["/treatments/"],
    "treatments:detail": ["/treatments/heat/"],
    "treatments:changes": ["/treatments/heat/changes/"],
    "directory:search": [
        "/physiotherapists/",
        "/physiotherapists/?location=",
        "/physiotherapists/?location=LS1+4AP",
        "/physiotherapists/?location=LS1+4AP&neuro=on&home_visits=on&female=on",
        "/physiotherapists/?location=nowhere+at+all",
    ],
    "directory:profile": ["/physiotherapists/ada-sample/", "/physiotherapists/ada-sample/?near=LS1"],
    "directory:compare": [
        "/physiotherapists/compare/",
        "/physiotherapists/compare/?p=ada-sample&near=LS1",
        "/physiotherapists/compare/?p=nobody",
    ],
    "directory:correction": ["/physiotherapists/ada-sample/correction/"],
    "directory:correction-sent": ["/physiotherapists/ada-sample/correction/sent/"],
    "directory:town": ["/physiotherapists/in/leeds/", "/physiotherapists/in/bangor/"],
    "bookings:times": [BOOK, f"{BOOK}?kind=follow-up&condition=sore-elbow"],
    "bookings:safety": [HELD, f"{HELD}?condition=sore-elbow"],
    "bookings:details": [f"{HELD}details/"],
    "bookings:done": [f"{MADE}done/"],
    "bookings:appointment": [MANAGE, CANCELLED],
    "bookings:cancel": [f"{MANAGE}cancel/"],
    "bookings:move": [f"{MANAGE}move/"],
    "bookings:day": [DAY],
    "bookings:day-cancel": [f"{DAY}{BOOKED}/cancel/"],
}
# Pages whose address lets whoever has it see or do something.
SIGNED = (HELD, MADE, MANAGE, CANCELLED, DAY)
TAKES_FORMS = {
    *PAGES["directory:correction"],
    *(
        address
        for name in ("times", "details", "cancel", "move", "day-cancel")
        for address in PAGES[f"bookings:{name}"]
    ),
}
# What is asked by POST alone, or is there while developing alone; tests/bookings has them.
ELSEWHERE = {
    "preview",
    *(f"bookings:{name}" for name in ("check", "confirm", "again", "day-no-show", "outbox")),
}
MACHINES = {
    "places:suggestions": ["/places/?q=lee"],
    "healthz": ["/healthz/"],
    "readyz": ["/readyz/"],
    "sitemap": ["/sitemap.xml"],
    "sitemap-section": ["/sitemap-pages.xml"],
    "robots": ["/robots.txt"],
}
LOST, WITHDRAWN, FORMER, FORGED = (
    "/no-such-page/",
    "/conditions/bad-elbow/",
    "/conditions/old/",
    "/preview/x:y:z/",
)
ADDRESSES = [address for faces in PAGES.values() for address in faces]
# What is no page of its own but looks like one, and what it answers.
STATUS = {LOST: 404, WITHDRAWN: 410, FORGED: 404}
EVERYTHING = [*ADDRESSES, *STATUS, FORMER, *(address for faces in MACHINES.values() for address in faces)]


@pytest.fixture(scope="module", autouse=True)
def content(django_db_setup, django_db_blocker):
    """Made once for all the tests of this module, each of which leaves it as it was."""
    with django_db_blocker.unblock(), transaction.atomic():
        make_content()
        yield
        transaction.set_rollback(True)


def make_content():
    heat = make_page("heat", kind=Page.Kind.TREATMENT, areas=(), title="Heat")
    draft = make_draft("sore-elbow", areas=("elbow",), title="Sore elbow")
    draft.treatments.update(page=heat.page)
    draft.related_pages.create(position=1, page=heat.page, difference="It is warm.")
    elbow = publish(draft, by=None, unsigned=True)
    draft = start_draft(elbow.page, None)
    Version.objects.filter(pk=draft.pk).update(overview="<p>Other words.</p>")
    publish(draft, by=None, unsigned=True)
    publish(start_draft(heat.page, None), by=None, unsigned=True)
    for slug in ("about", "privacy", "accessibility"):
        make_page(slug, kind=Page.Kind.SIMPLE, areas=())
    unpublish(make_page("bad-elbow").page, reason="It was wrong.", instead=elbow.page)
    change_address(make_page("old", areas=("knee",)).page, "new")
    make_page("sore-forearm", areas=("elbow", "forearm"), title="Sore forearm")
    ada = make_physiotherapist(
        (make_clinic("LS1 4AP"),), name="Ada Sample", slug="ada-sample", sample=True, pk=ADA
    )
    make_diary(ada)
    for hour, values in (
        (10, {"key": HELD_KEY, "state": State.HELD, "held_until": timezone.now() + timedelta(minutes=10)}),
        (11, {"key": BOOKED_KEY, "pk": BOOKED, "name": "Ann Patient", "phone": "07700 900123"}),
        (12, {"key": CANCELLED_KEY, "state": State.CANCELLED}),
    ):
        starts = timezone.make_aware(datetime.combine(SOON, time(hour)))
        booked: dict[str, Any] = {"booked_at": timezone.now(), "change_until": starts - timedelta(hours=24)}
        make_appointment(ada, starts, **booked | values)
    make_physiotherapist((make_clinic("LS1 4AP"),), gender="female")
    make_physiotherapist((make_clinic("LS1 4AP"),))
    # Two towns of one name, so that the bare name is a choice.
    for postcode in ("LL57 2DG", "BT20 3AA"):
        for _ in range(3):
            make_physiotherapist((make_clinic(postcode),))


@pytest.fixture(scope="module")
def get(content):
    """What an address answers, asked once, since nothing changes it."""
    return cache(Client().get)


@pytest.fixture(params=[*ADDRESSES, *STATUS])
def response(request, get):
    response = get(request.param)
    assert response.status_code == STATUS.get(request.param, 200)
    return response


@pytest.fixture
def page(response):
    return page_of(response)


def named_patterns(resolver, namespace=""):
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver) and pattern.namespace != "admin":
            yield from named_patterns(pattern, f"{pattern.namespace}:" if pattern.namespace else namespace)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"


def test_every_public_address_is_walked():
    assert set(named_patterns(get_resolver())) == PAGES.keys() | MACHINES.keys() | ELSEWHERE


# --- The page ---------------------------------------------------------------------------------


def test_page_is_british_english_with_one_main_heading(response, page):
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.one("html")["lang"] == "en-GB"
    assert page.one("h1").text
    assert page.one("h1") in page.one("main").all("h1")


def test_first_link_skips_to_the_main_text(page):
    skip = page.one("body").all("a")[0]
    assert skip.text.startswith("Skip to")
    assert page.one(id=skip["href"].removeprefix("#")).tag == "main"


def test_every_page_says_what_to_do_in_an_emergency(page):
    assert "In an emergency call 999. For urgent advice call 111." in page.one("footer").text


def test_ids_are_unique_and_those_that_are_named_are_there(page):
    ids = [element["id"] for element in page.walk() if "id" in element.attributes]
    assert sorted(ids) == sorted(set(ids))
    named = {
        name
        for element in page.walk()
        for attribute in ("for", "aria-labelledby", "aria-describedby")
        for name in element.get(attribute).split()
    }
    named |= {href[1:] for href in page.links if href.startswith("#")}
    assert named - set(ids) == set()


def test_every_field_has_a_label(page):
    labelled = {label.get("for") for label in page.all("label")}
    for field in page.all("input", "select", "textarea"):
        if field.get("type") not in {"hidden", "submit"}:
            in_label = field.parent and field.parent.tag == "label"
            assert in_label or field.get("id") in labelled, field


def test_titles_name_the_site_and_differ_from_page_to_page(get):
    titles: dict[str, str] = {}
    # The faces of one page may share a title.
    for address in [faces[0] for faces in PAGES.values()] + [LOST, WITHDRAWN, PAGES["conditions:area"][1]]:
        title = page_of(get(address)).one("head").one("title").text
        assert "The Physiotherapy Site" in title
        assert titles.setdefault(title, address) == address


def test_nothing_on_the_page_runs_or_colours_but_files_of_the_site(page):
    assert page.all("style") == []
    for element in page.walk():
        handlers = {name for name in element.attributes if name == "style" or name.startswith("on")}
        assert handlers == set(), element
        assert not element.get("href").lower().startswith(("javascript:", "data:")), element
        if element.tag == "script":
            assert element.get("src"), element
            assert element.children == []


def resources(page):
    """Addresses that a browser fetches by itself."""
    for element in page.all("link", "script", "img", "iframe", "source", "video", "audio", "object", "embed"):
        if element.tag != "link" or element.get("rel") not in {"canonical", "alternate", "next", "prev"}:
            for attribute in ("src", "href", "srcset", "data", "poster"):
                if element.get(attribute):
                    yield element[attribute]


def test_every_file_that_the_page_needs_is_one_of_the_sites_own(page):
    found = list(resources(page))
    assert len(found) >= 3
    for address in found:
        assert address.startswith("/static/"), address
        assert finders.find(address.removeprefix("/static/")), address


def test_icon_is_named_and_there(page):
    icon = page.one("link", rel="icon")
    assert icon["type"] == "image/svg+xml"
    assert finders.find(icon["href"].removeprefix("/static/"))


def test_every_link_of_the_site_leads_somewhere(get, page):
    for href in page.links:
        parts = urlsplit(href)
        if parts.netloc:
            assert parts.scheme in {"https", "http"}, href
        elif parts.scheme:
            assert parts.scheme in {"mailto", "tel"}, href
        elif parts.path:
            assert get(href).status_code == 200, href


# --- What goes with it --------------------------------------------------------------------------


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
    assert anything.headers["Cross-Origin-Resource-Policy"] == "same-origin"
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


@pytest.mark.parametrize("address", [address for address in EVERYTHING if re.match("/.+/", address)])
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


# --- When something is wrong ----------------------------------------------------------------------


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


# --- Machines -----------------------------------------------------------------------------------


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


def test_page_with_only_words_asks_the_database_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert re.search(rb"<h1>.+</h1>", client.get("/sources/").content)


@pytest.mark.parametrize("name", ["about", "privacy", "accessibility"])
def test_simple_pages_ask_the_database_little(client, django_assert_max_num_queries, name):
    with django_assert_max_num_queries(9):
        assert re.search(rb"<h1>.+</h1>", client.get(PAGES[name][0]).content)

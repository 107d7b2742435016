"""Slow clients, huge requests, many of them: refused cheaply, while other visitors are served."""

import http.client
import socket
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest

from tests.production.load import Load
from tests.production.servers import until
from tests.public_pages import BOOK

MANY = 300
FORM = "/physiotherapists/ada-sample/correction/"
PAGES = ["/conditions/sore-elbow/", "/", "/physiotherapists/?location=LS1+4AP", "/healthz/"]


@contextmanager
def connected(site, number: int, first: bytes, of: str = "127.0.0.1") -> Iterator[list[ssl.SSLSocket]]:
    """Connections that have said a little and say no more; whoever misbehaves has an address of their own."""
    context = ssl.create_default_context(cafile=str(site.certificate))
    with ExitStack() as stack:
        found = []
        for _ in range(number):
            plain = stack.enter_context(
                socket.create_connection(("127.0.0.1", site.https_port), timeout=60, source_address=(of, 0))
            )
            sock = stack.enter_context(context.wrap_socket(plain, server_hostname="localhost"))
            sock.sendall(first)
            found.append(sock)
        yield found


def is_refused(sock: ssl.SSLSocket) -> bool:
    """By now."""
    sock.setblocking(False)
    try:
        return sock.recv(4096).startswith(b"HTTP/1.1 429")
    except ssl.SSLWantReadError:
        return False


def said(sock: ssl.SSLSocket) -> bytes:
    """What the server says until it closes; raises TimeoutError where it never does."""
    heard = b""
    try:
        while piece := sock.recv(4096):
            heard += piece
    except TimeoutError:
        raise
    except OSError:
        # Closed without ceremony, which costs it least.
        pass
    return heard


# Of the first kind nginx knows no address yet; the second it counts by visitor.
@pytest.mark.parametrize(
    ("first", "may_say"),
    [
        (
            b"GET /search/?q=slow HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
            (b"", b"HTTP/1.1 408", b"HTTP/1.1 400"),
        ),
        (
            f"POST {FORM} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabout=".encode(),
            (b"", b"HTTP/1.1 408", b"HTTP/1.1 429"),
        ),
    ],
    ids=["headers", "body"],
)
def test_slow_clients_hold_up_nobody_and_are_sent_away(site, first, may_say):
    with connected(site, MANY, first, of="127.0.0.3") as slow:
        with Load(site, PAGES) as load:
            load.goes_on(100)
        assert load.failed == {}
        for sock in slow:
            assert said(sock)[:12] in may_say


def test_a_slow_reader_holds_up_nobody(site):
    """They ask for long pages, again and again, and read nothing."""
    ask = b"GET /conditions/sore-elbow/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connected(site, 30, ask * 3, of="127.0.0.4"), Load(site, PAGES) as load:
        load.goes_on(100)
    assert load.failed == {}


@pytest.mark.parametrize("path", [FORM, "/", "/search/", BOOK, "/admin-of-another/"])
def test_a_huge_body_is_refused_before_it_is_sent(site, path):
    with closing(site.connection()) as connection:
        connection.putrequest("POST", path)
        connection.putheader("Content-Length", str(300 * 1024 * 1024))
        connection.endheaders()
        assert connection.getresponse().status == 413


@pytest.mark.parametrize(
    ("path", "megabytes", "status"),
    [
        ("/admin/login/", 24, 100),
        ("/admin/login/", 26, 413),
        ("/admin/library/episode/add/", 305, 100),
        ("/admin/library/episode/add/", 311, 413),
    ],
)
def test_the_admin_takes_spreadsheets_and_episodes(site, path, megabytes, status):
    """nginx says to go on, or refuses, before anything is sent."""
    request = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {megabytes * 1024 * 1024}\r\n"
        "Expect: 100-continue\r\n\r\n"
    )
    with connected(site, 1, request.encode()) as (sock,):
        assert sock.recv(100).startswith(f"HTTP/1.1 {status}".encode())


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {"X-Huge": "a" * 40_000}, 400),
        ("/", {"Cookie": "a=" + "b" * 9_000}, 400),
        ("/", {f"X-{number}": "a" * 100 for number in range(99)}, None),
        ("/search/?q=" + "a" * 9_000, {}, 414),
    ],
    ids=["one header", "cookie", "many headers", "address"],
)
def test_huge_headers_are_refused(site, path, headers, status):
    with closing(site.connection()) as connection:
        try:
            connection.request("GET", path, headers=headers)
            answered = connection.getresponse().status
        except (OSError, http.client.HTTPException):
            # nginx has heard enough.
            return
        assert answered == status or (status is None and answered in {200, 400, 431})


@pytest.fixture
def strict(site):
    """With the limits of the shipped example divided by ten, so that a test reaches them soon."""
    usual = {name: site.environment[name] for name in ("NGINX_REQUESTS_PER_SECOND", "NGINX_FORMS_PER_SECOND")}
    site.set_environment(NGINX_REQUESTS_PER_SECOND="5", NGINX_FORMS_PER_SECOND="1")
    site.nginx.reload()
    yield site
    site.set_environment(**usual)
    site.nginx.reload()
    # For forms as well: the process that had the narrow ones may still be there for a moment.
    until(lambda: site.ask("/").status == 200, "nginx has its usual limits")
    until(lambda: site.ask("/no-such-form/", "POST").status != 429, "nginx has its usual limits for forms")


def test_too_many_requests_are_told_to_wait_and_never_reach_the_site(strict):
    # Without a pause, through one connection: more than 200 and five a second.
    with closing(strict.connection()) as connection:
        statuses: Counter[int] = Counter()
        for _ in range(600):
            connection.request("GET", "/healthz-not/")
            answer = connection.getresponse()
            body = answer.read()
            statuses[answer.status] += 1
            if answer.status == 429:
                break
    assert statuses[429] == 1
    assert statuses[404] >= 200
    assert b"Wait a minute" in body
    assert answer.headers["Strict-Transport-Security"]
    # Files and probes are not counted.
    assert strict.ask("/healthz/").status == 200


def test_too_many_forms_are_told_to_wait_while_pages_are_served(strict):
    form = b"POST /no-such-form/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
    form += b"Connection: close\r\n\r\na=b"
    statuses: list[int] = []
    while 429 not in statuses and len(statuses) < 200:
        with connected(strict, 1, form) as (sock,):
            statuses.append(int(said(sock).split()[1]))
    assert len(statuses) > 30
    assert statuses[-1] == 429
    assert strict.ask("/conditions/sore-elbow/").status == 200


def test_more_connections_than_one_visitor_needs_are_refused_and_others_served(site):
    """A hundred at once, of one address."""
    body = f"POST {FORM} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n".encode()
    with connected(site, 101, body, of="127.0.0.5") as slow:
        # Not always the last: nginx has several processes, and each counts when it comes to it.
        until(lambda: any(map(is_refused, slow)), "one of them is refused")
        assert site.ask("/").status == 200

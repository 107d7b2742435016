"""Whether the addresses of sources still answer. Nothing here changes a page."""

import errno
import socket
import ssl
import string
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from email.message import Message
from enum import StrEnum
from http import HTTPStatus
from http.client import HTTPException
from threading import Lock
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, OpenerDirector, Request, build_opener

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.encoding import iri_to_uri, punycode

from conditions.models import Citation, Page, Source, Version

USER_AGENT = "ThePhysiotherapySite/1.0 (checks that the sources it cites still answer)"
TIME_LIMIT = 15.0  # seconds for one try at an address, with its redirects
AT_ONCE = 3
MAX_REDIRECTS = 10
PERMANENT = {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT}
REDIRECTS = {*PERMANENT, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT}
# A server may say these to a program and show people the page. 503 is "later" by its definition.
REFUSED = {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
}


class Outcome(StrEnum):
    ANSWERS = "Answers"
    MOVED = "Moved"
    DEAD = "Dead"
    UNSURE = "Cannot tell"


class Finding(NamedTuple):
    outcome: Outcome
    # Why it is dead or unsure; where it moved to.
    detail: str = ""

    def __str__(self) -> str:
        if self.outcome == Outcome.MOVED:
            return f"{self.outcome} to {self.detail}"
        return f"{self.outcome}: {self.detail}" if self.detail else self.outcome.value


class _Answer(NamedTuple):
    status: int
    # Where permanent redirects led to before the first temporary one, if there were any.
    moved_to: str


class _Stop(Exception):
    """The address cannot be followed to an answer."""

    def __init__(self, outcome: Outcome, detail: str, worth_a_get: bool = False) -> None:
        super().__init__(detail)
        self.finding = Finding(outcome, detail)
        self.worth_a_get = worth_a_get


class _NoRedirect(HTTPRedirectHandler):
    """Redirects are followed here, one by one: urllib would tell nothing of them and turn HEAD into GET."""

    def redirect_request(self, *args: Any) -> None:
        return None


def current_versions(at: datetime | None = None) -> QuerySet[Version]:
    """What readers see, will see once its time has come, or what editors are at work on."""
    at = at or timezone.now()
    live = Version.objects.live(at).values("pk")
    scheduled = Q(status=Version.Status.APPROVED, publish_at__gt=at)
    return Version.objects.filter(Q(status__in=Version.OPEN) | Q(pk__in=live) | scheduled)


def sources_with_pages(at: datetime | None = None) -> dict[Source, list[Page]]:
    """Each source that a page relies on now, with those pages."""
    found: dict[Source, list[Page]] = {}
    citations = Citation.objects.filter(version__in=current_versions(at).values("pk"))
    for citation in citations.select_related("source", "version__page").order_by(
        "source__publisher", "source__title", "source_id", "version__page__kind", "version__page__slug"
    ):
        pages = found.setdefault(citation.source, [])
        if citation.version.page not in pages:
            pages.append(citation.version.page)
    return found


def check_all(sources: Iterable[Source]) -> Iterator[tuple[Source, Finding]]:
    """Ask for every address: a few hosts at once, and of each host one address after the other."""
    by_host: dict[str, list[Source]] = {}
    for source in sources:
        by_host.setdefault(_host(source.url), []).append(source)
    locks: dict[str, Lock] = {}

    def check_host(of_one_host: list[Source]) -> list[tuple[Source, Finding]]:
        return [(source, check_address(source.url, locks)) for source in of_one_host]

    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        for findings in pool.map(check_host, by_host.values()):
            yield from findings
    finally:
        # Somebody who interrupts it does not wait for the rest.
        pool.shutdown(cancel_futures=True)


def check_address(url: str, locks: dict[str, Lock]) -> Finding:
    """``locks``, one a host, keep a redirect from elsewhere away from a host that is being asked."""
    try:
        answer = _follow(url, "HEAD", locks)
        if 200 <= answer.status < 300 or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            return _finding(answer)
    except _Stop as stop:
        if not stop.worth_a_get:
            return stop.finding
    # Many servers refuse HEAD, some of them with a 404, a 500 or silence: GET has the last word.
    try:
        return _finding(_follow(url, "GET", locks))
    except _Stop as stop:
        return stop.finding


def _finding(answer: _Answer) -> Finding:
    if 200 <= answer.status < 300:
        return Finding(Outcome.MOVED, answer.moved_to) if answer.moved_to else Finding(Outcome.ANSWERS)
    outcome = Outcome.UNSURE if answer.status in REFUSED else Outcome.DEAD
    return Finding(outcome, f"the server answered {_named(answer.status)}")


def _follow(url: str, method: str, locks: dict[str, Lock]) -> _Answer:
    """The answer at the end of all redirects."""
    # Some publishers lead in a circle until their cookie comes back.
    opener = build_opener(_NoRedirect, HTTPCookieProcessor())
    seconds = TIME_LIMIT
    moved_to, all_permanent = "", True
    for _ in range(MAX_REDIRECTS + 1):
        request = _request(url, method)
        with locks.setdefault(_host(url), Lock()):
            # Waiting for the host to be free does not count.
            began = time.monotonic()
            status, headers = _ask(opener, request, seconds)
            seconds -= time.monotonic() - began
        if status not in REDIRECTS or not headers["Location"]:
            return _Answer(status, moved_to)
        # As urllib has it: bytes that are not ASCII come as Latin-1 and go back as they were.
        location = quote(headers["Location"].strip(), safe=string.punctuation, encoding="iso-8859-1")
        url = urljoin(url, location)
        all_permanent = all_permanent and status in PERMANENT
        if all_permanent:
            moved_to = url
    raise _Stop(Outcome.DEAD, f"it leads in a circle, or through more than {MAX_REDIRECTS} redirects")


def _request(url: str, method: str) -> Request:
    try:
        parts = urlsplit(url)
        # Before anything is opened: urllib would also read files of this machine.
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise _Stop(Outcome.DEAD, "only http:// and https:// addresses open in a browser")
        port = f":{parts.port}" if parts.port else ""
        host = f"[{parts.hostname}]" if ":" in parts.hostname else punycode(parts.hostname)
        address = iri_to_uri(parts._replace(netloc=host + port, fragment="").geturl())
    except ValueError:
        raise _Stop(Outcome.DEAD, "it is not an address") from None
    return Request(address, method=method, headers={"User-Agent": USER_AGENT, "Accept": "*/*"})  # noqa: S310


def _ask(opener: OpenerDirector, request: Request, seconds: float) -> tuple[int, Message]:
    try:
        if seconds <= 0:
            raise TimeoutError
        with opener.open(request, timeout=seconds) as response:
            return response.status, response.headers
    except HTTPError as answer:
        with answer:
            return answer.code, answer.headers
    except (OSError, HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        # A server that stays silent or breaks off may only dislike HEAD.
        broke_off = isinstance(reason, TimeoutError | ConnectionResetError | HTTPException)
        raise _Stop(*_why(reason), worth_a_get=broke_off) from None


def _why(reason: object) -> tuple[Outcome, str]:
    if isinstance(reason, TimeoutError):
        return Outcome.DEAD, f"no answer within {TIME_LIMIT:g} seconds"
    if isinstance(reason, ssl.SSLError):
        # Browsers get by with chains of certificates that Python does not accept.
        return Outcome.UNSURE, "its certificate or secure connection could not be checked"
    if isinstance(reason, socket.gaierror):
        if reason.errno == socket.EAI_AGAIN:
            return Outcome.UNSURE, "the name server did not answer"
        return Outcome.DEAD, "there is no such host"
    if isinstance(reason, OSError) and reason.errno in {errno.ENETUNREACH, errno.ENETDOWN}:
        return Outcome.UNSURE, "this machine could not reach the network"
    if isinstance(reason, ConnectionRefusedError):
        return Outcome.DEAD, "the server refused the connection"
    if isinstance(reason, ValueError):
        return Outcome.DEAD, "it is not an address"
    return Outcome.DEAD, f"the server broke off ({type(reason).__name__})"


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _named(status: int) -> str:
    try:
        return f"{status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return str(status)

"""The outermost piece of the site: it answers with pages that were made before, and makes each one once.

What it keeps lies in this process, bounded by ``PAGE_CACHE_MB``, and in the cache that all processes share.
A page is made from a request that is written here, of what the address holds that the page reads: no header
of whoever asks first reaches what the others get. docs/decisions/0020-page-cache.md has the reasons.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from threading import Event, Lock
from typing import Any, cast

from django.conf import settings
from django.core.cache import DEFAULT_CACHE_ALIAS, caches
from django.core.cache import cache as shared
from django.core.cache.backends.locmem import LocMemCache
from django.http.request import split_domain_port, validate_host

from freshness.version import current
from physiosite.kept_page import Headers, KeptPage
from physiosite.public_pages import STATUSES, TIMES, Address, address_of

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

# Seconds for which a page is kept for times in which no other can be made; the second of the many addresses.
KEPT_SECONDS, KEPT_SECONDS_OF_MANY = 24 * 3600, 3600
LARGEST = 1024 * 1024
# Addresses with a query are kept when they are asked for again: of so many it is known that they were.
_REMEMBERED = 4096
# How long others wait for whoever makes a page; who holds the making any longer has died.
_WAIT_SECONDS, _LOOK_SECONDS, _MAKING_SECONDS = 3.0, 0.03, 10
# While a page is made anew, the others get the old one; not if it is older than this.
_JUST_NOW = 2.0
# After a page could not be made, no other attempt is made where there is an old one.
_PAUSE_SECONDS = 1.0
# Of the request that was sent, what goes into the one that the page is made from.
_PASSED_ON = {
    "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "SERVER_SOFTWARE", "SCRIPT_NAME", "REMOTE_ADDR",
    "REMOTE_PORT", "HTTP_HOST", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_REQUEST_ID",
}  # fmt: skip


class Memory:
    """Pages of this process, the longest unused thrown out first."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes, self.bytes = most_bytes, 0
        self._pages: OrderedDict[str, KeptPage] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> KeptPage | None:
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def put(self, key: str, page: KeptPage) -> None:
        with self._lock:
            if before := self._pages.pop(key, None):
                self.bytes -= before.size
            self._pages[key] = page
            self.bytes += page.size
            while self.bytes > self.most_bytes:
                _, oldest = self._pages.popitem(last=False)
                self.bytes -= oldest.size


class PageCache:
    def __init__(self, application: Application) -> None:
        self.application = application
        self.memory = Memory(settings.PAGE_CACHE_MB * 1024 * 1024)
        self._asked: OrderedDict[str, None] = OrderedDict()
        self._making: dict[str, Event] = {}
        self._lock = Lock()
        self._failed_at = float("-inf")
        # The present version, the one before, and since when.
        self._versions: tuple[str | None, str | None, float] = (None, None, 0.0)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not _may_be_shared(environ):
            return self.application(environ, start_response)
        address = address_of(_text_of(environ, "PATH_INFO"), _text_of(environ, "QUERY_STRING"))
        if address is None:
            return self.application(environ, start_response)
        version = self._present_version()
        page = self.memory.get(address.key)
        is_right = page and (version is None or page.is_fresh(version, time.time(), address.rule.fresh))
        if page is None or not is_right:
            page = self._anew(environ, address, version, page)
        return _answer(environ, start_response, page)

    def _anew(
        self, environ: Environ, address: Address, version: str | None, old: KeptPage | None
    ) -> KeptPage:
        if not (old or version is None or self._is_kept(address)):
            return self._made(environ, address, version)
        with self._lock:
            other = self._making.get(address.key)
            if other is None:
                ours = self._making[address.key] = Event()
        if other is not None:
            return self._of_another(other, environ, address, version, old)
        try:
            return self._made_once(environ, address, version, old)
        finally:
            with self._lock:
                del self._making[address.key]
            ours.set()

    def _of_another(
        self, other: Event, environ: Environ, address: Address, version: str | None, old: KeptPage | None
    ) -> KeptPage:
        """Made by another thread meanwhile."""
        if old and self._was_fresh_just_now(old, address):
            return old
        other.wait(_WAIT_SECONDS)
        return self.memory.get(address.key) or old or self._made(environ, address, version)

    def _made_once(
        self, environ: Environ, address: Address, version: str | None, old: KeptPage | None
    ) -> KeptPage:
        """By this process or another one: the first to take the lock in the shared cache."""
        key = f"page:{sha256(address.key.encode()).hexdigest()}"
        lock = f"{key}:made"
        found = self._shared_page(key, address)
        if found and (old is None or found.made_at > old.made_at):
            old = found
        if old and old.is_fresh(version, time.time(), address.rule.fresh):
            return old
        if old and (version is None or time.monotonic() - self._failed_at < _PAUSE_SECONDS):
            return old
        is_ours = _is_alone() or shared.add(lock, 1, _MAKING_SECONDS)
        if not is_ours:
            if old and self._was_fresh_just_now(old, address):
                return old
            if found := self._waited_for(key, address, version):
                return found
        try:
            made = self._made(environ, address, version)
            if made.code >= 500:
                self._failed_at = time.monotonic()
            if made.code >= 500 and old:
                return old
            if _may_be_kept(made):
                self.memory.put(address.key, made)
                # With the coding that was asked for, which others then need not make.
                made.answer(environ.get("HTTP_ACCEPT_ENCODING", ""))
                if not _is_alone():
                    is_one_of_many = address.query or address.rule.fresh == TIMES
                    shared.set(key, made.packed(), KEPT_SECONDS_OF_MANY if is_one_of_many else KEPT_SECONDS)
            return made
        finally:
            if is_ours and not _is_alone():
                shared.delete(lock)

    def _shared_page(self, key: str, address: Address) -> KeptPage | None:
        packed = None if _is_alone() else shared.get(key)
        if packed is None:
            return None
        page = KeptPage.unpacked(packed)
        self.memory.put(address.key, page)
        return page

    def _waited_for(self, key: str, address: Address, version: str | None) -> KeptPage | None:
        until = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
            page = self._shared_page(key, address)
            if page and page.is_fresh(version, time.time(), address.rule.fresh):
                return page
        return None

    def _present_version(self) -> str | None:
        version = current()
        if version is not None and version != self._versions[0]:
            self._versions = version, self._versions[0], time.monotonic()
        return version

    def _was_fresh_just_now(self, page: KeptPage, address: Address) -> bool:
        present, before, since = self._versions
        if page.version == before:
            return time.monotonic() - since < _JUST_NOW
        return page.version == present and time.time() - page.made_at < address.rule.fresh + _JUST_NOW

    def _is_kept(self, address: Address) -> bool:
        """Of the addresses that anybody can make up, those that were asked for before."""
        if not address.query:
            return True
        with self._lock:
            is_known = address.key in self._asked
            self._asked[address.key] = None
            self._asked.move_to_end(address.key)
            if len(self._asked) > _REMEMBERED:
                self._asked.popitem(last=False)
        return is_known

    def _made(self, environ: Environ, address: Address, version: str | None) -> KeptPage:
        started: list[Any] = []

        def start(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], Any]:
            started[:] = [status, headers]
            return lambda data: None

        made_at = time.time()
        # Django's answers are closed when they have been read, which ends the request.
        with closing(cast(Any, self.application(_request_for(environ, address), start))) as response:
            body = b"".join(response)
        status, headers = started
        return KeptPage(status, list(headers), body, version, made_at)


def _answer(environ: Environ, start_response: Callable[..., Any], page: KeptPage) -> Iterable[bytes]:
    headers, body = page.answer(environ.get("HTTP_ACCEPT_ENCODING", ""))
    if page.is_known(environ, headers):
        start_response("304 Not Modified", page.headers_of_304(headers))
        return []
    start_response(page.status, list(headers))
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _may_be_shared(environ: Environ) -> bool:
    if not settings.PAGE_CACHE_MB or environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
        return False
    if settings.SECURE_SSL_REDIRECT and not _is_secure(environ):
        return False
    return _is_our_host(environ.get("HTTP_HOST", ""))


def _is_secure(environ: Environ) -> bool:
    said_by_proxy: Any = settings.SECURE_PROXY_SSL_HEADER
    if said_by_proxy:
        name, value = said_by_proxy
        return environ.get(name, "").split(",")[0].strip() == value
    return environ.get("wsgi.url_scheme") == "https"


@lru_cache(maxsize=256)
def _is_our_host(host: str) -> bool:
    """Any other is for Django to refuse."""
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def _text_of(environ: Environ, name: str) -> str:
    # As Django reads it: servers hand the bytes over as if they were Latin-1.
    return environ.get(name, "").encode("latin-1").decode("utf-8", "replace")


def _request_for(environ: Environ, address: Address) -> Environ:
    kept = {name: value for name, value in environ.items() if name in _PASSED_ON or name.startswith("wsgi.")}
    return kept | {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": environ["PATH_INFO"],
        "QUERY_STRING": address.query,
        "CONTENT_LENGTH": "",
        "wsgi.input": BytesIO(),
    }


def _may_be_kept(page: KeptPage) -> bool:
    headers = {name.lower(): value for name, value in page.headers}
    return (
        page.code in STATUSES
        and page.version is not None
        and page.size <= LARGEST
        and "set-cookie" not in headers
        and headers.get("cache-control", "").startswith("public")
    )


def _is_alone() -> bool:
    """Memory of one process is no shared cache, and holds what ``Memory`` holds already."""
    return isinstance(caches[DEFAULT_CACHE_ALIAS], LocMemCache)

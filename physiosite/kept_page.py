"""A page as it is kept: its bytes in every coding that is asked for, each made once, and its headers."""

import gzip
import re
from functools import lru_cache
from hashlib import sha256
from typing import Any, Self

import brotli
from django.utils.http import parse_http_date_safe

Headers = list[tuple[str, str]]
# Made anew for each answer, or one visitor's.
_LEFT_OUT = {"content-length", "etag", "vary", "date", "connection", "x-request-id", "server-timing"}
_IN_304 = {"Cache-Control", "ETag", "Vary"}
_TEXT = re.compile(r"text/|application/(?:json|xml|[a-z+]*\+xml|[a-z+]*\+json)|image/svg")
_LEAST_COMPRESSED = 500
# As small as is worth the milliseconds that it takes while somebody waits.
_BROTLI_QUALITY, _GZIP_LEVEL = 5, 6
_SUFFIX = {"": "", "gzip": "-gz", "br": "-br"}


class KeptPage:
    """``version``: of the content it was made from, or an older one; ``made_at``: seconds since 1970."""

    def __init__(
        self,
        status: str,
        headers: Headers,
        body: bytes,
        version: str | None,
        made_at: float,
        coded: dict[str, bytes] | None = None,
    ) -> None:
        self.status, self.body, self.version, self.made_at = status, body, version, made_at
        self.headers = [(name, value) for name, value in headers if name.lower() not in _LEFT_OUT]
        named = {name.lower(): value for name, value in self.headers}
        self.is_text = len(body) >= _LEAST_COMPRESSED and bool(_TEXT.match(named.get("content-type", "")))
        self.changed = parse_http_date_safe(named["last-modified"]) if "last-modified" in named else None
        self.etag = sha256(body).hexdigest()[:32]
        self.coded = coded or {}
        self._ready: dict[str, tuple[Headers, bytes]] = {}

    @property
    def code(self) -> int:
        return int(self.status[:3])

    @property
    def size(self) -> int:
        """Bytes in memory, with its other codings: both together are never as long as the text."""
        return 2 * len(self.body) + 4096

    def is_fresh(self, version: str | None, now: float, seconds: float) -> bool:
        return version is not None and self.version == version and now - self.made_at < seconds

    def answer(self, accepted: str) -> tuple[Headers, bytes]:
        """Headers and body for an Accept-Encoding."""
        coding = coding_of(accepted) if self.is_text else ""
        ready = self._ready.get(coding)
        if ready is None:
            body = self._body_in(coding)
            headers = [
                *self.headers,
                ("ETag", f'"{self.etag}{_SUFFIX[coding]}"'),
                ("Content-Length", str(len(body))),
            ]
            if self.is_text:
                headers.append(("Vary", "Accept-Encoding"))
            if coding:
                headers.append(("Content-Encoding", coding))
            ready = self._ready[coding] = headers, body
        return ready

    def _body_in(self, coding: str) -> bytes:
        if not coding:
            return self.body
        if coding not in self.coded:
            if coding == "br":
                made = brotli.compress(self.body, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY)
            else:
                made = gzip.compress(self.body, _GZIP_LEVEL, mtime=0)
            self.coded[coding] = made
        return self.coded[coding]

    def is_known(self, environ: dict[str, Any], headers: Headers) -> bool:
        """Whether who asks has it already (https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2)."""
        if self.code != 200:
            return False
        if known := environ.get("HTTP_IF_NONE_MATCH"):
            etag = dict(headers)["ETag"]
            return known.strip() == "*" or etag in {
                one.strip().removeprefix("W/") for one in known.split(",")
            }
        if self.changed and (since := environ.get("HTTP_IF_MODIFIED_SINCE")):
            return (parse_http_date_safe(since) or 0) >= self.changed
        return False

    @staticmethod
    def headers_of_304(headers: Headers) -> Headers:
        return [(name, value) for name, value in headers if name in _IN_304]

    def packed(self) -> tuple[Any, ...]:
        """As it lies in the shared cache: of plain types."""
        return self.status, self.headers, self.body, self.version, self.made_at, self.coded

    @classmethod
    def unpacked(cls, packed: tuple[Any, ...]) -> Self:
        return cls(*packed)


@lru_cache(maxsize=256)
def coding_of(accepted: str) -> str:
    """The best of what a browser takes: br, gzip or "" for neither."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, rest = part.partition(";")
        weight = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", rest)
        weights[name.strip()] = float(weight[1]) if weight else float(not rest.strip())
    return next((coding for coding in ("br", "gzip") if weights.get(coding, weights.get("*", 0.0)) > 0), "")

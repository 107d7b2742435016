"""Which pages are the same for everybody, what of their address they read, and how long they may be kept."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from directory.forms import FILTERS
from directory.near import PARAMETER

# Seconds for which the site's own processes answer with a page of the present version. Words change with the
# version alone, so theirs is there for what nobody has thought of; free times pass and are booked meanwhile.
WORDS, TIMES = 60, 2
# To browsers and shared caches. Browsers ask each time, or whoever has just published a page looks at the one
# of before: what has not changed costs them a 304. docs/decisions/0020-page-cache.md has the reasons.
SAID = {
    WORDS: "public, max-age=0, s-maxage=10, stale-while-revalidate=10, stale-if-error=86400",
    TIMES: "public, max-age=0, s-maxage=2, stale-while-revalidate=2, stale-if-error=3600",
}
# What somebody's own position is in, or an answer to nobody else.
OWN, KEPT_BY_NOBODY = "private, no-cache", "private, no-store"
POSITION = {"lat", "lng"}
LONGEST = 1000
STATUSES = {200, 410}


class Rule(NamedTuple):
    fresh: int
    parameters: frozenset[str]


def _rule(fresh: int, *parameters: str) -> Rule:
    return Rule(fresh, frozenset({PARAMETER, *parameters}))


_WORDS_ONLY = (
    "home", "about", "privacy", "accessibility", "sources", "conditions:index", "conditions:area",
    "conditions:detail", "conditions:changes", "treatments:index", "treatments:detail", "treatments:changes",
    "posts:archive", "posts:detail", "posts:changes", "posts:feed", "podcast:index", "podcast:feed",
    "podcast:transcript", "podcast:transcript-vtt", "podcast:chapters", "sheets:index", "sheets:glossary",
    "sheets:organisations", "sheets:detail", "sheets:changes", "directory:correction",
    "directory:correction-sent", "robots", "security-txt", "sitemap",
)  # fmt: skip
RULES = dict.fromkeys(_WORDS_ONLY, _rule(WORDS)) | {
    "posts:index": _rule(WORDS, "page"),
    "podcast:detail": _rule(WORDS, "t"),
    "search": _rule(WORDS, "q", "exactly"),
    "search-suggestions": _rule(WORDS, "q"),
    "places:suggestions": _rule(WORDS, "q"),
    "sitemap-section": _rule(WORDS, "p"),
    "directory:search": _rule(TIMES, "location", "radius", "sort", "page", *FILTERS),
    "directory:profile": _rule(TIMES, "condition"),
    "directory:compare": _rule(TIMES, "p"),
    "directory:town": _rule(TIMES),
}


class Address(NamedTuple):
    """Of a public page, as all who ask for it share it: without what the page does not read."""

    path: str
    query: str
    rule: Rule

    @property
    def key(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path


def address_of(path: str, query: str) -> Address | None:
    """None for what is not a public page, or must not be shared."""
    rule = rule_of(path) if len(path) + len(query) <= LONGEST else None
    if rule is None:
        return None
    if not query:
        return Address(path, "", rule)
    try:
        given = parse_qsl(query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return None
    if POSITION & {name for name, _ in given}:
        return None
    # Sorted by name alone: of several values of one name the order counts.
    kept = sorted((pair for pair in given if pair[0] in rule.parameters), key=lambda pair: pair[0])
    return Address(path, urlencode(kept), rule)


@lru_cache(maxsize=4096)
def rule_of(path: str) -> Rule | None:
    try:
        return RULES.get(resolve(path).view_name)
    except Resolver404:
        return None


def say_how_long(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """Middleware: every answer says who may keep it, and for how long."""
    admin_prefix = f"/{settings.ADMIN_PATH}"

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = said_of(request, response)
        return response

    def said_of(request: HttpRequest, response: HttpResponse) -> str:
        rule = rule_of(request.path_info)
        is_read = request.method in {"GET", "HEAD"}
        if not is_read or request.path_info.startswith(admin_prefix):
            return KEPT_BY_NOBODY
        if rule and POSITION & {name for name, _ in parse_qsl(request.META.get("QUERY_STRING", ""))}:
            return OWN
        if rule and response.status_code in STATUSES:
            return SAID[rule.fresh]
        return "no-cache" if rule or response.status_code in {301, 404} else KEPT_BY_NOBODY

    return middleware

"""For readers whose page is not there: a search for what its address says."""

import logging
import re
from typing import Any, NamedTuple

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template.context import Context

from physiosite.limits import is_searching_too_often
from physiosite.search.results import Results, search

logger = logging.getLogger(__name__)
register = template.Library()
MOST_SHOWN = 5
MOST_WORDS = 6
# What stands beside the words that name a page, here or on other sites.
_NO_WORDS = {
    "areas", "asp", "aspx", "blog", "book", "changes", "condition", "conditions", "correction", "feed", "htm",
    "html", "in", "index", "page", "pages", "php", "physiotherapist", "physiotherapists", "podcast", "post",
    "posts", "resources", "sheets", "the", "transcript", "treatment", "treatments", "www",
}  # fmt: skip
# No page for readers was meant: files, signed links, and what programs ask every site for.
_NOT_MEANT = re.compile(
    r"/(?:appointments|media|places|preview|static|podcast/preview|cgi-bin|wp-[a-z]+)(?:/|$)|/\."
    r"|.*\.(?!html?$|aspx?$)\w+$"
)
_SEGMENT = re.compile(r"[\w.,+'’ -]{2,100}")
_WORD = re.compile(r"[^\W\d_]{2,30}")


class Found(NamedTuple):
    title: str
    address: str
    kind: str


@register.inclusion_tag("components/lost.html", takes_context=True)
def lost(context: Context) -> dict[str, Any]:
    """One search at most, whatever the address; without it, an empty box."""
    request: HttpRequest | None = context.get("request")
    words = words_of_address(request.path) if request and request.method == "GET" else ""
    is_searched = request and words and not is_searching_too_often(request)
    results = _searched(words) if is_searched else None
    if not request or not results:
        return {"words": words}
    instead = context.get("instead")
    known = {instead.get_absolute_url()} if instead else set()
    found = [one for one in _found(results, request.path) if one.address not in known]
    return {
        "words": results.meant or words,
        "found": found[:MOST_SHOWN],
        "urgent": results.urgent,
        "place": results.place,
    }


def words_of_address(path: str) -> str:
    """``/conditions/siatica.html`` is about siatica; "" for an address without words of a page."""
    if _NOT_MEANT.match(path) or path.startswith(f"/{settings.ADMIN_PATH}"):
        return ""
    segments = [segment for segment in path.split("/") if _SEGMENT.fullmatch(segment)]
    words = [word.lower() for segment in segments for word in _WORD.findall(segment)]
    return " ".join([word for word in words if word not in _NO_WORDS][:MOST_WORDS])


def _searched(words: str) -> Results | None:
    try:
        return search(words)
    except Exception:  # whatever stops the search, the page that says that nothing is here must come
        logger.exception("The search for a lost page failed")
        return None


def _found(results: Results, path: str) -> list[Found]:
    listed = [
        Found(
            person.name, person.get_absolute_url(), "Sample listing" if person.sample else "Physiotherapist"
        )
        for person in results.people
    ]
    if path.startswith("/physiotherapists/"):
        # The address of a person or a town: pages that have the word too are about something else.
        return listed
    rest = [result for _, group in results.groups for result in group]
    return listed + [Found(result.title, result.address, result.kind) for result in [*results.best, *rest]]

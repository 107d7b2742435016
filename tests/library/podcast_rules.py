"""The published rules for a podcast's feed, each of which a feed keeps or breaks.

Apple: https://help.apple.com/itc/podcasts_connect/#/itcb54353390 and
https://podcasters.apple.com/support/823-podcast-requirements; RSS: https://www.rssboard.org/rss-specification;
Podcasting 2.0: https://podcastindex.org/namespace/1.0
"""

import re
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from lxml import etree

ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
PODCAST = "{https://podcastindex.org/namespace/1.0}"
ATOM = "{http://www.w3.org/2005/Atom}"
APPLE_HEALTH = {"Alternative Health", "Fitness", "Medicine", "Mental Health", "Nutrition", "Sexuality"}
APPLE_AUDIO = {"audio/mpeg": ".mp3", "audio/x-m4a": ".m4a"}
TRANSCRIPTS = {"text/plain", "text/html", "text/vtt", "application/json", "application/x-subrip"}
_LANGUAGE = re.compile(r"[a-z]{2}(-[a-z]{2})?")


def tree_of(xml: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.fromstring(xml, parser)


def text(parent: Any, tag: str) -> str:
    return (parent.findtext(tag) or "").strip()


def _one(parent: Any, tag: str) -> bool:
    return len(parent.findall(tag)) == 1


def _address(value: str | None) -> bool:
    parts = urlsplit(value or "")
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and not re.search(r"\s", value or "")


def _number(value: str) -> bool:
    return value.isascii() and value.isdigit() and int(value) > 0


def _date(value: str) -> bool:
    try:
        return parsedate_to_datetime(value).tzinfo is not None
    except ValueError:
        return False


def _category(channel: Any) -> bool:
    outer = channel.find(f"{ITUNES}category")
    inner = outer.find(f"{ITUNES}category") if outer is not None else None
    return inner is not None and outer.get("text") == "Health & Fitness" and inner.get("text") in APPLE_HEALTH


def _cover(parent: Any) -> bool:
    href = parent.find(f"{ITUNES}image").get("href")
    return _address(href) and urlsplit(href).path.endswith((".jpg", ".png"))


def _enclosure(item: Any) -> bool:
    enclosure = item.find("enclosure")
    ending = APPLE_AUDIO.get(enclosure.get("type"), "-")
    address = enclosure.get("url")
    return (
        _address(address) and urlsplit(address).path.endswith(ending) and _number(enclosure.get("length", ""))
    )


def _uuid(value: str, version: int) -> bool:
    try:
        return UUID(value).version == version and len(value) == 36
    except ValueError:
        return False


def _transcripts(item: Any) -> bool:
    found = item.findall(f"{PODCAST}transcript")
    kinds = {each.get("type") for each in found}
    return {"text/vtt", "text/html"} <= kinds <= TRANSCRIPTS and all(
        _address(each.get("url")) for each in found
    )


def _people(item: Any) -> bool:
    return all(
        0 < len((each.text or "").strip()) <= 128
        and set(each.attrib) <= {"role", "group", "img", "href"}
        and all(_address(each.get(name)) for name in ("img", "href") if each.get(name))
        for each in item.findall(f"{PODCAST}person")
    )


def _chapters(item: Any) -> bool:
    found = item.findall(f"{PODCAST}chapters")
    return len(found) < 2 and all(
        _address(each.get("url")) and each.get("type") == "application/json+chapters" for each in found
    )


Rule = Callable[[Any], bool]
CHANNEL: dict[str, Rule] = {
    # Apple requires.
    "title": lambda c: _one(c, "title") and bool(text(c, "title")),
    "description of up to 4,000 bytes": lambda c: (
        _one(c, "description") and 0 < len(text(c, "description").encode()) <= 4000
    ),
    "itunes:image": lambda c: _one(c, f"{ITUNES}image") and _cover(c),
    "language": lambda c: _one(c, "language") and bool(_LANGUAGE.fullmatch(text(c, "language"))),
    "itunes:category": _category,
    "itunes:explicit": lambda c: text(c, f"{ITUNES}explicit") in {"true", "false"},
    # Apple recommends; RSS requires the link.
    "itunes:author": lambda c: _one(c, f"{ITUNES}author") and bool(text(c, f"{ITUNES}author")),
    "link": lambda c: _one(c, "link") and _address(text(c, "link")),
    "itunes:type": lambda c: text(c, f"{ITUNES}type") in {"episodic", "serial"},
    "itunes:owner has a name and an e-mail address": lambda c: all(
        text(owner, f"{ITUNES}name") and "@" in text(owner, f"{ITUNES}email")
        for owner in c.findall(f"{ITUNES}owner")
    ),
    "lastBuildDate": lambda c: _date(text(c, "lastBuildDate")),
    "atom:link to itself": lambda c: (
        _one(c, f"{ATOM}link")
        and c.find(f"{ATOM}link").get("rel") == "self"
        and _address(c.find(f"{ATOM}link").get("href"))
    ),
    # Podcasting 2.0.
    "podcast:guid": lambda c: _one(c, f"{PODCAST}guid") and _uuid(text(c, f"{PODCAST}guid"), 5),
    "podcast:locked": lambda c: (
        _one(c, f"{PODCAST}locked")
        and text(c, f"{PODCAST}locked") in {"yes", "no"}
        and "@" in c.find(f"{PODCAST}locked").get("owner", "@")
    ),
    "guids differ": lambda c: len({text(i, "guid") for i in c.findall("item")}) == len(c.findall("item")),
}
ITEM: dict[str, Rule] = {
    # Apple requires.
    "title": lambda i: _one(i, "title") and bool(text(i, "title")),
    "enclosure": lambda i: _one(i, "enclosure") and _enclosure(i),
    "guid": lambda i: (
        _one(i, "guid") and i.find("guid").get("isPermaLink") == "false" and _uuid(text(i, "guid"), 4)
    ),
    # Apple recommends.
    "pubDate": lambda i: _one(i, "pubDate") and _date(text(i, "pubDate")),
    "description of up to 4,000 bytes": lambda i: (
        _one(i, "description") and 0 < len(text(i, "description").encode()) <= 4000
    ),
    "itunes:author": lambda i: bool(text(i, f"{ITUNES}author")),
    "itunes:duration": lambda i: _number(text(i, f"{ITUNES}duration")),
    "link": lambda i: _one(i, "link") and _address(text(i, "link")),
    "itunes:image": lambda i: i.find(f"{ITUNES}image") is None or _cover(i),
    "itunes:explicit": lambda i: text(i, f"{ITUNES}explicit") in {"true", "false"},
    "itunes:episodeType": lambda i: text(i, f"{ITUNES}episodeType") in {"full", "trailer", "bonus"},
    "itunes:season and itunes:episode": lambda i: all(
        _number(text(i, tag)) for tag in (f"{ITUNES}season", f"{ITUNES}episode") if i.find(tag) is not None
    ),
    # Podcasting 2.0.
    "podcast:transcript": _transcripts,
    "podcast:person": _people,
    "podcast:chapters": _chapters,
}


def broken_rules(xml: bytes) -> list[str]:
    """Raises XMLSyntaxError for what is no XML."""
    rss = tree_of(xml)
    if rss.tag != "rss" or rss.get("version") != "2.0" or len(rss.findall("channel")) != 1:
        return ["rss"]
    channel = rss[0]
    broken = [f"channel: {name}" for name, holds in CHANNEL.items() if not _holds(holds, channel)]
    for item in channel.findall("item"):
        broken += [f"item: {name}" for name, holds in ITEM.items() if not _holds(holds, item)]
    return broken


def _holds(rule: Rule, element: Any) -> bool:
    try:
        return rule(element)
    except AttributeError:
        # What it looks at is not there at all.
        return False

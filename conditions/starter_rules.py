"""The rules that starter content keeps, so that no page goes out with a part missing or a hard sentence."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from conditions.advice import (
    OLDEST_READING_AGE,
    TOKEN,
    Parts,
    other_do_nots,
    page_text,
    reading_age,
    sentences_in,
    texts_of,
)
from conditions.areas import Area
from conditions.drawings import drawings
from conditions.models import (
    Cause,
    Checklist,
    Exercise,
    HowCommon,
    Page,
    RedFlag,
    RelatedPage,
    Section,
    TreatmentUse,
    Urgency,
    Version,
)
from conditions.starter import StarterFolder, StarterPage, html_from_markdown

LONGEST_SENTENCE = 30
LONGEST_SUMMARY = 160
LONGEST_DIFFERENCE = 250
MOST_SIGNS = 10
FEWEST = {"causes": 2, "treatments": 4, "other_names": 2, "related_pages": 1}
FEWEST_SOURCES = 3
FEWEST_QUESTIONS = 3
SECTIONS = {
    Page.Kind.CONDITION: ["What to expect", "When to see a physiotherapist", "Questions people ask"],
    Page.Kind.TREATMENT: [
        "What happens",
        "How good the evidence is",
        "Risks, and who should not have it",
        "Questions people ask",
    ],
}
FEWEST_EXERCISES = 3
FEWEST_SOURCES_OF_SHEETS = 2
# Addresses of the site outside the pages that starter files make.
OTHER_ADDRESSES = {
    "/",
    "/blog/",
    "/conditions/",
    "/physiotherapists/",
    "/podcast/",
    "/resources/",
    "/resources/glossary/",
    "/resources/organisations/",
    "/sources/",
    "/treatments/",
}
# How each urgency says what to do.
_SAYS: dict[Any, str] = {Urgency.EMERGENCY: "999", Urgency.URGENT: "111", Urgency.GP: "GP"}
_FORBIDDEN = {
    r"\bwill (?:\w+ )?(?:cure|fix|heal) (?:your?|it|the)\b|\b(?:guarantee|miracle)": "promises a cure",
    r"\d ?%|\bper ?cent\b": "has a share in per cent; say it as “1 in 7”",
    r"\bphysios?\b": "says “physio”; say “physiotherapist”",
    r"\b(?:clinically|medically) (?:reviewed|approved)|\breviewed by\b": "claims a review",
    r"!": "has an exclamation mark",
}
# The address without what a search carries, and without the place on the page.
_LINK = re.compile(r'href="([^"#?]*)[^"]*"')


def text_of(starter_page: StarterPage, starter: StarterFolder) -> str:
    return page_text(*_unsaved(starter_page, starter))


def age_of(starter_page: StarterPage, starter: StarterFolder) -> float:
    """Reading age in years, as the admin reckons it."""
    return reading_age(text_of(starter_page, starter), [starter_page.content.get("title", "")])


def broken_rules(starter_page: StarterPage, starter: StarterFolder) -> list[str]:
    """What is wrong with a page, in sentences; [] for a page that keeps every rule."""
    content = starter_page.content
    version, parts = _unsaved(starter_page, starter)
    found = [*_language(version, parts), *_links(starter_page, starter), *_twins(starter_page, starter)]
    age = age_of(starter_page, starter)
    if age > OLDEST_READING_AGE:
        found.append(f"Reading age {age:.1f}: at most {OLDEST_READING_AGE}.")
    if version.page.kind in SECTIONS:
        found += _headings(version.page.kind, content)
    if version.page.kind != Page.Kind.SIMPLE:
        found += _sources(version.page.kind, content)
    if version.page.kind in {Page.Kind.POST, Page.Kind.SHEET}:
        found += _related(starter_page, starter)
    if version.page.kind == Page.Kind.SHEET:
        found += _sheet_parts(content)
    if version.page.kind == Page.Kind.POST and not content.get("author"):
        found.append("A post has no author.")
    if version.page.kind == Page.Kind.CONDITION:
        found += [*_condition_parts(content), *_urgencies(content, starter), *_related(starter_page, starter)]
    for flag in _red_flags(content, starter):
        found += _signs(flag)
    return found


def broken_card_rules(card: dict[str, Any]) -> list[str]:
    """What is wrong with a card of the library, on a page or not."""
    found = list(_signs(card))
    if not set(card.get("areas", [])) <= set(Area.values) or not card.get("areas"):
        found.append(f"The card {card['name']!r} must name parts of the body.")
    return found


def _unsaved(starter_page: StarterPage, starter: StarterFolder) -> tuple[Version, Parts]:
    """The page as the admin's advice reads it, without a database."""
    content = starter_page.content
    prose = {
        name: html_from_markdown(content.get(name, "")) for name in ("overview", "symptoms", "self_care")
    }
    version = Version(
        page=Page(kind=starter_page.address[0], slug=starter_page.address[1]),
        title=content.get("title", ""),
        summary=content.get("summary", ""),
        other_names="\n".join(content.get("other_names", [])),
        **prose,
    )
    rows: dict[str, list[Any]] = {
        "red_flags": [
            RedFlag(heading=flag["heading"], items="\n".join(flag["items"]), note=flag.get("note", ""))
            for flag in _red_flags(content, starter)
        ],
        "related_pages": [
            RelatedPage(difference=related.get("difference", ""))
            for related in content.get("related_pages", [])
        ],
    }
    for name, model, title in (
        ("causes", Cause, "title"),
        ("treatments", TreatmentUse, "name"),
        ("sections", Section, "heading"),
    ):
        rows[name] = [
            model(**{title: part[title], "body": html_from_markdown(part.get("body", ""))})
            for part in content.get(name, [])
        ]
    rows["exercises"] = [
        Exercise(**part | {"how": html_from_markdown(part["how"])}) for part in content.get("exercises", [])
    ]
    rows["checklists"] = [
        Checklist(heading=part["heading"], items="\n".join(part["items"]))
        for part in content.get("checklists", [])
    ]
    return version, {name: dict(enumerate(parts)) for name, parts in rows.items()}


def _red_flags(content: dict[str, Any], starter: StarterFolder) -> list[dict[str, Any]]:
    """The words of the page's cards; a card that is not there is left to the loader to refuse."""
    flags = [starter.cards.get(flag.get("card", ""), flag) for flag in content.get("red_flags", [])]
    return [flag for flag in flags if "items" in flag]


def _language(version: Version, parts: Parts) -> Iterator[str]:
    texts = list(texts_of(version, parts))
    for advice in other_do_nots(texts):
        yield f"{advice.label}: {advice.message}"
    for text in texts:
        for line in text.lines:
            for sentence in sentences_in(line.words):
                length = len(TOKEN.findall(sentence))
                if length > LONGEST_SENTENCE:
                    yield f"{text.label}: a sentence of {length} words: “{sentence}”"
            if line.is_item and re.match("do not", line.words, re.IGNORECASE):
                complete = len(line.words.split()) >= 4 and not re.search(r"(?:[,;:]| or| and)$", line.words)
                if not (line.words.startswith("do not ") and complete):
                    yield f"{text.label}: “{line.words}” is not a complete line that begins with “do not”."
            for pattern, wrong in _FORBIDDEN.items():
                if re.search(pattern, line.words, re.IGNORECASE):
                    yield f"{text.label}: “{line.words}” {wrong}."


def _links(starter_page: StarterPage, starter: StarterFolder) -> Iterator[str]:
    folders = {
        "condition": "/conditions/",
        "treatment": "/treatments/",
        "post": "/blog/",
        "sheet": "/resources/",
        "simple": "/",
    }
    there = {f"{folders[kind]}{slug}/" for kind, slug in (page.address for page in starter.pages)}
    there |= OTHER_ADDRESSES | {f"/conditions/areas/{area}/" for area in Area.values}
    for html in _prose(starter_page.content):
        for address in _LINK.findall(html_from_markdown(html)):
            if not re.match(r"https?://|mailto:|tel:", address) and address not in there:
                yield f"The link to {address} leads nowhere."
    for use in starter_page.content.get("treatments", []):
        if "page" in use and f"/treatments/{use['page']}/" not in there:
            yield f"The treatment page {use['page']} is not there."


def _prose(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _prose(part)
    elif isinstance(value, str):
        yield value


def _twins(starter_page: StarterPage, starter: StarterFolder) -> Iterator[str]:
    """What another page has too."""
    kind = starter_page.address[0]
    own = starter_page.content
    for other in starter.pages:
        if other is starter_page:
            continue
        for name in ("summary", "title"):
            if _plain(own.get(name, "")) == _plain(other.content.get(name, "")):
                yield f"{other.path.stem} has the same {name}."
        titles = {_plain(name) for name in own.get("other_names", [])}
        if other.address[0] == kind and _plain(other.content.get("title", "")) in titles:
            yield f"The other name {other.content['title']!r} is the title of {other.path.stem}."


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _headings(kind: str, content: dict[str, Any]) -> Iterator[str]:
    summary = content.get("summary", "")
    if not summary.endswith(".") or len(summary) > LONGEST_SUMMARY:
        yield f"The summary of {len(summary)} characters is no sentence of at most {LONGEST_SUMMARY}."
    if not content.get("overview"):
        yield "The overview is missing."
    bodies = {part["heading"]: part["body"] for part in content.get("sections", [])}
    for heading in SECTIONS[Page.Kind(kind)]:
        if not bodies.get(heading, "").strip():
            yield f"The section {heading!r} is missing."
    if len(re.findall(r"(?m)^### .+\?$", bodies.get("Questions people ask", ""))) < FEWEST_QUESTIONS:
        yield f"There are fewer than {FEWEST_QUESTIONS} questions (### …?) that people ask."


def _sources(kind: str, content: dict[str, Any]) -> Iterator[str]:
    sources = content.get("sources", [])
    fewest = FEWEST_SOURCES_OF_SHEETS if kind == Page.Kind.SHEET else FEWEST_SOURCES
    if sum(not source.get("further_reading") for source in sources) < fewest:
        yield f"There are fewer than {fewest} sources, further reading left out."
    if kind in SECTIONS and not any(source.get("further_reading") for source in sources):
        yield "There is no further reading."
    for url, times in Counter(source["url"] for source in sources).items():
        if times > 1 or not url.startswith("https://"):
            yield f"The source {url} is named twice, or its address does not begin with https."


def _condition_parts(content: dict[str, Any]) -> Iterator[str]:
    for name in ("symptoms", "self_care"):
        if not content.get(name, "").strip():
            yield f"The part {name!r} is missing."
    for name, fewest in FEWEST.items():
        if len(content.get(name, [])) < fewest:
            yield f"There are fewer than {fewest} of {name!r}."
    if not re.search(r"(?m)^- do not ", content.get("self_care", "")):
        yield "What you can do yourself has no “do not” list."
    if content.get("how_common", "").upper().replace(" ", "_") not in HowCommon.names:
        yield f"how_common must be one of: {', '.join(label.lower() for label in HowCommon.labels)}."
    if not content.get("areas") or not set(content["areas"]) <= set(Area.values):
        yield "areas must name parts of the body."
    for part in content.get("sections", []):
        if (
            part["heading"] == "When to see a physiotherapist"
            and "### What happens at the first visit" not in part["body"]
        ):
            yield "“When to see a physiotherapist” does not say what happens at the first visit."
    for use in content.get("treatments", []):
        if use.get("evidence") not in TreatmentUse.Evidence.values or len(use.get("body", "").split()) < 20:
            yield f"The treatment {use.get('name')!r} does not say how it works, and how well."


def _urgencies(content: dict[str, Any], starter: StarterFolder) -> Iterator[str]:
    order = [flag.get("urgency") for flag in _red_flags(content, starter)]
    if order != list(Urgency.values):
        yield f"Red flags must be one card of each urgency, {', '.join(Urgency.values)}; they are {order}."


def _signs(flag: dict[str, Any]) -> Iterator[str]:
    """Of one card: what to do, and signs that finish its sentence."""
    heading = flag.get("heading", "")
    if _SAYS.get(flag.get("urgency"), heading + "?") not in heading or not heading.endswith("if:"):
        yield f"The heading {heading!r} does not say what its urgency ({flag.get('urgency')}) asks for."
    if not 1 <= len(flag["items"]) <= MOST_SIGNS:
        yield f"{heading} {len(flag['items'])} signs: at most {MOST_SIGNS}."
    for sign in flag["items"]:
        if re.match(r"[A-Z][a-z]", sign) or sign.endswith((".", ",", ";")):
            yield f"{heading} “{sign}” does not finish the heading's sentence."


def _sheet_parts(content: dict[str, Any]) -> Iterator[str]:
    """Something to do, to tick off or to fill in; of exercises several, each with all that it needs."""
    exercises = content.get("exercises", [])
    if not any(content.get(name) for name in ("exercises", "checklists", "tables", "sections")):
        yield "The sheet has nothing to do, to tick off, to fill in or to read."
    if exercises and len(exercises) < FEWEST_EXERCISES:
        yield f"There are fewer than {FEWEST_EXERCISES} exercises."
    for exercise in exercises:
        missing = [name for name in ("purpose", "how", "amount", "stop") if not exercise.get(name)]
        if missing:
            yield f"The exercise {exercise.get('name')!r} lacks: {', '.join(missing)}."
        if exercise.get("drawing", "") not in {"", *(name for name, _ in drawings())}:
            yield f"There is no drawing {exercise['drawing']!r}."


def _related(starter_page: StarterPage, starter: StarterFolder) -> Iterator[str]:
    there = {page.address for page in starter.pages} - {starter_page.address}
    for related in starter_page.content.get("related_pages", []):
        slug = related.get("page")
        if (Page.Kind.CONDITION, slug) not in there:
            yield f"The related page {slug!r} is not there."
        difference = related.get("difference", "")
        is_told = difference or starter_page.address[0] == Page.Kind.CONDITION
        if is_told and (not difference.endswith(".") or len(difference) > LONGEST_DIFFERENCE):
            yield f"How {slug!r} differs is no sentence of up to {LONGEST_DIFFERENCE} characters."

"""What differs between two versions of a page, in words, part by part."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from html import unescape
from typing import Any, NamedTuple

from conditions.models import (
    Author,
    Cause,
    Checklist,
    Citation,
    Exercise,
    FillIn,
    Picture,
    RedFlag,
    RelatedPage,
    Section,
    TreatmentUse,
    Version,
)

LABELS = {
    "title": "Title",
    "other_names": "Other names",
    "summary": "Summary",
    "author": "Author",
    "picture": "Picture",
    "overview": "Overview",
    "red_flags": "Red flags",
    "exercises": "Exercises",
    "checklists": "Checklists",
    "tables": "Tables to fill in",
    "symptoms": "Symptoms",
    "causes": "Causes",
    "treatments": "Treatments",
    "self_care": "What you can do yourself",
    "sections": "Extra sections",
    "related_pages": "Related pages",
    "citations": "Sources",
}
SAME, REMOVED, ADDED = "same", "removed", "added"
# Two texts are compared closely while the product of their lengths is no more than this.
CLOSELY = 1_000_000
# As in SequenceMatcher.get_opcodes().
Step = tuple[str, int, int, int, int]


class Run(NamedTuple):
    """Some words in a row, and what became of them: "same", "removed" or "added"."""

    what: str
    text: str


class Change(NamedTuple):
    """One part of the page that differs: paragraphs of runs, in the order of the page."""

    label: str
    paragraphs: list[list[Run]]

    @property
    def before(self) -> list[list[Run]]:
        return _without(self.paragraphs, ADDED)

    @property
    def after(self) -> list[list[Run]]:
        return _without(self.paragraphs, REMOVED)


def changes_between(older: Version, newer: Version) -> list[Change]:
    """Only what differs; [] for versions with the same words."""
    return compare_texts(paragraphs_of(older), paragraphs_of(newer))


def compare_texts(before: dict[str, list[str]], after: dict[str, list[str]]) -> list[Change]:
    """The same for two texts as ``paragraphs_of`` gives them."""
    return [
        Change(label, list(compare_paragraphs(before[name], after[name])))
        for name, label in LABELS.items()
        if before[name] != after[name]
    ]


def paragraphs_of(version: Version) -> dict[str, list[str]]:
    """The words that readers see, as paragraphs of plain text, by the names in ``LABELS``."""
    plain: dict[str, list[str]] = {}
    for name in LABELS:
        value = getattr(version, name)
        if isinstance(value, str):
            plain[name] = plain_paragraphs(value)
        elif value is None or isinstance(value, Author | Picture):
            plain[name] = [str(value)] if value else []
        else:
            plain[name] = [line for part in value.all() for line in part_lines(part)]
    return plain


def part_lines(part: Any) -> list[str]:
    if isinstance(part, RedFlag):
        items = [f"• {item}" for item in part.item_list]
        return [f"{part.get_urgency_display()}: {part.heading}", *items, *plain_paragraphs(part.note)]
    if isinstance(part, TreatmentUse):
        return [f"{part.name} ({part.get_evidence_display()})", *plain_paragraphs(part.body)]
    if isinstance(part, Cause):
        return [part.title, *plain_paragraphs(part.body)]
    if isinstance(part, Section):
        printed = " (printed on the take-away sheet)" if part.on_sheet else ""
        return [f"{part.heading}{printed}", *plain_paragraphs(part.body)]
    if isinstance(part, Exercise):
        drawing = [f"Drawing: {part.get_drawing_display()}"] if part.drawing else []
        return [part.name, part.purpose, *plain_paragraphs(part.how), part.amount, part.stop, *drawing]
    if isinstance(part, Checklist):
        return [part.heading, *(f"• {item}" for item in part.item_list)]
    if isinstance(part, FillIn):
        return [part.heading, " | ".join(part.column_list), *(f"• {row}" for row in part.row_list if row)]
    if isinstance(part, RelatedPage):
        return [f"{part.page}: {part.difference}"]
    if isinstance(part, Citation):
        cited = part.get_cited_from_display() or "the whole page"
        kind = "further reading" if part.further_reading else f"for {cited}"
        return [f"{part.source.title}, {part.source.publisher}, {part.source.url} ({kind})"]
    raise TypeError(f"{part!r} is no part of a page.")


def plain_paragraphs(html: str) -> list[str]:
    """Cleaned HTML, or lines of text, as plain paragraphs; links keep their address."""
    text = re.sub(r'<a [^<>]*href="([^"<>]*)"[^<>]*>(.*?)</a>', r"\2 (\1)", html, flags=re.DOTALL)
    # The editor puts a paragraph inside each item, other texts do not: it is the same list.
    text = re.sub(r"<li>(\s*<p>)?", "\n• ", text)
    text = re.sub(r"</?(p|h3|h4|ul|ol|li|br)>", "\n", text)
    text = unescape(re.sub(r"<[^<>]+>", "", text))
    lines = (re.sub(r"\s+", " ", line).strip() for line in text.splitlines())
    return [line for line in lines if line and line != "•"]


def compare_paragraphs(before: list[str], after: list[str]) -> Iterator[list[Run]]:
    """Paragraphs that stayed are matched first; words are compared only in those that changed."""
    for kind, a1, a2, b1, b2 in steps_between(before, after):
        if kind == "equal":
            yield from ([Run(SAME, text)] for text in before[a1:a2])
        elif kind == "replace":
            paired = min(a2 - a1, b2 - b1)
            for old, new in zip(before[a1 : a1 + paired], after[b1 : b1 + paired], strict=True):
                yield compare_words(old, new)
            yield from ([Run(REMOVED, text)] for text in before[a1 + paired : a2])
            yield from ([Run(ADDED, text)] for text in after[b1 + paired : b2])
        else:
            yield from ([Run(REMOVED, text)] for text in before[a1:a2])
            yield from ([Run(ADDED, text)] for text in after[b1:b2])


def compare_words(before: str, after: str) -> list[Run]:
    """One paragraph against another, word by word."""
    old, new = re.findall(r"\S+\s*", before), re.findall(r"\S+\s*", after)
    runs: list[Run] = []
    for kind, a1, a2, b1, b2 in steps_between(old, new):
        if kind == "equal":
            same = "".join(new[b1:b2])
            if runs and runs[-1].what == SAME:
                same = runs.pop().text + same
            runs.append(Run(SAME, same))
            continue
        if a1 < a2:
            runs.append(Run(REMOVED, "".join(old[a1:a2])))
        if b1 < b2:
            runs.append(Run(ADDED, "".join(new[b1:b2])))
    return runs


def steps_between(old: list[str], new: list[str]) -> Iterator[Step]:
    """Like SequenceMatcher's opcodes, in bounded time: its own grows with the square of the length."""
    place = (0, 0)
    for a, b in [*(anchors(old, new) if len(old) * len(new) > CLOSELY else []), (len(old), len(new))]:
        yield from _steps_in(old, new, place[0], a, place[1], b)
        if a < len(old):
            yield "equal", a, a + 1, b, b + 1
        place = (a + 1, b + 1)


def _steps_in(old: list[str], new: list[str], a1: int, a2: int, b1: int, b2: int) -> Iterator[Step]:
    if (a2 - a1) * (b2 - b1) > CLOSELY:
        yield "replace", a1, a2, b1, b2
        return
    matcher = SequenceMatcher(None, old[a1:a2], new[b1:b2], autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        yield kind, a1 + i1, a1 + i2, b1 + j1, b1 + j2


def anchors(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    """Where the two agree for certain: what both begin and end with, and what both have just once, in order.

    The last is what patience diff does, https://bramcohen.livejournal.com/73318.html.
    """
    shorter = min(len(old), len(new))
    start = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    end = next((i for i in range(shorter - start) if old[-1 - i] != new[-1 - i]), shorter - start)
    once_in_old, once_in_new = _once(old, start, end), _once(new, start, end)
    pairs = [(a, once_in_new[item]) for item, a in once_in_old.items() if item in once_in_new]
    # The longest run of pairs in which both places go up.
    ends: list[int] = []
    tails: list[int] = []
    before: list[int] = []
    for number, (_, b) in enumerate(pairs):
        length = bisect_left(ends, b)
        before.append(tails[length - 1] if length else -1)
        ends[length : length + 1] = [b]
        tails[length : length + 1] = [number]
    middle = []
    number = tails[-1] if tails else -1
    while number >= 0:
        middle.append(pairs[number])
        number = before[number]
    first = [(i, i) for i in range(start)]
    last = [(len(old) - i, len(new) - i) for i in range(end, 0, -1)]
    return [*first, *reversed(middle), *last]


def _once(items: list[str], start: int, end: int) -> dict[str, int]:
    """The place of each that comes just once, between those at the start and those at the end."""
    count = Counter(items[start : len(items) - end])
    return {items[i]: i for i in range(start, len(items) - end) if count[items[i]] == 1}


def _without(paragraphs: list[list[Run]], what: str) -> list[list[Run]]:
    kept = ([run for run in runs if run.what != what] for runs in paragraphs)
    return [runs for runs in kept if runs]

"""Advice to whoever writes a page: how hard it is to read, and what is missing. It never stops a save."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import syllapy

from conditions.compare import plain_paragraphs
from conditions.models import Page, Version
from conditions.versions import SOURCES_TO_SIGN

OLDEST_READING_AGE = 13
LONGEST_SENTENCE = 20
# A measure of fewer words than these says more about chance than about the words.
WORDS_TO_MEASURE = 50
LONG_SENTENCES_SHOWN = 5
WORDS_QUOTED = 8
# The site is about them; nobody comes here without knowing the words.
ALWAYS_PLAIN = ("physiotherapy", "physiotherapist")

# Of each kind of part, by the row that it has in the form.
Parts = Mapping[str, Mapping[int, Any]]

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# Numbers are words too; a dash that stands alone is none.
TOKEN = re.compile(r"[^\W_]\S*")
_SENTENCE_END = re.compile(r"(?<=[.!?])[”’\")]*\s+(?=[“‘\"(]?[A-Z0-9])")
_PASSIVE = re.compile(
    r"\b(?:should|must|ought to|is to|are to) (?:not be|never be|be avoided)\b", re.IGNORECASE
)
# In a list it is advice; elsewhere it may be what a guideline says.
_PASSIVE_ITEM = re.compile(
    r"\b(?:is|are) not (?:recommended|advised|advisable|encouraged|allowed|permitted)\b", re.IGNORECASE
)
_OTHER_DO_NOT = re.compile(r"(?:avoid|never|don['’]t|try not to|refrain from)\b", re.IGNORECASE)
_DO_NOT = re.compile(r"do not\b", re.IGNORECASE)
_PICTURE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
_ALTERNATIVE = re.compile(r"\balt\s*=\s*(?:\"\s*[^\"\s]|'\s*[^'\s]|[^\s\"'>])", re.IGNORECASE)


class Advice(NamedTuple):
    """One thing that could be better. ``anchor`` is the id, in the form, of where to do it."""

    anchor: str
    label: str
    message: str


class Line(NamedTuple):
    """A paragraph, or an item of a list."""

    words: str
    is_item: bool


class Text(NamedTuple):
    """The words of one field of the form."""

    anchor: str
    label: str
    html: str
    lines: list[Line]


class Jargon(NamedTuple):
    word: str
    plain: str
    medical: bool


def reading_age(text: str, plain_words: Iterable[str] = ()) -> float:
    """Years of age at which a text can be read, by the grade of Flesch and Kincaid; 0 without any words.

    Every line ends a sentence. Words of ``plain_words`` (words or phrases, such as the page's
    title) and of ``ALWAYS_PLAIN`` count one syllable, however long they are.
    """
    plain = {word for phrase in (*plain_words, *ALWAYS_PLAIN) for word in _words(phrase)}
    plain |= {f"{word}s" for word in plain}
    by_sentence = [words for sentence in sentences_in(text) if (words := _words(sentence))]
    counts = Counter(word for words in by_sentence for word in words)
    if not counts:
        return 0.0
    syllables = sum(
        times if word.removesuffix("'s") in plain else times * max(1, syllapy.count(word))
        for word, times in counts.items()
    )
    # https://en.wikipedia.org/wiki/Flesch-Kincaid_readability_tests; first grade is at the age of six.
    total = counts.total()
    grade = 0.39 * total / len(by_sentence) + 11.8 * syllables / total - 15.59
    return max(0.0, grade + 5)


def page_text(version: Version, parts: Parts) -> str:
    """All that readers read of a page, as plain text: one line for each paragraph and list item."""
    return "\n".join(_plain(text) for text in texts_of(version, parts))


def parts_of(version: Version) -> Parts:
    """The parts as they are saved, in the rows in which the form shows them."""
    return {name: dict(enumerate(getattr(version, name).all())) for name in Version.PARTS}


def advice_for(version: Version, parts: Parts) -> list[Advice]:
    """Everything that could be better, what is missing first; [] for a page without a flaw."""
    texts = list(texts_of(version, parts))
    return [
        *_missing(version, parts),
        *_hard_to_read(version, texts),
        *_long_sentences(texts),
        *_passives(texts),
        *other_do_nots(texts),
        *_jargon(version, texts),
        *_pictures(texts),
    ]


def texts_of(version: Version, parts: Parts) -> Iterator[Text]:
    yield _text("id_summary", "Summary", escape(version.summary))
    yield _text("id_overview", "Overview", version.overview)
    for row, flag in parts.get("red_flags", {}).items():
        words = "\n".join((flag.heading, *flag.item_list, flag.note))
        # The words of a card are the library's; the row says which card it is.
        yield _text(f"red_flags-{row}", f"Red flags “{flag.heading}”", escape(words))
    yield _text("id_symptoms", "Symptoms", version.symptoms)
    for name, title, kind in (
        ("causes", "title", "Cause"),
        ("treatments", "name", "Treatment"),
        ("sections", "heading", "Section"),
    ):
        for row, part in parts.get(name, {}).items():
            yield _text(f"id_{name}-{row}-body", f"{kind} “{getattr(part, title)}”", part.body)
    for row, exercise in parts.get("exercises", {}).items():
        words = "".join(
            f"<p>{escape(text)}</p>" for text in (exercise.purpose, exercise.amount, exercise.stop)
        )
        yield _text(f"id_exercises-{row}-how", f"Exercise “{exercise.name}”", exercise.how + words)
    for row, checklist in parts.get("checklists", {}).items():
        items = "".join(f"<p>{escape(item)}</p>" for item in checklist.item_list)
        yield _text(f"id_checklists-{row}-items", f"Checklist “{checklist.heading}”", items)
    yield _text("id_self_care", "What you can do yourself", version.self_care)
    for row, related in parts.get("related_pages", {}).items():
        yield _text(f"id_related_pages-{row}-difference", "Related page", escape(related.difference))


def _text(anchor: str, label: str, html: str) -> Text:
    # Of a link only its words count. The editor puts a paragraph into each item of a list; the
    # mark of the item must stay with its words.
    unlinked = re.sub(r"<li>\s*<p>", "<li>", re.sub(r"</?a\b[^<>]*>", "", html))
    lines = [Line(line.removeprefix("• "), line.startswith("• ")) for line in plain_paragraphs(unlinked)]
    return Text(anchor, label, html, lines)


def _plain(text: Text) -> str:
    return "\n".join(line.words for line in text.lines)


def sentences_in(text: str) -> list[str]:
    """Every line ends a sentence."""
    return [sentence for line in text.splitlines() for sentence in _SENTENCE_END.split(line)]


def _words(text: str) -> list[str]:
    return [word.replace("’", "'").lower() for word in _WORD.findall(text)]


def _missing(version: Version, parts: Parts) -> Iterator[Advice]:
    kind = version.page.kind
    if kind == Page.Kind.SIMPLE:
        return
    if not version.other_name_list and kind != Page.Kind.POST:
        yield Advice(
            "id_other_names", "Other names", "There are none yet. People search for the words they know."
        )
    if kind == Page.Kind.CONDITION:
        if not parts.get("red_flags"):
            message = "There are none yet. Say when to call 999, to call 111 or to see a GP."
            yield Advice("red_flags-group", "Red flags", message)
        for name, label in (("symptoms", "Symptoms"), ("self_care", "What you can do yourself")):
            if not getattr(version, name):
                yield Advice(f"id_{name}", label, "This part is still empty.")
    sources = sum(not citation.further_reading for citation in parts.get("citations", {}).values())
    if sources < SOURCES_TO_SIGN:
        yield Advice(
            "citations-group",
            "Sources",
            f"There {'is 1' if sources else 'are none'} yet, further reading left out. "
            f"A page needs {SOURCES_TO_SIGN} before it can be signed.",
        )


def _hard_to_read(version: Version, texts: list[Text]) -> Iterator[Advice]:
    for text in texts:
        age = round(reading_age(_plain(text), [version.title]))
        if age > OLDEST_READING_AGE and len(_words(_plain(text))) >= WORDS_TO_MEASURE:
            message = f"Reading age {age}. Aim for 11 to {OLDEST_READING_AGE}: shorter sentences and words."
            yield Advice(text.anchor, text.label, message)


def _long_sentences(texts: list[Text]) -> Iterator[Advice]:
    found = [
        (len(TOKEN.findall(sentence)), sentence, text)
        for text in texts
        for sentence in sentences_in(_plain(text))
    ]
    long = [row for row in found if row[0] > LONGEST_SENTENCE]
    for length, sentence, text in sorted(long, key=lambda row: -row[0])[:LONG_SENTENCES_SHOWN]:
        message = f"A sentence of {length} words: {_quoted(sentence)} Aim for {LONGEST_SENTENCE} or fewer."
        yield Advice(text.anchor, text.label, message)


def _passives(texts: list[Text]) -> Iterator[Advice]:
    """What not to do is said to the reader, not to nobody in particular."""
    for text in texts:
        for line in text.lines:
            passive = _PASSIVE.search(line.words) or (line.is_item and _PASSIVE_ITEM.search(line.words))
            if passive:
                yield _as_do_not(text, _quoted(line.words, passive.start()), "tells nobody in particular")


def other_do_nots(texts: list[Text]) -> Iterator[Advice]:
    """Items of lists that say what not to do, or stand among those that do, in other words than "do not"."""
    for text in texts:
        do_not_items = _in_do_not_lists(text.lines)
        for number, line in enumerate(text.lines):
            if line.is_item and _OTHER_DO_NOT.match(line.words):
                yield _as_do_not(text, _quoted(line.words), "is a “do not” line")
            elif number in do_not_items and not _DO_NOT.match(line.words):
                yield _as_do_not(text, _quoted(line.words), "is in a “do not” list")


def _as_do_not(text: Text, quoted: str, wrong: str) -> Advice:
    return Advice(text.anchor, text.label, f"{quoted} {wrong}. Begin it with “do not”, then the action.")


def _in_do_not_lists(lines: list[Line]) -> set[int]:
    """The numbers of the items of lists in which most items begin with "do not"."""
    found: set[int] = set()
    for is_item, numbered in groupby(enumerate(lines), key=lambda row: row[1].is_item):
        items = list(numbered)
        if is_item and 2 * sum(bool(_DO_NOT.match(line.words)) for _, line in items) > len(items):
            found.update(number for number, _ in items)
    return found


def _jargon(version: Version, texts: list[Text]) -> Iterator[Advice]:
    title = set(_words(version.title))
    explained: set[str] = set()
    first: dict[str, tuple[Jargon, Text]] = {}
    times: Counter[str] = Counter()
    for text in texts:
        for line in text.lines:
            for entry, in_brackets in _jargon_in(line.words):
                # "Swelling (oedema)": the plain word first, the medical one after it in brackets.
                if in_brackets and entry.medical:
                    explained.add(entry.word)
                first.setdefault(entry.word, (entry, text))
                times[entry.word] += 1
    for word, (entry, text) in first.items():
        if word in explained or title.issuperset(_words(word)):
            continue
        often = f" ({times[word]} times)" if times[word] > 1 else ""
        after = f", with “{word}” in brackets after it if people will hear it" if entry.medical else ""
        yield Advice(text.anchor, text.label, f"“{word}”{often}: say “{entry.plain}”{after}.")


def _jargon_in(line: str) -> Iterator[tuple[Jargon, bool]]:
    """Each word or phrase of jargon, and whether it stands in brackets."""
    known, longest = _jargon_forms()
    found = list(_WORD.finditer(line))
    words = [match.group().lower() for match in found]
    at = 0
    while at < len(words):
        length, step = longest.get(words[at], 0), 1
        while length:
            if entry := known.get(" ".join(words[at : at + length])):
                before = line[max(0, found[at].start() - 40) : found[at].start()]
                yield entry, "(" in before.rpartition(")")[2]
                step = length
                break
            length -= 1
        at += step


@cache
def _jargon_forms() -> tuple[dict[str, Jargon], dict[str, int]]:
    """What is looked for in every form; and by its first word, how many words the longest has."""
    tables = tomllib.loads(Path(__file__).with_name("jargon.toml").read_text(encoding="utf-8"))
    known = {
        form: Jargon(word, plain, kind == "medical")
        for kind, table in tables.items()
        for word, plain in table.items()
        for form in _forms(word.lower())
    }
    longest: dict[str, int] = {}
    for form in known:
        first, length = form.split()[0], len(form.split())
        longest[first] = max(length, longest.get(first, 0))
    return known, longest


def _forms(word: str) -> list[str]:
    """The word and its plural, past and -ing forms, and some that nobody writes."""
    if word.endswith("e"):
        return [word, f"{word}s", f"{word}d", f"{word[:-1]}ing"]
    if word.endswith("y"):
        return [word, f"{word[:-1]}ies"]
    return [word, *(word + ending for ending in ("s", "es", "ed", "ing"))]


def _pictures(texts: list[Text]) -> Iterator[Advice]:
    for text in texts:
        bare = sum(not _ALTERNATIVE.search(tag) for tag in _PICTURE.findall(text.html))
        if bare:
            what = "A picture has" if bare == 1 else f"{bare} pictures have"
            message = f"{what} no alternative text. Say what it shows, for those who do not see it."
            yield Advice(text.anchor, text.label, message)


def _quoted(text: str, near: int = 0) -> str:
    """The beginning of a sentence: of the first, or of the one around a place in the text."""
    begin = max((match.end() for match in _SENTENCE_END.finditer(text, 0, near)), default=0)
    words = text[begin:].split(maxsplit=WORDS_QUOTED)
    shown = " ".join(words[:WORDS_QUOTED])
    return f"“{shown} …”" if len(words) > WORDS_QUOTED else f"“{shown}”"

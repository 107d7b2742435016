"""Why a result was found: the part of its text that says most of what was asked, with the words marked."""

import re
from functools import lru_cache
from typing import NamedTuple

from physiosite.search.language import SMALL_WORDS, stem

LONGEST = 220
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# Of a link within the text: it helps to find a page, and tells a reader nothing.
_ADDRESS = re.compile(r" \((?:/|#|https?:|mailto:|tel:)[^\s()]*\)")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


class Piece(NamedTuple):
    text: str
    is_marked: bool


def snippet(lead: str, text: str, stems: set[str]) -> list[Piece]:
    """The lead, unless a sentence of the text has more of the stems."""
    best, most = lead, _count(lead, stems)
    if most < len(stems):
        for sentence in _SENTENCE.split(_ADDRESS.sub("", text)):
            number = _count(sentence, stems)
            if number > most:
                best, most = sentence, number
                if most == len(stems):
                    break
    # The items of a list begin with a small letter.
    return marked(_shortened(best[:1].upper() + best[1:], stems), stems)


def _count(text: str, stems: set[str]) -> int:
    return len({_stem(word) for word in _WORD.findall(text)} & stems)


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    return stem(word.replace("’", "'").casefold().replace("'s", "").replace("'", ""))


def _shortened(text: str, stems: set[str]) -> str:
    """A long sentence around the first word that is marked."""
    if len(text) <= LONGEST:
        return text
    found = next((word.start() for word in _WORD.finditer(text) if _stem(word[0]) in stems), 0)
    start = 0 if found < LONGEST // 2 else text.rfind(" ", 0, found - LONGEST // 3) + 1
    end = text.rfind(" ", 0, start + LONGEST)
    cut = text[start : end if end > start else start + LONGEST]
    return f"{'… ' if start else ''}{cut}{' …' if start + len(cut) < len(text) else ''}"


def marked(text: str, stems: set[str]) -> list[Piece]:
    pieces: list[Piece] = []
    last = 0
    for word in _WORD.finditer(text):
        if word[0].casefold() in SMALL_WORDS or _stem(word[0]) not in stems:
            continue
        pieces += [Piece(text[last : word.start()], False), Piece(word[0], True)]
        last = word.end()
    return [piece for piece in [*pieces, Piece(text[last:], False)] if piece.text]

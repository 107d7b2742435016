"""What somebody meant who typed a word that no page has."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import tantivy
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from physiosite.search.language import SMALL_WORDS
from physiosite.search.own_words import words_in

SHORTEST = 4
# A short word that so few documents have may be a slip of its own.
_RARE = 1
# Four slips in a word that still sounds the same.
_ALIKE = 1.0


class Vocabulary(NamedTuple):
    """Every word of the documents with the number of those that have it, and all that sound alike."""

    counts: dict[str, int]
    by_sound: dict[str, list[str]]


def vocabulary(searcher: tantivy.Searcher) -> Vocabulary:
    # With a query, or words of documents that are gone would be among them for a while.
    counted = searcher.terms_with_prefix("words", "", filter_query=tantivy.Query.all_query())
    counts = {word: count for word, count in counted if not word.isdigit()}
    return Vocabulary(counts, by_sound(counts))


def by_sound(words: Iterable[str]) -> dict[str, list[str]]:
    alike = defaultdict(list)
    for word in words:
        alike[sound(word)].append(word)
    return dict(alike)


def slips_allowed(word: str) -> float:
    """Letters missing, too many, wrong or swapped, by the word's length; of a short word none is heard."""
    return 0.5 if len(word) < 6 else 1 if len(word) < 9 else 2 if len(word) < 13 else 3


def meant(word: str, known: Vocabulary, extra: dict[str, list[str]]) -> list[str]:
    """What an unknown word may be: the likeliest first, [] for one that is known or like no other.

    ``extra``: words beside those of the documents, by their sound.
    """
    heard = sound(word)
    alike = [*known.by_sound.get(heard, ()), *extra.get(heard, ())]
    if word in known.counts or word in alike or word in SMALL_WORDS or len(word) < SHORTEST or word.isdigit():
        return []
    others = [candidate for words in extra.values() for candidate in words]
    allowed = slips_allowed(word)
    near = process.extract(
        word,
        [*known.counts, *others],
        scorer=DamerauLevenshtein.distance,
        score_cutoff=int(allowed),
        limit=30,
    )

    def likelihood(candidate: str) -> tuple[float, int]:
        if candidate in alike:
            far = DamerauLevenshtein.distance(respelt(word), respelt(candidate)) / 4
        else:
            # The first letter is seldom wrong.
            slips = DamerauLevenshtein.distance(word, candidate)
            far = slips + (0.8 if candidate[0] != word[0] else 0)
        return far, -known.counts.get(candidate, 1)

    likely = {candidate for candidate, *_ in near if len(candidate) >= SHORTEST - 1} | set(alike)
    close = [candidate for candidate in likely if likelihood(candidate)[0] <= max(allowed, _ALIKE)]
    close = [candidate for candidate in close if candidate in alike or likelihood(candidate)[0] <= allowed]
    if close:
        return sorted(close, key=lambda candidate: (*likelihood(candidate), candidate))[:3]
    return split(word, known.counts)


def split(word: str, known: dict[str, int]) -> list[str]:
    """Two words that were typed as one, such as backpain; [] where there are none."""
    pairs = [
        (min(known[word[:at]], known[word[at:]]), f"{word[:at]} {word[at:]}")
        for at in range(2, len(word) - 1)
        if _may_be_part(word[:at], known) and _may_be_part(word[at:], known)
    ]
    return [max(pairs)[1]] if pairs else []


def _may_be_part(part: str, known: dict[str, int]) -> bool:
    """A long word, or a short one that is not rare: nearly every pair of letters is somewhere."""
    return known.get(part, 0) > (0 if len(part) > 4 else _RARE)


_SOUNDS = [tuple(pair.split(">")) for pair in words_in("sounds")]


def respelt(word: str) -> str:
    """As it would be written if each sound had one letter: fisio for physio."""
    for written, heard in _SOUNDS:
        word = word.replace(written, heard)
    return word


def sound(word: str) -> str:
    """How it is said, roughly: words that sound alike are the same here. Vowels count as one."""
    letters: list[str] = []
    for letter in respelt(word):
        kind = "a" if letter in "aeiou" else letter
        if not letters or letters[-1] != kind:
            letters.append(kind)
    return "".join(letters)

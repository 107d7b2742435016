"""Words as the search sees them: without case, accents and small words, in their stems."""

import re
import unicodedata
from functools import lru_cache

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from physiosite.search.own_words import words_in

# Of longer queries the rest is left out: nobody types more, and every word costs time.
MOST_WORDS = 24
LONGEST_WORD = 40
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
# What people write for not being able to; with it the urgent phrases are one phrase each.
_CANNOT = re.compile(r"\b(?:can ?not|can'?t|unable to|couldn'?t|not able to)\b")
SMALL_WORDS = frozenset(words_in("small"))


def analyzer() -> TextAnalyzer:
    """Stems of English words, as the index has them."""
    return _letters().filter(Filter.stemmer("english")).build()


def plain_analyzer() -> TextAnalyzer:
    """Whole words: what somebody may have meant is one of them."""
    return _letters().build()


def _letters() -> TextAnalyzerBuilder:
    simple = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(LONGEST_WORD))
    return simple.filter(Filter.lowercase()).filter(Filter.ascii_fold())


_STEM = analyzer()


def tidy(text: str) -> str:
    """What was typed, in small letters and single blanks, without what has no shape."""
    return as_typed(text).casefold()


def as_typed(text: str) -> str:
    """With single blanks, and without what has no shape."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = unicodedata.normalize("NFKC", text).translate({0x2018: "'", 0x2019: "'"})
    text = "".join(c if unicodedata.category(c)[0] not in "C" else " " for c in text)
    return " ".join(text.split())


def words_of(text: str) -> list[str]:
    """In their order, small ones too; at most ``MOST_WORDS``."""
    folded = _CANNOT.sub("cannot", tidy(text))
    if not folded.isascii():
        folded = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    words = [word.replace("'s", "").replace("'", "") for word in _WORD.findall(folded)]
    return [word[:LONGEST_WORD] for word in words if word][:MOST_WORDS]


def telling(words: list[str]) -> list[str]:
    """Without the small words; with them where there are no others."""
    return [word for word in words if word not in SMALL_WORDS] or words


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    found = _STEM.analyze(word)
    return found[0] if found else word


@lru_cache(maxsize=20_000)
def stems_of(text: str) -> tuple[str, ...]:
    """Of the telling words."""
    return tuple(stem(word) for word in telling(words_of(text)))

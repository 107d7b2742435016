"""Type-ahead: names of pages, as they are typed."""

from conditions.models import HowCommon, Page, Version
from freshness.version import kept
from physiosite.search.language import words_of

LIMIT = 8
_KINDS = (Page.Kind.CONDITION, Page.Kind.TREATMENT, Page.Kind.SHEET, Page.Kind.POST)


def suggest(text: str) -> list[str]:
    """At most eight names in which the last word typed begins a word, and the others are words: those that
    begin so first, then the more common."""
    typed = words_of(text[:100])
    if len("".join(typed)) < 2:
        return []
    found = []
    for name, words, order in _names():
        if _fits(typed, words):
            found.append(
                (words[: len(typed)] != typed[:-1] + words[len(typed) - 1 : len(typed)], order, name)
            )
    return [name for *_, name in sorted(found)][:LIMIT]


def _fits(typed: list[str], words: list[str]) -> bool:
    *whole, last = typed
    return all(word in words for word in whole) and any(word.startswith(last) for word in words)


@kept
def _names() -> list[tuple[str, list[str], tuple[int, int]]]:
    """Every title and other name, its words, and where it comes among others."""
    found = []
    live = Version.objects.live().filter(page__kind__in=_KINDS)
    for version in live:
        kind = _KINDS.index(Page.Kind(version.page.kind))
        common = version.page.how_common if kind == 0 else HowCommon.COMMON
        names = [version.title, *(version.other_name_list if kind < 2 else [])]
        found += [(name, words_of(name), (kind, common + (number > 0))) for number, name in enumerate(names)]
    return found

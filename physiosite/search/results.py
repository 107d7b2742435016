"""One search over everything."""

from typing import NamedTuple

from conditions.models import RedFlag, RedFlagCard
from directory.finding import people_named
from directory.models import Physiotherapist
from physiosite.search.index import current
from physiosite.search.language import tidy
from physiosite.search.place import Offer, place_asked_for
from physiosite.search.ranking import Hit, ranked
from physiosite.search.snippets import Piece, snippet
from physiosite.search.understanding import lexicon, understand, urgent_cards

LONGEST_QUERY = 200
BEST, IN_GROUP, MOST_PEOPLE = 3, 8, 5
# What says so much less of what was asked than the best is no answer.
_LEAST = 0.5
LABELS = {
    "condition": "Conditions", "treatment": "Treatments", "post": "Blog", "sheet": "Sheets to print",
    "episode": "Podcast", "simple": "About the site", "term": "Words", "organisation": "Organisations",
}  # fmt: skip
SINGULAR = {
    "condition": "Condition", "treatment": "Treatment", "post": "Blog post", "sheet": "Sheet to print",
    "episode": "Podcast episode", "simple": "About the site", "term": "What a word means",
    "organisation": "Organisation",
}  # fmt: skip


class Result(NamedTuple):
    kind: str
    address: str
    title: str
    pieces: list[Piece]


class Results(NamedTuple):
    """``best`` are of any kind; ``groups`` the others by kind, the best group first. ``meant``: what was
    searched for in place of what no page has; "" for what was typed."""

    text: str
    meant: str
    is_cut: bool
    urgent: list[RedFlagCard | RedFlag]
    place: Offer | None
    best: list[Result]
    groups: list[tuple[str, list[Result]]]
    people: list[Physiotherapist]

    @property
    def number(self) -> int:
        pages = len(self.best) + sum(len(group) for _, group in self.groups)
        return pages + len(self.people) + bool(self.place)


def search(text: str, exactly: bool = False) -> Results:
    """``exactly``: as it is spelt."""
    cut = tidy(text[: LONGEST_QUERY * 4])[:LONGEST_QUERY]
    index = current()
    searcher = index.searcher()
    words_known = lexicon()
    asked = understand(cut, index.vocabulary(searcher), words_known, exactly)
    hits = ranked(searcher, asked)
    most = max((hit.share for hit in hits), default=0.0)
    hits = [hit for hit in hits if hit.share >= _LEAST * most]
    stems = set(asked.stems) | {stem for thing in asked.things for way in thing.ways for stem in way}
    best, rest = hits[:BEST], hits[BEST:]
    place = place_asked_for(cut) or (place_asked_for(" ".join(asked.words)) if asked.corrected else None)
    return Results(
        text=cut,
        meant=" ".join(asked.words) if asked.corrected else "",
        is_cut=len(tidy(text)) > LONGEST_QUERY,
        urgent=urgent_cards(asked, words_known),
        place=place,
        best=[_result(hit, stems) for hit in best],
        groups=_groups(rest, stems),
        people=people_named(cut, MOST_PEOPLE),
    )


def _groups(hits: list[Hit], stems: set[str]) -> list[tuple[str, list[Result]]]:
    by_kind: dict[str, list[Hit]] = {}
    for hit in hits:
        by_kind.setdefault(hit.kind, []).append(hit)
    return [
        (LABELS[kind], [_result(hit, stems) for hit in group[:IN_GROUP]]) for kind, group in by_kind.items()
    ]


def _result(hit: Hit, stems: set[str]) -> Result:
    return Result(SINGULAR[hit.kind], hit.address, hit.title, snippet(hit.lead, hit.passage, stems))

"""One search over everything."""

from typing import NamedTuple

from conditions.models import RedFlag, RedFlagCard
from directory.finding import people_named
from directory.models import Physiotherapist
from physiosite.search.index import current
from physiosite.search.language import as_typed, stems_of
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
    cut = as_typed(text[: LONGEST_QUERY * 4])[:LONGEST_QUERY]
    place = place_asked_for(cut)
    index = current()
    searcher = index.searcher()
    words_known = lexicon()
    # A town is not a word that was misspelt: with people there, pages are searched for the rest.
    words = place.rest if place and place.is_asked else cut
    asked = understand(
        words, index.vocabulary(searcher), words_known, exactly or bool(place and not place.is_asked)
    )
    hits = ranked(searcher, asked)
    most = max((hit.share for hit in hits), default=0.0)
    hits = [hit for hit in hits if hit.share >= _LEAST * most]
    said = set(asked.stems)
    stems = said | {stem for thing in asked.things for way in thing.ways for stem in way}
    best, rest = hits[:BEST], hits[BEST:]
    if not place and asked.corrected:
        place = place_asked_for(" ".join(asked.words))
    return Results(
        text=cut,
        meant=" ".join(asked.words) if asked.corrected else "",
        is_cut=len(as_typed(text)) > LONGEST_QUERY,
        urgent=urgent_cards(asked, words_known),
        place=place,
        best=[_result(hit, said, stems) for hit in best],
        groups=_groups(rest, said, stems),
        people=people_named(cut, MOST_PEOPLE),
    )


def _groups(hits: list[Hit], said: set[str], stems: set[str]) -> list[tuple[str, list[Result]]]:
    by_kind: dict[str, list[Hit]] = {}
    for hit in hits:
        by_kind.setdefault(hit.kind, []).append(hit)
    return [
        (LABELS[kind], [_result(hit, said, stems) for hit in group[:IN_GROUP]])
        for kind, group in by_kind.items()
    ]


def _result(hit: Hit, said: set[str], stems: set[str]) -> Result:
    """``said``: of the words of the query; ``stems``: also of those that mean the same."""
    # Of a page whose name was asked for, the summary says more than any sentence with its name.
    passage = "" if said <= set(stems_of(hit.title)) else hit.passage
    return Result(SINGULAR[hit.kind], hit.address, hit.title, snippet(hit.lead, passage, stems))

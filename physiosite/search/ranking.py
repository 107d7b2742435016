"""Which document answers best.

tantivy's BM25 over the fields of whole documents, and over their passages apart, finds the candidates. How
much of what was asked a document says at all, and how well one of its names fits, puts them in order.
"""

from collections.abc import Mapping
from itertools import pairwise
from math import log
from typing import NamedTuple

import tantivy

from physiosite.search.index import SCHEMA
from physiosite.search.language import stems_of
from physiosite.search.understanding import Asked, Stems, Thing

# What a word is worth by where it stands.
FIELDS = {"title": 5.7, "names": 3.6, "lead": 4.4, "headings": 0.9, "text": 0.54}
PASSAGE = {"passage": 1.0}
# What the best passage adds, what the headings of all words together add, in parts of a document's own score.
WORTH_OF_PASSAGE = 0.5
WORTH_OF_CLOSE = 0.7
# Of all words that are asked for, in the title or in one name.
WORTH_OF_NAME = 3.0
KINDS = {"condition": 1.0, "treatment": 0.87, "post": 1.1, "sheet": 0.95, "simple": 1.0, "episode": 0.8,
         "term": 0.25, "organisation": 0.4}  # fmt: skip
CANDIDATES, PASSAGES = 30, 60
# A document with half of what is asked is worth this much of one with all of it.
_HALF = 0.8


class Hit(NamedTuple):
    """``passage``: the one that fits best, or "". ``share``: how much of what is asked it says, to 1."""

    key: str
    kind: str
    address: str
    title: str
    lead: str
    passage: str
    share: float
    score: float


class _Passage(NamedTuple):
    score: float
    text: str


def ranked(searcher: tantivy.Searcher, asked: Asked) -> list[Hit]:
    """The best first; [] where nothing is asked for."""
    if not asked.things:
        return []
    weights = [_rarity(searcher, thing) for thing in asked.things]
    passages = _best_passages(searcher, asked.things)
    found = {}
    for bm25, at in _documents(searcher, asked.things, list(passages)):
        found[_place(at)] = (bm25, searcher.doc(at).to_dict())
    keys = [document["key"][0] for _, document in found.values()]
    shares = _shares(searcher, asked.things, weights, keys)
    hits = []
    for place, (bm25, document) in found.items():
        key = document["key"][0]
        passage = passages.get(key, _Passage(0.0, ""))
        first = {name: values[0] for name, values in document.items()}
        names = (first["title"], *document.get("names", []))
        fit = max(_name_fit(stems_of(name), asked.things, weights) for name in names)
        share = shares.get(place, 0.0)
        score = (bm25 + WORTH_OF_PASSAGE * passage.score) * _worth(share)
        score *= (1 + WORTH_OF_NAME * fit) * KINDS[first["kind"]]
        shown = (first["address"], first["title"], first.get("lead", ""), passage.text)
        hits.append(Hit(key, first["kind"], *shown, share, score))
    return sorted(hits, key=lambda hit: (-hit.score, hit.address))


def _best_passages(searcher: tantivy.Searcher, things: list[Thing]) -> dict[str, _Passage]:
    """Of each document that has one among the best of all, the best."""
    best: dict[str, _Passage] = {}
    should = tantivy.Occur.Should
    # Words that were typed side by side say more where they stand close.
    firsts = [next(iter(thing.ways)) for thing in things]
    close = [_phrase("passage", (*one, *other), slop=2) for one, other in pairwise(firsts)]
    boosted = [(should, tantivy.Query.boost_query(query, WORTH_OF_CLOSE)) for query in close]
    query = tantivy.Query.boolean_query([(should, _query_of(things, PASSAGE)), *boosted])
    for score, at in searcher.search(query, limit=PASSAGES, count=False).hits:
        entry = searcher.doc(at)
        best.setdefault(str(entry.get_first("of")), _Passage(score, str(entry.get_first("passage"))))
    return best


def _documents(
    searcher: tantivy.Searcher, things: list[Thing], keys: list[str]
) -> list[tuple[float, tantivy.DocAddress]]:
    """The best, and those with these keys, each with its score."""
    query = _query_of(things, FIELDS)
    hits = list(searcher.search(query, limit=CANDIDATES, count=False).hits)
    seen = {_place(at) for _, at in hits}
    among = tantivy.Query.term_set_query(SCHEMA, "key", keys)
    only = tantivy.Query.const_score_query(among, 0.0)
    both = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, only)])
    more = searcher.search(both, limit=len(keys) or 1, count=False).hits if keys else []
    return hits + [(score, at) for score, at in more if _place(at) not in seen]


def _place(at: tantivy.DocAddress) -> tuple[int, int]:
    """Of a document within the index: an address itself cannot be compared."""
    return at.segment_ord, at.doc


def _query_of(things: list[Thing], fields: Mapping[str, float]) -> tantivy.Query:
    queries = [(tantivy.Occur.Should, _thing_query(thing, fields)) for thing in things]
    return tantivy.Query.boolean_query(queries)


def _thing_query(thing: Thing, fields: Mapping[str, float]) -> tantivy.Query:
    ways = []
    for stems, worth in thing.ways.items():
        for field, boost in fields.items():
            ways.append(tantivy.Query.boost_query(_words_query(field, stems), worth * boost))
            if len(stems) > 1:
                # Its words apart say less, but something.
                terms = [tantivy.Query.term_query(SCHEMA, field, stem) for stem in stems]
                apart = tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])
                ways.append(tantivy.Query.boost_query(apart, 0.4 * worth * boost))
    return tantivy.Query.disjunction_max_query(ways, tie_breaker=0.1)


def _words_query(field: str, stems: Stems) -> tantivy.Query:
    if len(stems) == 1:
        return tantivy.Query.term_query(SCHEMA, field, stems[0])
    return _phrase(field, stems, slop=1)


def _phrase(field: str, stems: Stems, slop: int) -> tantivy.Query:
    return tantivy.Query.phrase_query(SCHEMA, field, list(stems), slop=slop)


def _rarity(searcher: tantivy.Searcher, thing: Thing) -> float:
    """What knowing of it tells: little of what every page has."""
    number = searcher.doc_freq("text", "pain") + 100
    counts = [min(searcher.doc_freq("text", stem) for stem in stems) for stems in thing.ways]
    return log(1 + number / (1 + max(counts)))


def _shares(
    searcher: tantivy.Searcher, things: list[Thing], weights: list[float], keys: list[str]
) -> dict[tuple[int, int], float]:
    """How much of what is asked each of these documents says, anywhere and in any way, from 0 to 1."""
    if not keys:
        return {}
    total = sum(weights) or 1.0
    among = tantivy.Query.const_score_query(tantivy.Query.term_set_query(SCHEMA, "key", keys), 0.0)
    parts = [(tantivy.Occur.Must, among)]
    for thing, weight in zip(things, weights, strict=True):
        ways = [
            tantivy.Query.boolean_query([(tantivy.Occur.Must, _anywhere(stem)) for stem in stems])
            for stems in thing.ways
        ]
        having = tantivy.Query.disjunction_max_query(ways)
        parts.append((tantivy.Occur.Should, tantivy.Query.const_score_query(having, weight / total)))
    hits = searcher.search(tantivy.Query.boolean_query(parts), limit=len(keys), count=False).hits
    return {_place(at): share for share, at in hits}


def _anywhere(stem: str) -> tantivy.Query:
    return tantivy.Query.disjunction_max_query(
        [tantivy.Query.term_query(SCHEMA, field, stem) for field in FIELDS]
    )


def _worth(share: float) -> float:
    """Of a document that has so much of what is asked, from 0 to 1."""
    return _HALF * 2 * share if share <= 0.5 else _HALF + (1 - _HALF) * (2 * share - 1)


def _name_fit(name: Stems, things: list[Thing], weights: list[float]) -> float:
    """From 0 to 1: how much of what is asked the name says, and how little else."""
    held = set(name)
    said, used = 0.0, set[str]()
    for thing, weight in zip(things, weights, strict=True):
        fitting = [(worth, way) for way, worth in thing.ways.items() if held.issuperset(way)]
        if fitting:
            said += weight * max(fitting)[0]
            used.update(*(way for _, way in fitting))
    if not said or not held:
        return 0.0
    return said / (sum(weights) or 1.0) * len(used) / len(held)

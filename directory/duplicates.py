"""Listings that may be one person or one clinic twice, for an editor to look at.

All pairs within an outward code are compared, never all with all: the 65,000 physiotherapists that
the HCPC's register holds make some 30 for each outward code.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rapidfuzz import fuzz, process

from directory.models import Apart, Clinic, Physiotherapist
from directory.models.duplicates import Kind

LIMIT = 200
# Ann and Anne Smith are 95 alike, Ann and Ian Smith 89.
_ALIKE_PEOPLE = 90
_ALIKE_CLINICS = 85
TITLES = {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor"}
IN_MANY_NAMES = {"the", "clinic", "centre", "physio", "physiotherapy", "practice", "ltd", "limited"}


class Pair(NamedTuple):
    """Numbers of two listings, the lower first; ``alike`` of 100."""

    lower: int
    higher: int
    why: str
    alike: float


def pairs_of_people(limit: int = LIMIT) -> list[Pair]:
    """The likeliest first; those that an editor said are two are left out."""
    people = Physiotherapist.objects.order_by("pk")
    numbers: dict[str, list[int]] = defaultdict(list)
    names: dict[int, str] = {}
    near: dict[str, set[int]] = defaultdict(set)
    for pk, name, number, base in people.values_list("pk", "name", "hcpc_number", "visit_postcode"):
        numbers[bare_number(number)].append(pk)
        names[pk] = bare_name(name, TITLES)
        if base:
            near[outward_of(base)].add(pk)
    works_at = Physiotherapist.clinics.through.objects.values_list("physiotherapist_id", "clinic__postcode")
    for pk, postcode in works_at:
        near[outward_of(postcode)].add(pk)
    found = _Found(Kind.PHYSIOTHERAPIST)
    for same in numbers.values():
        for place, lower in enumerate(same):
            for higher in same[place + 1 :]:
                found.add(Pair(lower, higher, "Their HCPC numbers are one number, written in two ways", 101))
    for outward, here in near.items():
        found.add_all(_alike(sorted(here), names, _ALIKE_PEOPLE, f"in {outward}"))
    return found.likeliest(limit)


def pairs_of_clinics(limit: int = LIMIT) -> list[Pair]:
    """The likeliest first; those that an editor said are two are left out."""
    names: dict[int, str] = {}
    at: dict[str, list[int]] = defaultdict(list)
    called: dict[tuple[str, str], list[int]] = defaultdict(list)
    for pk, name, postcode in Clinic.objects.order_by("pk").values_list("pk", "name", "postcode"):
        names[pk] = bare_name(name, IN_MANY_NAMES)
        at[postcode].append(pk)
        called[names[pk], outward_of(postcode)].append(pk)
    found = _Found(Kind.CLINIC)
    for postcode, here in at.items():
        found.add_all(_alike(here, names, _ALIKE_CLINICS, f"at {postcode}"))
    for (_, outward), same in called.items():
        found.add_all(_alike(same, names, 100, f"in {outward}"))
    return found.likeliest(limit)


class _Found:
    def __init__(self, kind: str) -> None:
        self._apart = set(Apart.objects.filter(kind=kind).values_list("lower", "higher"))
        self._pairs: dict[tuple[int, int], Pair] = {}

    def add(self, pair: Pair) -> None:
        key = pair.lower, pair.higher
        if key not in self._apart:
            self._pairs.setdefault(key, pair)

    def add_all(self, pairs: Iterable[Pair]) -> None:
        for pair in pairs:
            self.add(pair)

    def likeliest(self, limit: int) -> list[Pair]:
        return sorted(self._pairs.values(), key=lambda pair: (-pair.alike, pair.lower, pair.higher))[:limit]


def _alike(here: list[int], names: dict[int, str], least: float, where: str) -> Iterator[Pair]:
    for place, lower in enumerate(here[:-1]):
        # Of one word there is too little to go by, unless it is the same.
        whole = " " in names[lower]
        scorer = fuzz.token_set_ratio if whole else fuzz.ratio
        others = {pk: names[pk] for pk in here[place + 1 :]}
        for _, alike, higher in process.extract(
            names[lower], others, scorer=scorer, score_cutoff=least, limit=None
        ):
            if not (whole and " " in others[higher]):
                alike = fuzz.ratio(names[lower], others[higher])
                if alike < least:
                    continue
            same = names[lower] == others[higher]
            yield Pair(lower, higher, f"{'The same' if same else 'A similar'} name, both {where}", alike)


def bare_number(number: str) -> str:
    """An HCPC number without what two ways of writing it differ by: blanks, signs, case, zeros in front."""
    digits = re.sub(r"[^0-9]", "", number)
    return digits.lstrip("0") or number


def bare_name(name: str, left_out: set[str]) -> str:
    """Small letters without accents and signs, without words that say nothing of who it is."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = re.sub(r"[^\w\s]", " ", plain.replace("'", "").replace("’", "")).split()
    return " ".join([word for word in words if word not in left_out] or words)


def outward_of(postcode: str) -> str:
    """Of a postcode as it is kept, "LS1 4AP"."""
    return postcode.rpartition(" ")[0] or postcode

"""What is near a wish that found nobody or few: the same search a little changed, and how many that finds."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from directory.choices import Insurer, Language
from directory.forms import ANYWHERE, FILTERS, RADII, TICKED, Search
from directory.nearest import ANY_DISTANCE, COUNTED, Found, Match, look_around
from directory.wording import counted, miles, miles_away, reach
from places.locate import Place

# With so many, a search says enough by itself, and so do so many alternatives.
ENOUGH = 3
MOST = 8
_WIDER, _CLINICS, _FILTER_AND_RADIUS, _NO_FILTER = "wider", "clinics", "filter and radius", "no filter"
# Of these the first to be found is the nearest one at a clinic.
_BY_DISTANCE = {_WIDER, _CLINICS}
# These must find more than any that changes less.
_CHANGES_MUCH = {_FILTER_AND_RADIUS, _NO_FILTER}


class Alternative(NamedTuple):
    """``changes`` are the parameters to change in the address; None takes one away."""

    text: str
    changes: dict[str, str | None]


class _Change(NamedTuple):
    """Of one ladder, each change finds those of the one before it and more; and so does the first compared
    with the search itself, unless it ``finds_others``.

    A ladder that leaves out one filter has that filter's name. ``words`` follow the number, with ``{s}``
    for the s of one person: 1 visits, 2 visit.
    """

    ladder: str
    words: str
    search: Search
    finds_others: bool = False


def alternatives(search: Search, place: Place, found: Found) -> list[Alternative]:
    """Only those that find somebody new, or in another way, in the order of how little they change; none
    where enough are found. All that they need is read in one statement."""
    if found.total >= ENOUGH or (found.total and search.page > 1):
        return []
    at_clinics, bare = replace(search, home_visits=False), _without(search, *FILTERS)
    from_afar = replace(search, radius=ANY_DISTANCE) if search.home_visits else at_clinics
    changes = list(_changes(search, bare))
    sought = {} if found.total else {each.wish_from(place): None for each in (at_clinics, bare, from_afar)}
    counts, nearest = look_around([change.search.wish_from(place) for change in changes], list(sought))
    closest = nearest.get(at_clinics.wish_from(place))
    visitor = nearest.get(from_afar.wish_from(place)) if search.home_visits else None
    # The nearest ones may be told besides.
    most = MOST - bool(closest) - bool(visitor)
    taken = _worth_telling(list(zip(changes, counts, strict=True)), found.total, most)
    told: set[str] = set()
    offered = [_visitor_from_afar(search, from_afar, visitor)] if visitor else []
    for change, number in taken:
        text = f"{counted(number)} {change.words.replace('{s}', 's' if number.total == 1 else '')}"
        if closest and change.ladder in _BY_DISTANCE and change.ladder not in told:
            text += f", {'' if number.total == 1 else 'the nearest '}{miles_away(closest.miles)}"
        told.add(change.ladder)
        offered.append(Alternative(text, _difference(search, change.search)))
    if closest and not told & _BY_DISTANCE:
        whom = "at a clinic " if search.home_visits else ""
        whom += "who fits your other filters " if whom and at_clinics.filters_on else ""
        offered.append(_nearest(search, at_clinics, closest, whom))
    if not offered and (anybody := nearest.get(bare.wish_from(place))):
        offered.append(_nearest(search, bare, anybody, "physiotherapist of any kind "))
    return offered


def _worth_telling(counts: list[tuple[_Change, Found]], found: int, most: int) -> list[tuple[_Change, Found]]:
    """Of each ladder the first change that finds somebody, and the first that finds enough."""
    least: dict[str, int] = {}
    taken: list[tuple[_Change, Found]] = []
    for change, number in counts:
        floor = least.get(change.ladder, 0 if change.finds_others else found)
        if change.ladder in _CHANGES_MUCH:
            floor = max([floor, *(other.total for less, other in taken if not less.finds_others)])
        if number.total > floor:
            taken.append((change, number))
            least[change.ladder] = ENOUGH - 1 if number.total < ENOUGH else COUNTED
    by_little = [each for each in taken if each[0].ladder != _FILTER_AND_RADIUS]
    if len(by_little) >= ENOUGH:
        taken = by_little
    by_filter = [each for each in taken if each[0].ladder in FILTERS]
    others = len(taken) - len(by_filter)
    surplus = by_filter[max(0, most - others) :]
    return [each for each in taken if each not in surplus]


def _changes(search: Search, bare: Search) -> Iterator[_Change]:
    """In the order of how little they change. ``bare`` is the search without its filters."""
    farther = [radius for radius in RADII if radius > search.radius]
    at_clinics = replace(search, home_visits=False)
    if not search.home_visits:
        for radius in farther:
            yield _Change(_WIDER, reach(radius), replace(search, radius=radius))
        yield _Change("visits", "visit{s} you at home", replace(search, home_visits=True), finds_others=True)
    without = [(name, words, _without(search, name)) for name, words in _words_without(search).items()]
    for name, words, changed in without:
        yield _Change(name, words, changed)
    if search.home_visits:
        for radius in (search.radius, *farther):
            changed = replace(at_clinics, radius=radius)
            yield _Change(_CLINICS, f"at a clinic {reach(radius)}", changed, finds_others=True)
    # On a screen nobody needs a hoist or a way in.
    on_screen = _without(at_clinics, "wheelchair", "hoist")
    online = replace(on_screen, online=True, radius=ANY_DISTANCE)
    if online != search:
        words = "see{s} you online, wherever you are"
        yield _Change("online", words, online, finds_others=not search.online)
    if farther and not search.home_visits:
        for _, words, changed in without:
            words = f"{reach(farther[-1])} {words}"
            yield _Change(_FILTER_AND_RADIUS, words, replace(changed, radius=farther[-1]))
    if len(search.filters_on) > 1:
        for radius in (search.radius, *farther[-1:]):
            words = f"{reach(radius)} if you leave out all filters"
            yield _Change(_NO_FILTER, words, replace(bare, radius=radius))


def _words_without(search: Search) -> dict[str, str]:
    """By the filters that are on, wishes before needs."""
    words = {
        "price": "at any price",
        "evenings": "if it need not be in the evening",
        "weekends": "if it need not be at a weekend",
        "insurer": f"if they need not take {Insurer(search.insurer).label}" if search.insurer else "",
        "language": f"if they need not speak {Language(search.language).label}" if search.language else "",
        "condition": f"if they need not list {search.condition.title.lower()}" if search.condition else "",
        "female": "if you include men",
        "neuro": "if you include all kinds of physiotherapist",
        "online": "if you leave out online appointments",
        "hoist": "if you leave out the hoist",
        "wheelchair": "if you leave out wheelchair access",
    }
    return {name: text for name, text in words.items() if name in search.filters_on}


def _visitor_from_afar(search: Search, from_afar: Search, match: Match) -> Alternative:
    start = f"about {miles(round(match.miles))}" if match.miles >= 1 else "less than a mile"
    fits = " and fits your other filters" if len(search.filters_on) > 1 else ""
    text = (
        f"The nearest who visits homes{fits} starts {start} away, which is further than they usually "
        "travel: ask if they would come"
    )
    return Alternative(text, _difference(search, from_afar))


def _nearest(search: Search, changed: Search, match: Match, whom: str) -> Alternative:
    radius = next((radius for radius in RADII if radius >= match.miles), ANY_DISTANCE)
    text = f"The nearest {whom}is {miles_away(match.miles)}"
    return Alternative(text, _difference(search, replace(changed, radius=radius)))


def _without(search: Search, *names: str) -> Search:
    return replace(search, **{name: getattr(Search, name) for name in names})


def _difference(search: Search, changed: Search) -> dict[str, str | None]:
    """In the terms of their addresses."""
    changes: dict[str, str | None] = {}
    if changed.radius != search.radius:
        changes["radius"] = ANYWHERE if changed.is_anywhere else str(changed.radius)
    for name in FILTERS:
        if getattr(changed, name) != getattr(search, name):
            changes[name] = TICKED if getattr(changed, name) else None
    return changes

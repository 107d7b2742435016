"""What is near a wish that found nobody: the same search with one thing changed, and how many that finds."""

from dataclasses import replace
from typing import Any, NamedTuple

from directory.forms import RADII, Search
from directory.nearest import count_each
from directory.wording import counted, miles, who
from places.locate import Place


class Alternative(NamedTuple):
    """``changes`` are the parameters to change in the address; None takes one away."""

    text: str
    changes: dict[str, str | None]


def alternatives(search: Search, place: Place) -> list[Alternative]:
    """Only those that find somebody, in the order of how little they change."""
    relaxed = _relaxed(search)
    found = count_each([changed.wish_from(place) for _, changed, _ in relaxed])
    return [
        Alternative(
            f"{counted(number)} {who(changed, number.total)} {agreeing(words, number.total)}", changes
        )
        for (words, changed, changes), number in zip(relaxed, found, strict=True)
        if number.total
    ]


def agreeing(words: str, number: int) -> str:
    """One physiotherapist visits, two visit."""
    return words.replace("{s}", "s" if number == 1 else "")


def _relaxed(search: Search) -> list[tuple[str, Search, dict[str, Any]]]:
    relaxed: list[tuple[str, Search, dict[str, Any]]] = []
    if not search.home_visits:
        wider = next((radius for radius in RADII if radius > search.radius), None)
        if wider:
            relaxed.append((f"within {miles(wider)}", replace(search, radius=wider), {"radius": str(wider)}))
        widest = RADII[-1]
        if wider and widest != wider:
            relaxed.append(
                (f"within {miles(widest)}", replace(search, radius=widest), {"radius": str(widest)})
            )
        relaxed.append(("who visit{s} homes there", replace(search, home_visits=True), {"home_visits": "on"}))
    else:
        relaxed.append(
            (
                f"at a clinic within {miles(search.radius)}",
                replace(search, home_visits=False),
                {"home_visits": None},
            )
        )
    if search.female:
        relaxed.append(("if you include everybody", replace(search, female=False), {"female": None}))
    if search.neuro:
        relaxed.append(
            ("of any kind, not only neuro physiotherapists", replace(search, neuro=False), {"neuro": None})
        )
    if search.condition:
        relaxed.append(
            (
                f"if they need not list {search.condition.title.lower()}",
                replace(search, condition=None),
                {"condition": None},
            )
        )
    return relaxed

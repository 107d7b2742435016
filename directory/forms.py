"""Reading the search's address into clean values. Nothing that stands there can make it fail."""

from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from conditions.live_pages import live_pages
from conditions.models import Page, Version
from directory.choices import PRICES, Insurer, Language
from directory.models import SearchPoint, insurer_bit, language_bit, price_bit
from directory.nearest import ANY_DISTANCE, Wish
from directory.position import has_position
from places.locate import Place

RADII = (1, 3, 5, 10, 20, 30, 50)
DEFAULT_RADIUS = 10
# As a radius: at any distance.
ANYWHERE = "any"
TICKED = "on"

# What the results can be in the order of; the first unless another is asked for.
DISTANCE, SOONEST = "distance", "soonest"
SORTS = {DISTANCE: "Nearest first", SOONEST: "Soonest appointment first"}

# Parameters of the address that are on or off, in the words that readers see.
TICKS = {
    "neuro": "Neuro physiotherapy",
    "home_visits": "Home visits",
    "female": "Female physiotherapists",
    "wheelchair": "Wheelchair access",
    "hoist": "Hoist",
    "online": "Online appointments",
    "evenings": "Evening appointments",
    "weekends": "Weekend appointments",
}
# Those of which one value is chosen.
CHOICES = ("condition", "language", "insurer", "price")
FILTERS = (*TICKS, *CHOICES)
IN_PLAIN_SIGHT = ("neuro", "home_visits", "female")
# The bit of the search table's flags for each tick.
FLAGS = {
    "neuro": SearchPoint.NEURO,
    "home_visits": SearchPoint.VISITS,
    "female": SearchPoint.FEMALE,
    "wheelchair": SearchPoint.WHEELCHAIR,
    "hoist": SearchPoint.HOIST,
    "online": SearchPoint.ONLINE,
    "evenings": SearchPoint.EVENINGS,
    "weekends": SearchPoint.WEEKENDS,
}


@dataclass
class Search:
    """``location`` is as it was typed. ``notices`` tell what could not be used, and what was done.

    ``language`` and ``insurer`` are values of their choices, ``price`` is in pounds; empty for any.
    ``conditions`` are those that readers may choose from.
    """

    location: str = ""
    radius: int = DEFAULT_RADIUS
    neuro: bool = False
    home_visits: bool = False
    female: bool = False
    wheelchair: bool = False
    hoist: bool = False
    online: bool = False
    evenings: bool = False
    weekends: bool = False
    condition: Version | None = None
    language: str = ""
    insurer: str = ""
    price: int | None = None
    sort: str = DISTANCE
    page: int = 1
    is_asked: bool = False
    notices: list[str] = field(default_factory=list)
    conditions: list[Version] = field(default_factory=list)

    def wish_from(self, place: Place) -> Wish:
        flags = sum(FLAGS[name] for name in TICKS if name not in IN_PLAIN_SIGHT and getattr(self, name))
        flags |= insurer_bit(self.insurer) if self.insurer else 0
        flags |= price_bit(self.price) if self.price else 0
        return Wish(
            latitude=place.latitude,
            longitude=place.longitude,
            radius_miles=self.radius,
            neuro=self.neuro,
            female=self.female,
            home_visits=self.home_visits,
            condition_id=self.condition.page_id if self.condition else None,
            flags=flags,
            languages=language_bit(self.language) if self.language else 0,
        )

    @property
    def is_anywhere(self) -> bool:
        return self.radius == ANY_DISTANCE

    @property
    def filters_on(self) -> dict[str, str]:
        """The words for each filter that is on, by its parameter."""
        return {name: self._words(name) for name in FILTERS if getattr(self, name)}

    @property
    def more_filters_on(self) -> int:
        return sum(name not in IN_PLAIN_SIGHT for name in self.filters_on)

    def _words(self, name: str) -> str:
        match name:
            case "condition" if self.condition:
                return f"Treats {self.condition.title.lower()}"
            case "language":
                return f"Language: {Language(self.language).label}"
            case "insurer":
                return f"Insurer: {Insurer(self.insurer).label}"
            case "price":
                return f"Up to £{self.price}"
            case _:
                return TICKS[name]


def read_search(query: QueryDict) -> Search:
    conditions = live_conditions()
    search = Search(
        location=query.get("location", ""),
        is_asked="location" in query or has_position(query),
        conditions=conditions,
    )
    radius = query.get("radius", "").strip()
    if radius in map(str, RADII):
        search.radius = int(radius)
    elif radius.lower() == ANYWHERE:
        search.radius = ANY_DISTANCE
    elif radius:
        search.notices.append(
            f"That distance is not one that we can search by, so we searched within {DEFAULT_RADIUS} miles."
        )
    for name, words in TICKS.items():
        value = query.get(name, "").strip().lower()
        setattr(search, name, value == TICKED)
        if value not in {"", TICKED, "off"}:
            search.notices.append(
                f"We could not read the choice “{words}”, so we left it out. Tick it to use it."
            )
    known: dict[str, dict[str, Any]] = {
        "condition": {version.page.slug: version for version in conditions},
        "language": {value: value for value in Language.values},
        "insurer": {value: value for value in Insurer.values},
        "price": {str(pounds): pounds for pounds in PRICES},
    }
    for name in CHOICES:
        if value := query.get(name, "").strip().lower():
            if value in known[name]:
                setattr(search, name, known[name][value])
            else:
                search.notices.append(f"We do not know that {name}, so we left it out of the search.")
    sort = query.get("sort", "").strip().lower()
    if sort in SORTS:
        search.sort = sort
    elif sort:
        search.notices.append("We cannot sort in that way, so the nearest come first.")
    search.notices += _told_of_several(query)
    search.page = _page(query.get("page", ""))
    return search


def live_conditions() -> list[Version]:
    """The pages on conditions that readers can see, by title."""
    shown = [
        version for version in live_pages().versions.values() if version.page.kind == Page.Kind.CONDITION
    ]
    return sorted(shown, key=lambda version: version.title.casefold())


def _told_of_several(query: QueryDict) -> list[str]:
    """Of each choice that the address makes in several ways, that the last one counts."""
    return [
        f"The address has more than one choice for “{TICKS.get(name, name)}”. We used the last one."
        for name in (*FILTERS, "sort")
        if len({value.strip().lower() for value in query.getlist(name)}) > 1
    ]


def _page(text: str) -> int:
    text = text.strip()
    # More digits than any page has would only be a large number to reckon with.
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= 6 else 1

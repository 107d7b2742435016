"""Reading the search's address into clean values. Nothing that stands there can make it fail."""

from dataclasses import dataclass, field

from django.http import QueryDict

from conditions.models import Version
from directory.nearest import Wish
from places.locate import Place

RADII = (1, 3, 5, 10, 20, 30, 50)
DEFAULT_RADIUS = 10
TICKED = "on"


@dataclass
class Search:
    """``location`` is as it was typed. ``notices`` tell what could not be used, and what was done."""

    location: str = ""
    radius: int = DEFAULT_RADIUS
    neuro: bool = False
    home_visits: bool = False
    female: bool = False
    condition: Version | None = None
    page: int = 1
    is_asked: bool = False
    notices: list[str] = field(default_factory=list)

    def wish_from(self, place: Place) -> Wish:
        return Wish(
            latitude=place.latitude,
            longitude=place.longitude,
            radius_miles=self.radius,
            neuro=self.neuro,
            female=self.female,
            home_visits=self.home_visits,
            condition_id=self.condition.page_id if self.condition else None,
        )


def read_search(query: QueryDict) -> Search:
    search = Search(location=query.get("location", ""), is_asked="location" in query)
    radius = query.get("radius", "").strip()
    if radius in map(str, RADII):
        search.radius = int(radius)
    elif radius:
        search.notices.append(
            f"That distance is not one that we can search by, so we searched within {DEFAULT_RADIUS} miles."
        )
    for name, words in (
        ("neuro", "Neuro physiotherapy"),
        ("home_visits", "Home visits"),
        ("female", "Female physiotherapists"),
    ):
        value = query.get(name, "").strip().lower()
        setattr(search, name, value == TICKED)
        if value not in {"", TICKED, "off"}:
            search.notices.append(
                f"We could not read the choice “{words}”, so we left it out. Tick it to use it."
            )
    if slug := query.get("condition", "").strip():
        search.condition = condition_page(slug)
        if not search.condition:
            search.notices.append("We do not know that condition, so we left it out of the search.")
    search.page = _page(query.get("page", ""))
    return search


def condition_page(slug: str) -> Version | None:
    # A NUL in a value is an error to PostgreSQL, and in no slug.
    return Version.objects.live().conditions().filter(page__slug=slug).first() if slug.isprintable() else None


def _page(text: str) -> int:
    text = text.strip()
    # More digits than any page has would only be a large number to reckon with.
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= 6 else 1

"""Reading what a search offers near the wish, and following each offer to see that it is true."""

from datetime import date
from typing import Any

from django.test import Client

from places.distance import great_circle_miles
from places.locate import locate
from tests.directory.pages import Page, follow

LEEDS, BRADFORD, YORK, LERWICK, PENZANCE = "LS1 4AP", "BD1 1HX", "YO1 7HH", "ZE1 0EN", "TR18 2GD"
ACCESS: dict[str, Any] = {"access_stated_on": date(2026, 1, 1), "steps": 0, "inside": "level", "door_cm": 90}
ONLINE = "see you online, wherever you are"
MORE = {
    "neuro": "on",
    "female": "on",
    "home_visits": "on",
    "wheelchair": "on",
    "hoist": "on",
    "online": "on",
    "evenings": "on",
    "weekends": "on",
    "language": "pol",
    "insurer": "bupa",
    "price": "50",
    "condition": "neck-pain",
}


def offered(page: Page) -> dict[str, str]:
    """Text to address."""
    lists = page.all("*", aria_labelledby="near-the-wish")
    assert len(lists) <= 1
    return lists[0].links if lists else {}


def heading(page: Page) -> str:
    return page.one("h1").text


def miles_between(a: str, b: str) -> str:
    here, there = locate(a), locate(b)
    return f"{great_circle_miles(here.latitude, here.longitude, there.latitude, there.longitude):.1f}"


def everybody_found(client: Client, href: str) -> tuple[str, list[str], list[str]]:
    """The first word of the heading, and the slugs and the miles of all who are there, over all pages."""
    page = follow(client, href)
    word, results = heading(page).split()[0], page.results
    while following := page.all("a", rel="next"):
        page = follow(client, following[0].attributes["href"])
        results += page.results
    return word, [slug for slug, _ in results], [miles for _, miles in results]


def assert_true(client: Client, page: Page) -> None:
    """Every offer finds as many as it says, the nearest where it says, and somebody new or in another way."""
    assert len(offered(page)) <= 8
    for text, href in offered(page).items():
        word, slugs, miles = everybody_found(client, href)
        in_another_way = any(way in text for way in ("at home", "at a clinic", "online,"))
        assert set(slugs) - set(page.slugs) or (slugs and in_another_way), text
        assert len(slugs) == len(set(slugs))
        told = text.split()
        if "about" in told:
            assert miles[0] == told[told.index("about") + 1] + ".0", text
        elif told[0] == "The":
            assert miles[0] == told[told.index("is") + 1], text
        else:
            assert (word, len(slugs)) == (told[0], int(told[0])), text
            if "away" in told:
                assert miles[0] == told[told.index("away") - 2], text

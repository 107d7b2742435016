"""Every filter at forty postcodes gives what a reckoning over all the sample listings gives."""

from itertools import cycle, product

import pytest
from django.test import Client

from directory.choices import Insurer
from directory.forms import RADII
from directory.models import Physiotherapist
from directory.nearest import PER_PAGE, Wish, count_each, nearest
from places.locate import locate
from tests.directory.pages import Page, follow, search
from tests.directory.reckoning import Fit, Listing, distances, everybody_who_fits, listings
from tests.directory.table import FACTS, LANGUAGES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sample_directory")]

POSTCODES = [
    "ZE1 0EN",  # Lerwick
    "KW15 1GR",  # Kirkwall
    "KW1 5EA",  # Wick
    "IV51 9EP",  # Portree
    "IV2 3BW",  # Inverness
    "AB10 1AB",  # Aberdeen
    "PH1 5PH",  # Perth
    "PA34 4AR",  # Oban
    "FK8 1EA",  # Stirling
    "G1 1XQ",  # Glasgow
    "EH1 1YZ",  # Edinburgh
    "DG1 2BS",  # Dumfries
    "BT1 5GS",  # Belfast
    "NE1 4ST",  # Newcastle upon Tyne
    "CA1 1HP",  # Carlisle
    "YO1 7HH",  # York
    "LS1 4AP",  # Leeds
    "HU1 2AA",  # Hull
    "M1 1AE",  # Manchester
    "L1 8JQ",  # Liverpool
    "S1 2HE",  # Sheffield
    "LL57 1DT",  # Bangor
    "NG1 5DT",  # Nottingham
    "NR30 2LL",  # Great Yarmouth
    "B1 1BB",  # Birmingham
    "SY23 1LD",  # Aberystwyth
    "CB2 1TN",  # Cambridge
    "GL1 2EH",  # Gloucester
    "OX1 1PT",  # Oxford
    "SA1 3SN",  # Swansea
    "CF10 1EP",  # Cardiff
    "EC1A 1BB",  # London, the City
    "E1 6AN",  # London, Spitalfields
    "BS1 5TR",  # Bristol
    "CT16 1QL",  # Dover
    "BN1 1EE",  # Brighton
    "SO14 7DW",  # Southampton
    "EX1 1EB",  # Exeter
    "PL1 1DN",  # Plymouth
    "TR18 2GD",  # Penzance
]
FILTERS = [
    dict(zip(("neuro", "home_visits", "female"), ticked, strict=True))
    for ticked in product((False, True), repeat=3)
]


@pytest.fixture(scope="module")
def everybody(sample_directory: None, django_db_blocker) -> list[Listing]:
    with django_db_blocker.unblock():
        return listings()


def test_the_postcodes_are_forty_and_most_of_them_are_exact():
    assert len(set(POSTCODES)) == 40
    assert {p for p in POSTCODES if locate(p).precision != "postcode"} == {"BT1 5GS"}
    assert Physiotherapist.objects.filter(sample=True).count() == 600


@pytest.mark.parametrize("postcode", POSTCODES)
def test_the_search_finds_what_a_reckoning_over_everybody_finds(postcode: str, everybody: list[Listing]):
    place = locate(postcode)
    measured = distances(place.latitude, place.longitude, everybody)
    for filters, radius in product(FILTERS, RADII):
        wish = Wish(place.latitude, place.longitude, radius, **filters)
        expected = everybody_who_fits(wish, measured)

        pages = [nearest(wish)]
        while pages[-1].has_next:
            pages.append(nearest(wish, len(pages) + 1))

        found = [match for page in pages for match in page.matches]
        assert [(m.physiotherapist_id, m.clinic_id) for m in found] == [(f.pk, f.clinic_id) for f in expected]
        assert [m.miles for m in found] == pytest.approx([f.miles for f in expected], abs=1e-9)
        assert {page.total for page in pages if page.is_exact} <= {len(expected)}


@pytest.mark.parametrize("postcode", POSTCODES)
def test_the_pages_show_what_a_reckoning_over_everybody_finds(
    client: Client, postcode: str, everybody: list[Listing]
):
    place = locate(postcode)
    measured = distances(place.latitude, place.longitude, everybody)
    # A quarter of the filters, each with one radius, and over all postcodes each with every one: the search
    # above tries them all.
    number = POSTCODES.index(postcode)
    radii = RADII[number % len(RADII) :] + RADII
    some = FILTERS[number % 4 :: 4]
    for filters, radius in zip(some, cycle(radii), strict=False):
        wish = Wish(place.latitude, place.longitude, radius, **filters)
        ticked = {name: "on" for name, is_ticked in filters.items() if is_ticked}

        page = search(client, location=postcode, radius=radius, **ticked)

        assert walked(client, page) == shown(everybody_who_fits(wish, measured))


def asked_for(fact: str) -> dict[str, str]:
    """As the search's address says it."""
    if fact.startswith("up to £"):
        return {"price": fact.removeprefix("up to £")}
    return {"insurer": fact} if fact in Insurer.values else {fact: "on"}


# Parameters of the address to what somebody must offer: bits of flags, of languages.
MORE = [
    *((asked_for(fact), FACTS[fact], 0) for fact in FACTS),
    *(({"language": code}, 0, 1 << LANGUAGES.split().index(code)) for code in ("bfi", "ara", "spa")),
    (
        {"insurer": "bupa", "price": "60", "wheelchair": "on"},
        sum(FACTS[fact] for fact in ("bupa", "up to £60", "wheelchair")),
        0,
    ),
]


@pytest.mark.parametrize("postcode", POSTCODES)
def test_the_search_by_more_finds_what_a_reckoning_finds(postcode: str, everybody: list[Listing]):
    place = locate(postcode)
    measured = distances(place.latitude, place.longitude, everybody)
    # Each with two of the filters, over all postcodes each with every one.
    some = FILTERS[POSTCODES.index(postcode) % 4 :: 4]
    for (_, flags, languages), filters in product(MORE, some):
        wish = Wish(place.latitude, place.longitude, 50, **filters, flags=flags, languages=languages)
        expected = everybody_who_fits(wish, measured)
        found = nearest(wish)
        assert [m.physiotherapist_id for m in found.matches] == [f.pk for f in expected[:PER_PAGE]]
        assert found.total == len(expected)


@pytest.mark.parametrize("number", range(len(MORE)))
def test_the_pages_by_more_show_what_a_reckoning_finds(client: Client, number: int, everybody: list[Listing]):
    asked, flags, languages = MORE[number]
    # Each at other postcodes.
    for postcode, visits in product(POSTCODES[number::20], (False, True)):
        place = locate(postcode)
        wish = Wish(place.latitude, place.longitude, 30, home_visits=visits, flags=flags, languages=languages)
        page = search(
            client, location=postcode, radius=30, **asked, **{"home_visits": "on"} if visits else {}
        )
        measured = distances(place.latitude, place.longitude, everybody)
        assert walked(client, page) == shown(everybody_who_fits(wish, measured))


def walked(client: Client, page: Page) -> list[tuple[str, str]]:
    """The slugs and miles of this page and of all that follow it, by its links."""
    results = page.results
    while following := page.all("a", rel="next"):
        page = follow(client, following[0].attributes["href"])
        assert page.results
        results += page.results
    return results


def shown(fits: list[Fit]) -> list[tuple[str, str]]:
    # From the base of home visits, which is often a home, to a whole mile.
    return [(fit.slug, f"{round(fit.miles, 1 if fit.clinic_id else 0):.1f}") for fit in fits]


def test_the_postcodes_put_the_search_to_the_test(everybody: list[Listing]):
    """Of the searches above most find somebody, and some fill many pages."""
    totals = []
    for postcode, filters in product(POSTCODES, FILTERS):
        place = locate(postcode)
        totals.append(nearest(Wish(place.latitude, place.longitude, 50, **filters)).total)
    assert sum(total > 0 for total in totals) > len(totals) / 2
    assert max(totals) > 100


@pytest.mark.parametrize("visits", [False, True])
def test_what_is_asked_for_besides_is_offered_somewhere(visits: bool, everybody: list[Listing]):
    places = [locate(postcode) for postcode in POSTCODES]
    for asked, flags, languages in MORE:
        if visits and asked == {"price": "40"}:
            # Of the invented people nobody comes for so little.
            continue
        wishes = [
            Wish(place.latitude, place.longitude, 50, home_visits=visits, flags=flags, languages=languages)
            for place in places
        ]
        assert any(found.total for found in count_each(wishes)), asked

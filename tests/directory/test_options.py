"""How many each filter would leave: from rows of the search table, and from whole directories."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from conditions.models import Page, Version
from directory import nearest as module
from directory.choices import PRICES, Insurer, Language
from directory.forms import RADII, TICKS, Search
from directory.models import SearchPoint, insurer_bit, language_bit, price_bit
from directory.nearest import Offer, Offered, Wish, nearest_and_offers
from directory.options import Options, options_of, searches_beside, tally, told
from places.locate import Place
from tests.directory.crowds import INSURERS, SPOKEN, Crowd, crowds, opened
from tests.directory.reckoning import distances, everybody_who_fits, listings
from tests.factories import make_clinic, make_physiotherapist

NEURO, FEMALE, EVENINGS = SearchPoint.NEURO, SearchPoint.FEMALE, SearchPoint.EVENINGS
POLISH, URDU = language_bit("pol"), language_bit("urd")


@pytest.mark.parametrize(
    ("rows", "people", "flags", "languages"),
    [
        ([], 0, {}, {}),
        ([(1, 0, 0)], 1, {}, {}),
        ([(1, NEURO | EVENINGS, POLISH)], 1, {NEURO: 1, EVENINGS: 1}, {POLISH: 1}),
        # Two places of one person: once, and whatever is at either.
        ([(1, NEURO, POLISH), (1, NEURO | EVENINGS, POLISH)], 1, {NEURO: 1, EVENINGS: 1}, {POLISH: 1}),
        ([(1, NEURO, POLISH), (2, NEURO, URDU)], 2, {NEURO: 2}, {POLISH: 1, URDU: 1}),
        ([(1, NEURO, POLISH), (2, NEURO, POLISH), (3, FEMALE, 0)], 3, {NEURO: 2, FEMALE: 1}, {POLISH: 2}),
        # The highest bits that there are.
        (
            [(1, insurer_bit("wpa") | price_bit(100), language_bit("yor"))],
            1,
            {insurer_bit("wpa"): 1, price_bit(100): 1},
            {language_bit("yor"): 1},
        ),
    ],
)
def test_rows_are_counted_by_people(
    rows: list[tuple[int, int, int]], people: int, flags: dict[int, int], languages: dict[int, int]
):
    counted = tally(Offered([Offer(*row) for row in rows], is_exact=True))
    assert (len(counted.people), counted.flags, counted.languages) == (people, flags, languages)
    assert counted.is_exact


ROWS = st.lists(st.builds(Offer, st.integers(1, 12), st.integers(0, 2**62), st.integers(0, 2**62)))


@given(rows=ROWS, is_exact=st.booleans())
def test_any_rows_are_counted_as_one_by_one(rows: list[Offer], is_exact: bool):
    counted = tally(Offered(rows, is_exact))
    assert counted.is_exact == is_exact
    assert counted.people == {row.physiotherapist_id for row in rows}
    for bit in (1 << shift for shift in range(63)):
        assert counted.flags[bit] == len({row.physiotherapist_id for row in rows if row.flags & bit})
        assert counted.languages[bit] == len({row.physiotherapist_id for row in rows if row.languages & bit})


@pytest.mark.parametrize(
    ("number", "is_exact", "words"),
    [
        (0, True, "0"),
        (1, True, "1"),
        (200, True, "200"),
        (455, True, "455"),
        (0, False, ""),
        (1, False, "1 or more"),
        (200, False, "200 or more"),
        (201, False, "over 200"),
        (600, False, "over 200"),
    ],
)
def test_a_number_that_is_not_known_is_never_told_as_if_it_were(number: int, is_exact: bool, words: str):
    assert told(number, is_exact) == words


def leaves(options: Options) -> dict[tuple[str, Any], str]:
    """How many each option leaves, as told, by its parameter and value."""
    by_option: dict[tuple[str, Any], str] = {(name, "on"): words for name, words in options.leaves.items()}
    for ticks in options.ticks.values():
        assert all(tick.leaves == options.leaves[tick.name] for tick in ticks)
    for choice in options.choices:
        by_option |= {(choice.name, option.value): option.leaves for option in choice.options}
    return by_option


def counted_options(search: Search, place: Place) -> Options:
    beside = searches_beside(search)
    wishes = [other.wish_from(place) for other in beside.values()]
    _, (own, *others) = nearest_and_offers(search.wish_from(place), wishes)
    return options_of(search, tally(own), dict(zip(beside, map(tally, others), strict=True)))


def with_option(search: Search, name: str, value: str) -> Search:
    """The search with this one instead of what its own group stands at."""
    chosen: Any = value
    if name in TICKS:
        chosen = True
    elif name == "price":
        chosen = int(value)
    elif name == "condition":
        chosen = next(version for version in search.conditions if version.page.slug == value)
    return replace(search, **{name: chosen})


SEARCHES = st.builds(
    Search,
    radius=st.sampled_from(RADII),
    **{name: st.sampled_from([False, False, True]) for name in TICKS},
    language=st.sampled_from(["", "", *SPOKEN]),
    insurer=st.sampled_from(["", "", *INSURERS]),
    price=st.sampled_from([None, None, 40, 80]),
)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(crowd=crowds(), search=SEARCHES, is_crowded=st.booleans())
@pytest.mark.django_db
def test_each_option_leaves_as_many_as_brute_force_finds(crowd: Crowd, search: Search, is_crowded: bool):
    with opened(crowd) as wish, pytest.MonkeyPatch.context() as patch:
        if is_crowded:
            patch.setattr(module, "_ROW_LIMIT", 4)
        page = Page.objects.get(slug="a-condition")
        search.conditions = [Version(pk=1, page=page, title="A condition")]
        search.condition = search.conditions[0] if crowd.wants_condition else None
        place = Place(wish.latitude, wish.longitude, "here", "postcode")
        measured = distances(place.latitude, place.longitude, listings())
        edges = [(fit, person.visit_miles) for person, fits in measured for fit in fits]
        assume(all(abs(fit.miles - edge) > 0.00001 for fit, own in edges for edge in (own, search.radius)))
        for (name, value), words in leaves(counted_options(search, place)).items():
            fits = everybody_who_fits(with_option(search, name, value).wish_from(place), measured)
            if is_crowded and not words.isdigit():
                # At least so many, and never more than there are.
                assert int(words.partition(" or more")[0] or 0) <= len(fits), (name, value)
            else:
                assert words == str(len(fits)), (name, value)


@pytest.fixture
def place() -> Place:
    clinic = make_clinic("LS1 4AP")
    make_physiotherapist(
        (clinic,), gender="female", languages=["eng", "pol"], insurers=["bupa"], fee_first=45
    )
    make_physiotherapist((clinic,), gender="male", languages=["urd"], insurers=["bupa", "wpa"], fee_first=75)
    return Place(clinic.latitude or 0, clinic.longitude or 0, "LS1 4AP", "postcode")


@pytest.mark.django_db
def test_a_choice_that_is_made_does_not_hide_the_others_of_its_group(place: Place):
    counts = leaves(counted_options(Search(language="pol", insurer="bupa"), place))
    # With Bupa one speaks Polish and one Urdu; of the one who speaks Polish there is no WPA.
    assert {value: counts["language", value] for value in ("pol", "urd", "spa")} == {
        "pol": "1",
        "urd": "1",
        "spa": "0",
    }
    assert (counts["insurer", "bupa"], counts["insurer", "wpa"]) == ("1", "0")
    assert [counts["price", str(pounds)] for pounds in PRICES] == ["0", "1", "1", "1", "1", "1"]
    assert (counts["female", "on"], counts["neuro", "on"]) == ("1", "0")


@pytest.mark.django_db
def test_every_choice_is_offered_once_and_english_only_where_it_is_chosen(place: Place):
    counts = Counter(name for name, _ in leaves(counted_options(Search(), place)))
    assert counts == Counter([*TICKS]) + Counter(
        language=len(Language) - 1, insurer=len(Insurer), price=len(PRICES)
    )
    assert ("language", "eng") in leaves(counted_options(Search(language="eng"), place))


@pytest.mark.django_db
def test_without_a_place_nothing_is_counted_and_nothing_asked():
    with CaptureQueriesContext(connection) as queries:
        options = options_of(Search(language="pol", wheelchair=True))
    assert set(leaves(options).values()) == {""}
    assert len(queries) == 0
    chosen = {choice.name: [o.value for o in choice.options if o.is_chosen] for choice in options.choices}
    assert chosen == {"condition": [], "language": ["pol"], "insurer": [], "price": []}


@pytest.mark.django_db
def test_everything_chosen_is_read_in_one_statement(place: Place):
    search = Search(language="pol", insurer="bupa", price=60, evenings=True, female=True)
    beside = searches_beside(search)
    assert set(beside) == {"language", "insurer", "price", "home_visits"}
    wishes: list[Wish] = [other.wish_from(place) for other in beside.values()]
    with CaptureQueriesContext(connection) as queries:
        nearest_and_offers(search.wish_from(place), wishes)
    assert len(queries) == 1

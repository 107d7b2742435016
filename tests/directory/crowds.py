"""Random people around random points, for tests that compare the search with a reckoning."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st

from conditions.models import Page
from directory.forms import RADII
from directory.models import Clinic, Physiotherapist
from directory.nearest import Wish
from directory.search_table import rebuild
from tests.directory.table import FACTS, LANGUAGES

FILTERS = [
    {"neuro": neuro, "female": female, "home_visits": visits}
    for neuro in (False, True)
    for female in (False, True)
    for visits in (False, True)
]
# Few of each, so that many people have what is wished for.
SPOKEN = ["eng", "bfi", "yor"]
INSURERS = ["aviva", "bupa", "wpa"]
POUNDS = st.sampled_from([None, *map(Decimal, ("0", "39.99", "40", "40.01", "60", "79.50", "100", "101"))])
FACTS_OF_A_CLINIC = st.fixed_dictionaries(
    {
        "steps": st.sampled_from([0, 0, 0, 1, None]),
        "inside": st.sampled_from(["level", "lift", "stairs", ""]),
        "door_cm": st.sampled_from([74, 75, 90, None]),
        "hoist": st.sampled_from([True, False, None]),
    }
)
FACTS_OF_A_PERSON = st.fixed_dictionaries(
    {
        "online": st.booleans(),
        "evenings": st.booleans(),
        "weekends": st.booleans(),
        "hoist_at_home": st.booleans(),
        "fee_first": POUNDS,
        "fee_home": POUNDS,
        "visit_fee": POUNDS,
        "insurers": st.lists(st.sampled_from(INSURERS), unique=True),
        "languages": st.lists(st.sampled_from(SPOKEN), unique=True),
    }
)
NOTHING: st.SearchStrategy[set[Any]] = st.just(set())
WISHED_FACTS = NOTHING | st.sets(
    st.sampled_from(["online", "evenings", "wheelchair", "hoist", "up to £40", "up to £80", *INSURERS]),
    max_size=2,
)
WISHED_LANGUAGES = NOTHING | st.sets(st.sampled_from(SPOKEN), max_size=2)
# Days from now until the next check is due; None: never checked.
DUE_IN = st.sampled_from([300, 300, 300, 300, 0, 1, -1, -300, None])


class Crowd(NamedTuple):
    """Points are in ten-thousandths of a degree; people name their clinics by number."""

    clinics: list[tuple[int, int, dict[str, Any]]]
    people: list[dict[str, Any]]
    wish: Wish
    wants_condition: bool


@st.composite
def crowds(draw: st.DrawFn) -> Crowd:
    """People around one point of Britain, as often near as far, with every filter mixed in."""
    latitude, longitude = draw(st.integers(499_000, 608_000)), draw(st.integers(-82_000, 18_000))
    radius = draw(st.sampled_from(RADII))
    # Half of the points are about as far off as the radius, which is 145 of these units a mile
    # northwards and about 85 eastwards.
    offset = st.integers(-150, 150).map(lambda part: part * radius) | st.integers(-9_000, 9_000)
    x, y = offset.map(lambda x: latitude + x), offset.map(lambda y: longitude + y * 4 // 5)
    clinics = draw(st.lists(st.tuples(x, y, FACTS_OF_A_CLINIC), min_size=4, max_size=10))
    point = st.tuples(x, y)
    person = st.fixed_dictionaries(
        {
            "clinics": st.sets(st.integers(0, len(clinics) - 1), min_size=1, max_size=3) | NOTHING,
            "base": st.one_of(st.none(), point, point),
            "visit_miles": st.integers(1, 50),
            "neuro": st.sampled_from([True, True, False]),
            "gender": st.sampled_from(["female", "female", "female", "male", "other", ""]),
            "listed": st.sampled_from([True, True, True, True, False]),
            "sample": st.sampled_from([False, False, True]),
            "due_in": DUE_IN,
            "treats": st.sampled_from([True, True, False]),
            "facts": FACTS_OF_A_PERSON,
        }
    )
    wish = Wish(
        # Off the grid of the points, so that no two of them are equally far but at the same spot.
        latitude=latitude / 10_000 + 0.0000271828,
        longitude=longitude / 10_000 + 0.0000314159,
        radius_miles=radius,
        flags=sum(FACTS[fact] for fact in draw(WISHED_FACTS)),
        languages=sum(1 << LANGUAGES.split().index(language) for language in draw(WISHED_LANGUAGES)),
        **draw(st.sampled_from(FILTERS)),
    )
    # The size is drawn first: a list drawn without one is mostly short, and so is a number small.
    size = draw(st.sampled_from([0, 1, 3, 8, 16, 24]))
    people = draw(st.lists(person, min_size=size, max_size=size))
    return Crowd(clinics, people, wish, wants_condition=draw(st.sampled_from([False, False, True])))


@contextmanager
def opened(crowd: Crowd) -> Iterator[Wish]:
    """A directory with these people for one example; yields the wish."""
    with transaction.atomic():
        condition = Page.objects.create(slug="a-condition")
        today = timezone.localdate()
        clinics = Clinic.objects.bulk_create(
            Clinic(
                name=f"Clinic {index}",
                postcode="LS1 4AP",
                latitude=x / 10_000,
                longitude=y / 10_000,
                access_stated_on=today,
                **facts,
            )
            for index, (x, y, facts) in enumerate(crowd.clinics)
        )
        people = Physiotherapist.objects.bulk_create(
            Physiotherapist(
                name="Somebody",
                slug=f"person-{index}",
                hcpc_number=f"PH{index}",
                gender=values["gender"],
                specialisms=["neuro", "sports"] if values["neuro"] else ["sports"],
                listed=values["listed"],
                sample=values["sample"],
                check_due_on=None if values["due_in"] is None else today + timedelta(values["due_in"]),
                home_visits=values["base"] is not None,
                visit_miles=values["visit_miles"],
                visit_latitude=values["base"] and values["base"][0] / 10_000,
                visit_longitude=values["base"] and values["base"][1] / 10_000,
                **values["facts"],
            )
            for index, values in enumerate(crowd.people)
        )
        works_at, treats = Physiotherapist.clinics.through, Physiotherapist.conditions_treated.through
        works_at.objects.bulk_create(
            works_at(physiotherapist_id=person.pk, clinic_id=clinics[number].pk)
            for person, values in zip(people, crowd.people, strict=True)
            for number in values["clinics"]
        )
        treats.objects.bulk_create(
            treats(physiotherapist_id=person.pk, page_id=condition.pk)
            for person, values in zip(people, crowd.people, strict=True)
            if values["treats"]
        )
        # From the last to the first, so that the order of the rows is not that of the people.
        for person in reversed(people):
            rebuild([person.pk])
        yield replace(crowd.wish, condition_id=condition.pk if crowd.wants_condition else None)
        transaction.set_rollback(True)

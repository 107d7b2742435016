"""The outward codes that a home visitor reaches, and what they do not give away."""

import pytest

from directory.visiting import SHOWN, reach_of
from places.distance import great_circle_miles
from places.locate import locate
from places.models import PartialPostcode
from tests.factories import make_physiotherapist

pytestmark = pytest.mark.django_db


def reached(**values) -> list[str]:
    reach = reach_of(make_physiotherapist(**values))
    return reach.nearest + reach.more


@pytest.mark.parametrize(
    ("base", "miles"), [("LS2 7UE", 1), ("LS2 7UE", 10), ("N1 9GU", 25), ("ZE1 0AA", 50), ("TR19 7AA", 30)]
)
def test_the_codes_are_those_whose_middle_lies_within_the_circle_nearest_first(base: str, miles: int):
    outward, sector = base.split()[0], base[:-2]
    middle = locate(sector)
    distances = {
        partial.code: great_circle_miles(
            middle.latitude, middle.longitude, partial.latitude, partial.longitude
        )
        for partial in PartialPostcode.objects.filter(is_outward=True)
    }
    expected = [code for code, far in sorted(distances.items(), key=lambda item: item[1]) if far <= miles]
    # Their own stands first, however far its middle is.
    expected = [outward, *(code for code in expected if code != outward)]
    assert reached(visits_from=base, visit_miles=miles) == expected


def test_only_the_nearest_dozen_are_shown_at_once():
    reach = reach_of(make_physiotherapist(visits_from="N1 9GU", visit_miles=10))
    assert len(reach.nearest) == SHOWN == 12
    assert reach.more
    assert set(reach.nearest).isdisjoint(reach.more)


def test_two_bases_of_one_sector_cannot_be_told_apart():
    """What is in the list and in which order would else tell a street: it may be where somebody lives."""
    lists = [reached(visits_from=base, visit_miles=10) for base in ("LS2 7UE", "LS2 7PS")]
    assert lists[0] == lists[1]


def test_where_we_hold_no_postcodes_the_towns_tell():
    codes = reached(visits_from="BT1 5GS", visit_miles=10)
    assert codes[:3] == ["BT1", "BT2", "BT3"]
    assert "BT48" not in codes  # Derry
    assert "BT38" in codes  # Carrickfergus


@pytest.mark.parametrize("stored", ["LS2 9ZZ", "LS2", "QQ1 1AA", "nothing", ""])
def test_a_base_that_is_no_postcode_now_fails_nothing(stored: str):
    codes = reached(visits_from="LS2 7UE", visit_miles=3, visit_postcode=stored)
    assert ("LS1" in codes) == stored.startswith("LS2")
    assert codes[:1] == {"LS2": ["LS2"], "QQ1": ["QQ1"]}.get(stored[:3], [])


def test_somebody_who_visits_nobody_reaches_nothing():
    person = make_physiotherapist(visits_from="LS2 7UE")
    person.home_visits = False
    assert reach_of(person) == ([], [])

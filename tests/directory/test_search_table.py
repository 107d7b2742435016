from collections.abc import Callable
from datetime import date
from decimal import Decimal
from importlib import import_module
from math import floor
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction

from directory.choices import PRICES, Insurer, Language
from directory.models import Clinic, Physiotherapist, SearchPoint
from directory.search_table import rebuild, rebuild_all
from tests.directory.table import (
    FACTS,
    LANGUAGES,
    assert_in_step,
    held_rows,
    rows_there_should_be,
)
from tests.factories import make_clinic, make_page, make_physiotherapist

STATED_ON = date(2026, 1, 31)


@pytest.fixture
def people(db: None) -> list[Physiotherapist]:
    return make_people()


def make_people() -> list[Physiotherapist]:
    here, there = make_clinic("LS1 4AP"), make_clinic("YO1 7HH")
    return [
        make_physiotherapist((here, there), gender="female"),
        make_physiotherapist((there,), visits_from="LS1 4AP", visit_miles=7, specialisms=["neuro"]),
        make_physiotherapist((here,), listed=False),
    ]


def test_rebuilding_all_mends_a_table_that_is_out_of_step(people: list[Physiotherapist], monkeypatch):
    # What signals do not see: a change past save().
    Physiotherapist.objects.filter(pk=people[0].pk).update(gender="male")
    Clinic.objects.update(latitude=51.5, longitude=-0.1, hoist=True, access_stated_on=STATED_ON)
    SearchPoint.objects.filter(physiotherapist=people[1]).delete()
    assert held_rows() != rows_there_should_be()
    monkeypatch.setattr("directory.search_table._BATCH", 2)

    assert rebuild_all() == 4

    assert_in_step()
    assert len(held_rows()) == 4


def test_rebuilding_some_leaves_the_others_as_they_were(people: list[Physiotherapist]):
    SearchPoint.objects.all().delete()
    assert rebuild([people[1].pk, people[2].pk]) == 2
    assert {row.person for row in held_rows()} == {people[1].pk}
    assert rebuild([]) == 0
    assert rebuild([10**9]) == 0


def test_the_rows_of_a_person(people: list[Physiotherapist]):
    work, base = sorted(
        (row for row in held_rows() if row.person == people[1].pk), key=lambda row: row.visit_miles
    )
    # To a hundredth of a degree: the base may be where somebody lives.
    york, leeds = people[1].clinics.get(), (53.8, -1.56)
    assert (work.clinic, work.latitude, work.longitude) == (york.pk, york.latitude, york.longitude)
    assert (work.band, work.flags, work.visit_miles) == (floor(work.latitude * 100), 1, 0)
    assert (base.clinic, base.latitude, base.longitude) == (None, *leeds)
    assert (base.band, base.flags) == (floor(base.latitude * 100), 1 + 4 + FACTS["wheelchair"])
    assert base.visit_miles == 7
    assert {row.flags for row in held_rows() if row.person == people[0].pk} == {2}


def test_every_choice_has_a_bit_of_its_own_and_the_tests_know_it():
    prices = {f"up to £{pounds}" for pounds in PRICES}
    assert {*Insurer.values, *prices} <= FACTS.keys()
    assert LANGUAGES.split() == Language.values
    # With the three ticks and the sample's mark; an integer of the database has 63.
    bits = [1, 2, 4, 8, *FACTS.values()]
    assert len(set(bits)) == len(bits)
    assert max(bits) < 1 << 63
    assert len(Language.values) <= 62


UP_TO_100 = {"up to £100"}
UP_TO_70 = {"up to £70", "up to £80"} | UP_TO_100
UP_TO_60 = {"up to £60"} | UP_TO_70
UP_TO_40 = {"up to £40", "up to £50"} | UP_TO_60
LEVEL = {"steps": 0, "inside": "level", "door_cm": 75}
NO: set[str] = set()


@pytest.mark.parametrize(
    ("of_person", "of_clinic", "at_clinic", "at_home"),
    [
        ({}, {}, NO, NO),
        ({"online": True}, {}, {"online"}, {"online"}),
        ({"evenings": True}, {}, {"evenings"}, {"evenings"}),
        ({"weekends": True}, {}, {"weekends"}, {"weekends"}),
        ({"insurers": ["bupa", "wpa"]}, {}, {"bupa", "wpa"}, {"bupa", "wpa"}),
        ({"hoist_at_home": True}, {}, NO, {"hoist"}),
        ({}, {"hoist": True}, {"hoist"}, NO),
        ({}, {"hoist": False}, NO, NO),
        ({}, LEVEL, {"wheelchair"}, NO),
        ({}, LEVEL | {"inside": "lift"}, {"wheelchair"}, NO),
        # A step, no lift, a narrow door, or what nobody stated: better not to send anybody there.
        ({}, LEVEL | {"steps": 1}, NO, NO),
        ({}, LEVEL | {"steps": None}, NO, NO),
        ({}, LEVEL | {"inside": "stairs"}, NO, NO),
        ({}, LEVEL | {"inside": ""}, NO, NO),
        ({}, LEVEL | {"door_cm": 74}, NO, NO),
        ({}, LEVEL | {"door_cm": None}, NO, NO),
        # A price is that of the first appointment there, or of a visit with the way, where both are stated.
        ({"fee_first": Decimal(60)}, {}, UP_TO_60, NO),
        ({"fee_first": Decimal("60.01")}, {}, UP_TO_70, NO),
        ({"fee_first": Decimal(60), "visit_fee": Decimal(40)}, {}, UP_TO_60, NO),
        ({"fee_first": Decimal(60), "fee_home": Decimal(100)}, {}, UP_TO_60, NO),
        ({"fee_home": Decimal(60), "visit_fee": Decimal(40)}, {}, NO, UP_TO_100),
        ({"fee_home": Decimal(55), "visit_fee": Decimal(5)}, {}, NO, UP_TO_60),
        ({"visit_fee": Decimal(5), "fee_follow_up": Decimal(5), "fee_online": Decimal(5)}, {}, NO, NO),
        ({"fee_first": Decimal(0)}, {}, UP_TO_40, NO),
        ({"fee_home": Decimal(0), "visit_fee": Decimal(0)}, {}, NO, UP_TO_40),
        ({"fee_first": Decimal("100.01")}, {}, NO, NO),
    ],
)
def test_what_is_offered_at_a_clinic_and_at_home(
    db: None, of_person: dict[str, Any], of_clinic: dict[str, Any], at_clinic: set[str], at_home: set[str]
):
    clinic = make_clinic("LS1 4AP", access_stated_on=STATED_ON, **of_clinic)
    make_physiotherapist((clinic,), visits_from="YO1 7HH", **of_person)
    rows = sorted(held_rows(), key=lambda row: row.visit_miles)
    offered = [{name for name, bit in FACTS.items() if row.flags & bit} for row in rows]
    # At home nobody has to get into a clinic.
    assert offered == [at_clinic, at_home | {"wheelchair"}]


def test_each_language_has_its_bit_at_every_place(db: None):
    languages = ["eng", "bfi", "yor"]
    make_physiotherapist((make_clinic(),), visits_from="YO1 7HH", languages=languages)
    assert [row.languages for row in held_rows()] == [1 + 2 + (1 << 39)] * 2


class UndoneError(Exception):
    pass


def save(thing: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(thing, name, value)
    thing.save()


# What an editor does to a person or to the clinics of one; the second argument is another clinic.
CHANGES: dict[str, Callable[[Any, Clinic], None]] = {
    "save": lambda person, other: save(person, gender="other"),
    "unlist": lambda person, other: save(person, listed=False),
    "speak another language": lambda person, other: save(person, languages=["cym"]),
    "raise the fee": lambda person, other: save(person, fee_first=Decimal(60)),
    "check the registration": lambda person, other: save(person, check_due_on=date(2100, 1, 1)),
    "forget the check": lambda person, other: save(person, checked_on=None, check_due_on=None),
    "move a clinic": lambda person, other: save(person.clinics.first(), latitude=55.0),
    "state the access": lambda person, other: save(
        person.clinics.first(), hoist=True, access_stated_on=STATED_ON
    ),
    "add a clinic": lambda person, other: person.clinics.add(other),
    "add a person": lambda person, other: other.physiotherapists.add(person),
    "remove a clinic": lambda person, other: person.clinics.remove(person.clinics.first()),
    "clear the clinics": lambda person, other: person.clinics.clear(),
    "clear the people": lambda person, other: person.clinics.first().physiotherapists.clear(),
    "set the clinics": lambda person, other: person.clinics.set([other]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_transaction_that_fails_leaves_listing_and_table_as_they_were(
    people: list[Physiotherapist], change: Callable[[Any, Clinic], None]
):
    other, before = make_clinic("M1 1AE"), held_rows()
    with pytest.raises(UndoneError), transaction.atomic():
        change(people[0], other)
        assert held_rows() != before
        raise UndoneError
    assert held_rows() == before
    assert_in_step()


def test_a_table_that_cannot_be_rebuilt_undoes_the_change(
    committed_db: None, monkeypatch: pytest.MonkeyPatch
):
    def fail(*args: Any, **kwargs: Any) -> None:
        raise UndoneError

    for name, change in CHANGES.items():
        person, other, before = make_people()[0], make_clinic("M1 1AE"), held_rows()
        with monkeypatch.context() as broken:
            broken.setattr("directory.search_table._write", fail)
            with pytest.raises(UndoneError):
                change(person, other)
        assert held_rows() == before, name
        assert_in_step()


def test_a_table_rebuilt_twice_has_no_row_twice(people: list[Physiotherapist]):
    before = held_rows()
    rebuild_all()
    rebuild_all()
    assert held_rows() == before


def test_a_database_of_an_older_release_gets_the_bits_of_conditions(people: list[Physiotherapist]):
    pages = [make_page(slug).page for slug in ("neck-pain", "back-pain")]
    people[0].conditions_treated.set(pages)
    people[1].conditions_treated.set(pages[:1])
    SearchPoint.objects.update(conditions=0)
    import_module("directory.migrations.0007_conditions_in_the_search_table").set_bits(apps, None)
    assert_in_step()
    assert SearchPoint.objects.exclude(conditions=0).count() == 4

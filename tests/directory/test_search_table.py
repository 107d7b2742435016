from collections.abc import Callable
from math import floor
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from directory.models import Clinic, Physiotherapist, SearchPoint
from directory.search_table import rebuild, rebuild_all, rows_of
from tests.directory.table import as_row, assert_in_step, held_rows, rows_there_should_be
from tests.factories import make_clinic, make_physiotherapist

PLACES = st.tuples(st.integers(499_000, 608_000), st.integers(-82_000, 18_000)).map(
    lambda point: (point[0] / 10_000, point[1] / 10_000)
)
CHOICE = st.integers(0, 30)


class Directory(RuleBasedStateMachine):
    """Whatever editors and programs do to listings, in any order, the table follows."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    def person(self, number: int) -> Physiotherapist:
        return self.chosen(Physiotherapist, number) or make_physiotherapist()

    def clinic(self, number: int) -> Clinic:
        return self.chosen(Clinic, number) or make_clinic()

    def chosen(self, model: Any, number: int) -> Any:
        """None, now and then, for a new one."""
        held = list(model.objects.order_by("pk"))
        return held[number % (len(held) + 1)] if number % (len(held) + 1) < len(held) else None

    @rule(point=PLACES, by_hand=st.booleans())
    def add_a_clinic(self, point: tuple[float, float], by_hand: bool) -> None:
        make_clinic(latitude=point[0], longitude=point[1], pin_by_hand=by_hand)

    @rule(
        female=st.booleans(), listed=st.booleans(), sample=st.booleans(), numbers=st.sets(CHOICE, max_size=3)
    )
    def add_a_person(self, female: bool, listed: bool, sample: bool, numbers: set[int]) -> None:
        clinics = {self.clinic(number) for number in numbers}
        gender = "female" if female else ""
        make_physiotherapist(tuple(clinics), gender=gender, listed=listed, sample=sample)

    @rule(number=CHOICE, listed=st.booleans())
    def list_or_unlist(self, number: int, listed: bool) -> None:
        person = self.person(number)
        person.listed = listed
        person.save()

    @rule(
        number=CHOICE,
        gender=st.sampled_from(["female", "male", "other", ""]),
        specialisms=st.sampled_from([[], ["neuro"], ["sports"], ["neuro", "hands"]]),
    )
    def change_what_is_searched_for(self, number: int, gender: str, specialisms: list[str]) -> None:
        person = self.person(number)
        person.gender, person.specialisms = gender, specialisms
        person.save()

    @rule(number=CHOICE, point=PLACES, miles=st.integers(1, 50))
    def move_the_base_for_visits(self, number: int, point: tuple[float, float], miles: int) -> None:
        person = self.person(number)
        person.home_visits, person.visit_miles = True, miles
        person.visit_latitude, person.visit_longitude = point
        person.save(update_fields=["home_visits", "visit_miles", "visit_latitude", "visit_longitude"])

    @rule(number=CHOICE)
    def visit_no_more(self, number: int) -> None:
        person = self.person(number)
        person.home_visits = False
        person.save()

    @rule(number=CHOICE, point=PLACES)
    def move_a_clinic(self, number: int, point: tuple[float, float]) -> None:
        clinic = self.clinic(number)
        clinic.latitude, clinic.longitude = point
        clinic.save()

    @rule(
        number=CHOICE,
        numbers=st.lists(CHOICE, max_size=3),
        how=st.sampled_from(["add", "remove", "set", "clear"]),
        clear=st.booleans(),
    )
    def change_the_clinics_of_a_person(self, number: int, numbers: list[int], how: str, clear: bool) -> None:
        self.change(self.person(number).clinics, how, [self.clinic(n) for n in numbers], clear)

    @rule(
        number=CHOICE,
        numbers=st.lists(CHOICE, max_size=3),
        how=st.sampled_from(["add", "remove", "set", "clear"]),
        clear=st.booleans(),
    )
    def change_the_people_of_a_clinic(self, number: int, numbers: list[int], how: str, clear: bool) -> None:
        self.change(self.clinic(number).physiotherapists, how, [self.person(n) for n in numbers], clear)

    def change(self, related: Any, how: str, others: list[Any], clear: bool) -> None:
        if how == "set":
            related.set(others, clear=clear)
        elif how == "clear":
            related.clear()
        else:
            getattr(related, how)(*others)

    @rule(number=CHOICE, one_by_one=st.booleans())
    def delete_a_person(self, number: int, one_by_one: bool) -> None:
        person = self.person(number)
        if one_by_one:
            person.delete()
        else:
            Physiotherapist.objects.filter(pk=person.pk).delete()

    @rule(number=CHOICE, one_by_one=st.booleans())
    def delete_a_clinic(self, number: int, one_by_one: bool) -> None:
        clinic = self.clinic(number)
        if one_by_one:
            clinic.delete()
        else:
            Clinic.objects.filter(pk=clinic.pk).delete()

    @invariant()
    def table_is_in_step(self) -> None:
        assert_in_step()


def test_the_table_is_never_out_of_step(db: None):
    run_state_machine_as_test(
        Directory,
        settings=settings(
            max_examples=40,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


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
    Clinic.objects.update(latitude=51.5, longitude=-0.1)
    SearchPoint.objects.filter(physiotherapist=people[1]).delete()
    assert held_rows() != rows_there_should_be()
    monkeypatch.setattr("directory.search_table._BATCH", 2)

    assert rebuild_all() == 4

    assert_in_step()
    assert len(held_rows()) == 4


def test_rebuilding_some_leaves_the_others_as_they_were(people: list[Physiotherapist]):
    SearchPoint.objects.all().delete()
    assert rebuild([people[1].pk, people[2].pk]) == 2
    assert {row[0] for row in held_rows()} == {people[1].pk}
    assert rebuild([]) == 0
    assert rebuild([10**9]) == 0


def test_the_rows_of_a_person(people: list[Physiotherapist]):
    work, base = sorted(map(as_row, rows_of(people[1])), key=lambda row: row[6])
    york, leeds = work[3:5], base[3:5]
    assert (work[2], work[5:]) == (floor(york[0] * 100), (1, 0))
    assert base == (people[1].pk, None, floor(leeds[0] * 100), *leeds, 1 + 4, 7)
    assert work[1] == people[1].clinics.get().pk
    assert {row.flags for row in rows_of(people[0])} == {2}


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
    "move a clinic": lambda person, other: save(person.clinics.first(), latitude=55.0),
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
            broken.setattr("directory.search_table.SearchPoint.objects.bulk_create", fail)
            with pytest.raises(UndoneError):
                change(person, other)
        assert held_rows() == before, name
        assert_in_step()


def test_a_table_rebuilt_twice_has_no_row_twice(people: list[Physiotherapist]):
    before = held_rows()
    rebuild_all()
    rebuild_all()
    assert held_rows() == before

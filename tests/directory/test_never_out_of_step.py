"""Whatever editors and programs do to listings, in any order or at once, the search table follows."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import product
from random import Random
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from conditions.models import Page
from directory import search_table
from directory.choices import Inside, Insurer, Language
from directory.models import Clinic, Physiotherapist
from directory.search_table import rebuild, rebuild_all
from tests.directory.table import assert_in_step, held_rows
from tests.factories import make_clinic, make_physiotherapist

STATED_ON = date(2026, 1, 31)
PLACES = st.tuples(st.integers(499_000, 608_000), st.integers(-82_000, 18_000)).map(
    lambda point: (point[0] / 10_000, point[1] / 10_000)
)
CHOICE = st.integers(0, 30)
POUNDS = st.none() | st.decimals(0, 120, places=2)
PERSON_FACTS = st.fixed_dictionaries(
    {},
    optional={
        "gender": st.sampled_from(["female", "male", "other", ""]),
        "specialisms": st.sampled_from([[], ["neuro"], ["sports"], ["neuro", "hands"]]),
        "languages": st.lists(st.sampled_from(Language.values), max_size=3, unique=True),
        "insurers": st.lists(st.sampled_from(Insurer.values), max_size=3, unique=True),
        "online": st.booleans(),
        "evenings": st.booleans(),
        "weekends": st.booleans(),
        "hoist_at_home": st.booleans(),
        "fee_first": POUNDS,
        "fee_follow_up": POUNDS,
        "fee_online": POUNDS,
        "fee_home": POUNDS,
        "visit_fee": POUNDS,
    },
)
ACCESS_FACTS = st.fixed_dictionaries(
    {},
    optional={
        "steps": st.none() | st.integers(0, 2),
        "inside": st.sampled_from([*Inside.values, ""]),
        "door_cm": st.sampled_from([None, 74, 75, 90]),
        "hoist": st.sampled_from([None, True, False]),
        "quiet_room": st.sampled_from([None, True, False]),
    },
)
HOW_RELATED_CHANGE = st.sampled_from(["add", "remove", "set", "clear"])


def save(thing: Any, values: dict[str, Any], only: bool = False) -> None:
    """``only``: these fields and no other."""
    for name, value in values.items():
        setattr(thing, name, value)
    thing.save(update_fields=[*values] if only else None)


class Directory(RuleBasedStateMachine):
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
        listed=st.booleans(),
        sample=st.booleans(),
        numbers=st.sets(CHOICE, max_size=3),
        facts=PERSON_FACTS,
        is_checked=st.booleans(),
    )
    def add_a_person(
        self, listed: bool, sample: bool, numbers: set[int], facts: dict[str, Any], is_checked: bool
    ) -> None:
        clinics = {self.clinic(number) for number in numbers}
        checks: dict[str, Any] = {} if is_checked else {"checked_on": None, "check_due_on": None}
        make_physiotherapist(tuple(clinics), listed=listed, sample=sample, **facts, **checks)

    @rule(number=CHOICE, listed=st.booleans())
    def list_or_unlist(self, number: int, listed: bool) -> None:
        save(self.person(number), {"listed": listed})

    @rule(number=CHOICE, facts=PERSON_FACTS, only=st.booleans())
    def change_what_is_searched_for(self, number: int, facts: dict[str, Any], only: bool) -> None:
        save(self.person(number), facts, only=only and bool(facts))

    @rule(number=CHOICE, days_ago=st.integers(0, 800), days=st.integers(1, 365))
    def check_the_registration(self, number: int, days_ago: int, days: int) -> None:
        checked_on = timezone.localdate() - timedelta(days_ago)
        checks = {"checked_on": checked_on, "check_due_on": checked_on + timedelta(days)}
        save(self.person(number), checks)

    @rule(number=CHOICE)
    def forget_the_check(self, number: int) -> None:
        save(self.person(number), {"checked_on": None, "check_due_on": None})

    @rule(number=CHOICE, point=PLACES, miles=st.integers(1, 50))
    def move_the_base_for_visits(self, number: int, point: tuple[float, float], miles: int) -> None:
        base = {"visit_miles": miles, "visit_latitude": point[0], "visit_longitude": point[1]}
        save(self.person(number), {"home_visits": True} | base, only=True)

    @rule(number=CHOICE)
    def visit_no_more(self, number: int) -> None:
        save(self.person(number), {"home_visits": False})

    @rule(number=CHOICE, point=PLACES)
    def move_a_clinic(self, number: int, point: tuple[float, float]) -> None:
        save(self.clinic(number), {"latitude": point[0], "longitude": point[1]})

    @rule(number=CHOICE, facts=ACCESS_FACTS, only=st.booleans())
    def state_the_access(self, number: int, facts: dict[str, Any], only: bool) -> None:
        save(self.clinic(number), facts | {"access_stated_on": STATED_ON}, only=only)

    @rule(number=CHOICE, numbers=st.lists(CHOICE, max_size=3), how=HOW_RELATED_CHANGE, clear=st.booleans())
    def change_the_clinics_of_a_person(self, number: int, numbers: list[int], how: str, clear: bool) -> None:
        self.change(self.person(number).clinics, how, [self.clinic(n) for n in numbers], clear)

    @rule(number=CHOICE, numbers=st.lists(CHOICE, max_size=3), how=HOW_RELATED_CHANGE, clear=st.booleans())
    def change_the_people_of_a_clinic(self, number: int, numbers: list[int], how: str, clear: bool) -> None:
        self.change(self.clinic(number).physiotherapists, how, [self.person(n) for n in numbers], clear)

    @rule(number=CHOICE, how=HOW_RELATED_CHANGE, clear=st.booleans())
    def change_what_a_person_treats(self, number: int, how: str, clear: bool) -> None:
        page, _ = Page.objects.get_or_create(slug="neck-pain")
        self.change(self.person(number).conditions_treated, how, [page], clear)

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

    @rule(numbers=st.sets(CHOICE), evenings=st.booleans(), fee=POUNDS)
    def change_many_past_their_saving(self, numbers: set[int], evenings: bool, fee: Decimal | None) -> None:
        """As an import may: ``update`` sends no signal."""
        ids = {self.person(number).pk for number in numbers}
        Physiotherapist.objects.filter(pk__in=ids).update(evenings=evenings, fee_first=fee)
        rebuild(ids)

    @rule()
    def rebuild_the_whole_table(self) -> None:
        assert rebuild_all() == len(held_rows())

    @invariant()
    def table_is_in_step(self) -> None:
        assert_in_step()


def test_the_table_is_never_out_of_step(db: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(search_table, "_BATCH", 3)
    run_state_machine_as_test(
        Directory,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def in_a_thread(threads: ThreadPoolExecutor, work: Callable[[], None]) -> Future[None]:
    """On a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    return threads.submit(run)


def add_the_clinic(person: Physiotherapist, clinic: Clinic) -> None:
    person.clinics.add(clinic)


def add_the_person(person: Physiotherapist, clinic: Clinic) -> None:
    clinic.physiotherapists.add(person)


def set_the_clinics(person: Physiotherapist, clinic: Clinic) -> None:
    """As the admin's form does."""
    person.save()
    person.clinics.set([clinic])


@pytest.mark.usefixtures("committed_db")
def test_a_clinic_that_moves_while_it_is_added_to_a_person():
    for add, is_move_first in product((add_the_clinic, add_the_person, set_the_clinics), (True, False)):
        clinic, person = make_clinic("LS1 4AP"), make_physiotherapist((make_clinic("M1 1AE"),))
        # As another worker of the site has it in hand.
        same_clinic = Clinic.objects.get(pk=clinic.pk)
        works: list[Callable[[], None]] = [
            partial(save, same_clinic, {"latitude": 55.0}),
            transaction.atomic(partial(add, person, clinic)),
        ]
        if not is_move_first:
            works.reverse()

        with ThreadPoolExecutor(1) as threads:
            with transaction.atomic():
                works[0]()
                other = in_a_thread(threads, works[1])
                # Where nothing holds it up it is done in a moment, before this one is committed.
                wait([other], timeout=0.5)
            other.result(timeout=30)

        assert_in_step()
        moved = [row for row in held_rows() if row[:2] == (person.pk, clinic.pk)]
        assert [row[3] for row in moved] == [55.0], (add.__name__, is_move_first)


@pytest.mark.usefixtures("committed_db")
def test_the_table_rebuilt_while_editors_save(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(search_table, "_BATCH", 2)
    clinics = [make_clinic(postcode) for postcode in ("LS1 4AP", "YO1 7HH", "M1 1AE", "S1 2HE")]
    people = [make_physiotherapist((clinics[n % 4],), visits_from="LS1 4AP") for n in range(6)]
    editors = 3
    done = Event()

    def rebuild_on_and_on() -> None:
        # With a moment between, in which SQLite's other writers get their turn.
        while not done.wait(0.01):
            rebuild_all()

    with ThreadPoolExecutor(editors + 1) as threads:
        rebuilding = in_a_thread(threads, rebuild_on_and_on)
        editing = [
            in_a_thread(threads, partial(edit_at_random, Random(n), clinics, people)) for n in range(editors)
        ]
        try:
            for edits in editing:
                edits.result(timeout=60)
        finally:
            done.set()
        rebuilding.result(timeout=60)

    assert_in_step()


def edit_at_random(pick: Random, clinics: list[Clinic], people: list[Physiotherapist]) -> None:
    for _ in range(25):
        person = Physiotherapist.objects.get(pk=pick.choice(people).pk)
        clinic = Clinic.objects.get(pk=pick.choice(clinics).pk)
        edit = pick.randrange(6)
        if edit == 0:
            save(person, {"gender": pick.choice(["female", "male"]), "evenings": pick.random() < 0.5})
        elif edit == 1:
            save(person, {"listed": pick.random() < 0.7, "insurers": pick.sample(Insurer.values, 2)})
        elif edit == 2:
            save(clinic, {"latitude": pick.uniform(50, 58)})
        elif edit == 3:
            save(clinic, {"access_stated_on": STATED_ON, "hoist": pick.choice([None, True, False])})
        elif edit == 4:
            getattr(person.clinics, pick.choice(["add", "remove"]))(clinic)
        else:
            # All of a form at once, as the admin does it.
            with transaction.atomic():
                save(person, {"fee_first": pick.randint(30, 90), "check_due_on": date(2200, 1, 1)})
                person.clinics.set(pick.sample(clinics, 2))

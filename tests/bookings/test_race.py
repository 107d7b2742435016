"""Very many people want few times, all at once, through several web processes. docs/decisions/0014.

That the race is real shows without the constraint: then two people do get one time.
"""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib import import_module
from threading import Barrier

import pytest
from django.conf import settings

from tests.bookings.served import Site, Visitor, own_database, served, visitor_of

# The database is another one; the mark has them run on PostgreSQL too.
pytestmark = pytest.mark.django_db
PROCESSES, CLIENTS = 4, 50
# Of each person twenty times, all of one day: two hundred for the race, and some for the race without the
# constraint, which is run until it shows.
PEOPLE, TIMES, ROUNDS = 15, 200, 20
SET_UP = f"""
import json
from datetime import time, timedelta
from django.utils import timezone
from bookings.diaries import free_slots, open_diary
from tests.bookings.factories import make_diary
now = timezone.now()
day = timezone.localdate(now) + timedelta(days=2)
hours = dict(weekday=day.weekday(), starts=time(8), ends=time(18), valid_from=day, valid_until=day)
for _ in range({PEOPLE}):
    diary = make_diary(hours=[hours], offers=[dict(minutes=30)], days_ahead=3)
    for slot in free_slots(open_diary(diary.physiotherapist_id, now), "first", now):
        print(json.dumps([diary.physiotherapist.slug, slot.starts.isoformat()]))
"""
TAKEN = "state IN ('held', 'booked', 'no-show')"
OVERLAPS = f"""
SELECT COUNT(*) FROM bookings_appointment AS one JOIN bookings_appointment AS other
ON one.physiotherapist_id = other.physiotherapist_id AND one.id < other.id
AND one.starts < other.busy_until AND other.starts < one.busy_until
WHERE one.{TAKEN} AND other.{TAKEN}
"""  # noqa: S608 - texts of this module
NUMBER = f"SELECT COUNT(*) FROM bookings_appointment WHERE {TAKEN}"  # noqa: S608
no_two_at_once = import_module("bookings.migrations.0002_no_two_at_once")
Time = tuple[str, str]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """And its free times: of whom, and when."""
    with own_database(tmp_path_factory.mktemp("race")) as database:
        lines = database.run(SET_UP).splitlines()
        times = [(slug, starts) for slug, starts in map(json.loads, lines)]
        assert len(times) == TIMES + ROUNDS * 5
        with served(database, PROCESSES) as running:
            yield running, times


@pytest.fixture
def unguarded(site):
    """Without the constraint, which comes back afterwards."""
    running, times = site
    vendor = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2].removesuffix("3")
    running.database.execute(*no_two_at_once.ALLOW[vendor])
    yield running, times[TIMES:]
    refuse = {"sqlite": no_two_at_once.SQLITE, "postgresql": no_two_at_once.POSTGRESQL}[vendor]
    running.database.execute("DELETE FROM bookings_appointment", *refuse)


def rush(site: Site, orders: list[list[Time]]) -> list[tuple[int, Time]]:
    """One visitor for each order of times, all at once; every answer that they got, and for which time."""
    ready = Barrier(len(orders))

    def visit(times: list[Time]) -> list[tuple[int, Time]]:
        with closing(visitor_of(site.port)) as visitor:
            ready.wait(timeout=60)
            return [(choose(visitor, time), time) for time in times]

    with ThreadPoolExecutor(len(orders)) as threads:
        return [answer for answers in threads.map(visit, orders) for answer in answers]


def choose(visitor: Visitor, time: Time) -> int:
    slug, starts = time
    return visitor.post(f"/physiotherapists/{slug}/book/", {"kind": "first", "slot": starts})[0]


def test_fifty_visitors_go_for_two_hundred_times(site):
    running, times = site[0], site[1][:TIMES]
    ((before,),) = running.database.rows(NUMBER)
    pick = random.Random(50)
    # Half of them go through them in one order, and meet at every time; the others come from all sides.
    orders = [times if number % 2 else pick.sample(times, len(times)) for number in range(CLIENTS)]
    answers = rush(running, orders)
    assert len(answers) == 10_000
    assert {status for status, _ in answers} == {302, 409}
    assert sorted(time for status, time in answers if status == 302) == sorted(times)
    assert running.database.rows(NUMBER) == [(before + TIMES,)]
    assert running.database.rows(OVERLAPS) == [(0,)]
    log = running.log
    assert "database is locked" not in log and "deadlock" not in log and "Traceback" not in log


def test_without_the_constraint_two_people_get_one_time(unguarded):
    """Each round is a few hundred tries for five times."""
    running, times = unguarded
    for number in range(ROUNDS):
        answers = rush(running, [times[number * 5 : number * 5 + 5]] * CLIENTS)
        assert {status for status, _ in answers} == {302, 409}
        if running.database.rows(OVERLAPS) != [(0,)]:
            break
    ((overlaps,),) = running.database.rows(OVERLAPS)
    assert overlaps

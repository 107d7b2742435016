"""The machine fails while people book: who was told "booked" has one appointment and one mail, nobody two.

Whoever got no answer presses the button again, as people do.
"""

import random

import pytest

from tests.bookings.patients import BOOKED, MAILS, SET_UP, Patients, times_of
from tests.bookings.served import Site, own_database, served, visitor_of

# The database is another one; the mark has them run on PostgreSQL too.
pytestmark = pytest.mark.django_db
KILLS, PROCESSES = 20, 2


@pytest.fixture
def site(tmp_path):
    with own_database(tmp_path) as database:
        times = times_of(database.run(SET_UP), seed=20)
        with served(database, PROCESSES) as running:
            yield running, times


def kill_again_and_again(site: Site, patients: Patients) -> list[str]:
    """After some bookings each time, in the middle of others; returns who was told that it is booked."""
    pick = random.Random(9)
    told = []
    for _ in range(KILLS):
        told += patients.next_told(pick.randint(1, 6))
        site.kill()
        site.start()
    return told + patients.next_told()


def test_who_was_told_booked_has_one_appointment_and_one_mail(site):
    running, times = site
    with Patients(lambda: visitor_of(running.port), times) as patients:
        told = kill_again_and_again(running, patients)
    told += patients.rest_told()
    booked = dict(running.database.rows(BOOKED))
    mails = dict(running.database.rows(MAILS))
    assert patients.wrong == []
    # Each kill left somebody without an answer.
    assert patients.unanswered >= KILLS
    assert len(told) == len(set(told)) > KILLS
    assert set(told) <= set(booked)
    assert set(booked.values()) == {1}
    assert mails == booked

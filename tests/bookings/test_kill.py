"""The machine fails while people book: who was told "booked" has one appointment and one mail, nobody two.

Whoever got no answer presses the button again, as people do.
"""

import json
import random
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPException
from itertools import count
from queue import Queue
from threading import Event, Lock, Thread

import pytest

from tests.bookings.served import Site, Visitor, own_database, served

# The database is another one; the mark has them run on PostgreSQL too.
pytestmark = pytest.mark.django_db
KILLS, PROCESSES, PATIENTS_AT_ONCE = 20, 2, 6
# At the longest, in seconds: for a booking to come, with the start of the site before it.
PATIENCE = 60
SET_UP = """
import json
from datetime import time, timedelta
from django.utils import timezone
from bookings.diaries import free_slots, open_diary
from tests.bookings.factories import EVERY_DAY, make_diary
now = timezone.now()
tomorrow = timezone.localdate(now) + timedelta(days=1)
hours = [dict(weekday=day, starts=time(7), ends=time(22), valid_from=tomorrow) for day in EVERY_DAY]
for _ in range(5):
    diary = make_diary(hours=hours, offers=[dict(minutes=15)], days_ahead=10)
    for slot in free_slots(open_diary(diary.physiotherapist_id, now), "first", now):
        print(json.dumps([diary.physiotherapist.slug, slot.starts.isoformat()]))
"""
BOOKED = "SELECT email, COUNT(*) FROM bookings_appointment WHERE state = 'booked' GROUP BY email"
MAILS = """
SELECT post_office_email."to", COUNT(*) FROM post_office_email
JOIN bookings_appointmentmail AS mail ON mail.email_id = post_office_email.id
JOIN bookings_appointment AS appointment ON mail.appointment_id = appointment.id
WHERE mail.about = 'booked' AND mail."to" = 'patient' AND appointment.email = post_office_email."to"
GROUP BY post_office_email."to"
"""


@pytest.fixture
def site(tmp_path):
    with own_database(tmp_path) as database:
        times = [tuple(json.loads(line)) for line in database.run(SET_UP).splitlines()]
        random.Random(20).shuffle(times)
        with served(database, PROCESSES) as running:
            yield running, times


class Patients:
    """Book one time after another, each under another address, until they are told to stop."""

    def __init__(self, port: int, times: list[tuple[str, str]]) -> None:
        self.port = port
        self.times: Iterator[tuple[str, str]] = iter(times)
        self.numbers = count(1)
        self.lock = Lock()
        self.told_booked: Queue[str] = Queue()
        self.unanswered = 0
        self.wrong: list[tuple[int, str]] = []
        self.stop = Event()
        self.threads = [Thread(target=self._book) for _ in range(PATIENTS_AT_ONCE)]

    def _book(self) -> None:
        with closing(Visitor(self.port)) as visitor:
            while not self.stop.is_set():
                with self.lock:
                    (slug, starts), number = next(self.times), next(self.numbers)
                status, address = self._press(
                    visitor, f"/physiotherapists/{slug}/book/", {"kind": "first", "slot": starts}
                )
                if status == 409:
                    # The answer was lost with the server; the time is held for whoever never heard of it.
                    continue
                email = f"patient-{number}@example.com"
                details = {"name": "Ann Patient", "email": email, "phone": "07700 900123", "consent": "on"}
                checked, _ = self._press(visitor, f"{address}check/", details)
                booked, done = self._press(visitor, f"{address}confirm/", details)
                if (status, checked, booked) == (302, 200, 302) and done == f"{address}done/":
                    self.told_booked.put(email)
                elif not self.stop.is_set():
                    self.wrong.append((booked, done))

    def _press(self, visitor: Visitor, address: str, form: dict[str, str]) -> tuple[int, str]:
        """As often as it takes to get an answer."""
        while not self.stop.is_set():
            with suppress(OSError, HTTPException):
                return visitor.post(address, form)
            with self.lock:
                self.unanswered += 1
        return 0, ""


def kill_again_and_again(site: Site, patients: Patients) -> list[str]:
    """After some bookings each time, in the middle of others; returns who was told that it is booked."""
    pick = random.Random(9)
    told = []
    for _ in range(KILLS):
        told += [patients.told_booked.get(timeout=PATIENCE) for _ in range(pick.randint(1, 6))]
        site.kill()
        site.start()
    told.append(patients.told_booked.get(timeout=PATIENCE))
    return told


def test_who_was_told_booked_has_one_appointment_and_one_mail(site):
    running, times = site
    patients = Patients(running.port, times)
    for thread in patients.threads:
        thread.start()
    try:
        told = kill_again_and_again(running, patients)
    finally:
        patients.stop.set()
        for thread in patients.threads:
            thread.join(timeout=PATIENCE)
    told += [patients.told_booked.get() for _ in range(patients.told_booked.qsize())]
    booked = dict(running.database.rows(BOOKED))
    mails = dict(running.database.rows(MAILS))
    assert patients.wrong == []
    # Each kill left somebody without an answer.
    assert patients.unanswered >= KILLS
    assert len(told) == len(set(told)) > KILLS
    assert set(told) <= set(booked)
    assert set(booked.values()) == {1}
    assert mails == booked

"""Patients who book one time after another on a running site whose servers may die meanwhile, and what must
be in its database then."""

import json
import random
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing, suppress
from http.client import HTTPException
from itertools import count
from queue import Queue
from threading import Event, Lock, Thread

from tests.bookings.served import Visitor

PATIENTS_AT_ONCE = 6
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


def times_of(printed: str, seed: int) -> list[tuple[str, str]]:
    """What SET_UP has printed: the address of somebody's page and when their time begins, in any order."""
    times = [tuple(json.loads(line)) for line in printed.splitlines()]
    random.Random(seed).shuffle(times)
    return times


class Patients:
    """Book one time after another, each under another address, until they are told to stop."""

    def __init__(
        self,
        visit: Callable[[], Visitor],
        times: Iterable[tuple[str, str]],
        mailbox: str = "patient",
        no_answer: Collection[int] = (),
    ) -> None:
        """``no_answer``: statuses by which a proxy says that whoever is behind it gave none."""
        self.visit, self.mailbox, self.no_answer = visit, mailbox, no_answer
        self.times: Iterator[tuple[str, str]] = iter(times)
        self.numbers = count(1)
        self.lock = Lock()
        self.told_booked: Queue[str] = Queue()
        self.unanswered = 0
        self.wrong: list[tuple[int, str]] = []
        self.stop = Event()
        self.threads = [Thread(target=self._book) for _ in range(PATIENTS_AT_ONCE)]

    def _book(self) -> None:
        with closing(self.visit()) as visitor:
            while not self.stop.is_set():
                with self.lock:
                    (slug, starts), number = next(self.times), next(self.numbers)
                status, address = self._press(
                    visitor, f"/physiotherapists/{slug}/book/", {"kind": "first", "slot": starts}
                )
                if status == 409:
                    # The answer was lost with the server; the time is held for whoever never heard of it.
                    continue
                email = f"{self.mailbox}-{number}@example.com"
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
                status, leads_to = visitor.post(address, form)
                if status not in self.no_answer:
                    return status, leads_to
            with self.lock:
                self.unanswered += 1
        return 0, ""

    def __enter__(self) -> "Patients":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join(timeout=PATIENCE)

    def next_told(self, number: int = 1) -> list[str]:
        """The e-mail addresses of the next who are told that their appointment is booked."""
        return [self.told_booked.get(timeout=PATIENCE) for _ in range(number)]

    def rest_told(self) -> list[str]:
        return [self.told_booked.get() for _ in range(self.told_booked.qsize())]

"""Several workers at once: each mail goes out once."""

from collections import Counter
from threading import Barrier, Thread

import pytest
from django.db import connections

from bookings.sending import Sent, send_mails, waiting
from tests.bookings.booked import book_one
from tests.bookings.mailing import mail_server
from tests.bookings.test_sending import use_port


@pytest.mark.usefixtures("committed_db")
def test_each_mail_goes_out_once(settings):
    for number in range(6):
        book_one(name=f"Patient {number}", email=f"patient-{number}@example.com")
    start, results = Barrier(4), []

    def run() -> None:
        start.wait(10)
        results.append(send_mails())
        connections.close_all()

    with mail_server() as server:
        use_port(settings, server.port)
        threads = [Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert Sent(*map(sum, zip(*results, strict=True))) == Sent(sent=12)
    assert set(Counter(mail["Message-ID"] for mail in server.taken).values()) == {1}
    assert waiting() == 0

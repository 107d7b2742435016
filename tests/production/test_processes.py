"""Two gunicorns are one site: the same pages, the same appointments, and one is enough for a while."""

import os
import signal
import time

from tests.bookings.patients import BOOKED, MAILS
from tests.production.load import Load
from tests.production.servers import is_alive, until

PAGE = "/conditions/sore-elbow/"
PAGES = [PAGE, "/", "/physiotherapists/?location=LS1+4AP", "/search/?q=elbow", "/podcast/"]
PUBLISH = """
from conditions.models import Page, Version
from conditions.versions import publish, start_draft
draft = start_draft(Page.objects.get(slug="sore-elbow"), None)
Version.objects.filter(pk=draft.pk).update(overview="<p>Words number {number}.</p>")
publish(draft, by=None, unsigned=True)
"""
# "A saved change shows in every process within 2 s."
SECONDS = 2
OVERLAPS = """
SELECT COUNT(*) FROM bookings_appointment AS a JOIN bookings_appointment AS b
ON a.physiotherapist_id = b.physiotherapist_id AND a.id < b.id AND a.starts < b.ends AND b.starts < a.ends
WHERE a.state = 'booked' AND b.state = 'booked'
"""


def check_bookings(site, mailbox, told, patients):
    """Whoever was told has one appointment and one mail; nobody has two, and no time is given twice."""
    ours = f"'{mailbox}-%'"
    booked = dict(site.primary.rows(BOOKED.replace("GROUP BY", f"AND email LIKE {ours} GROUP BY")))
    mails = dict(site.primary.rows(MAILS.replace("GROUP BY", f"AND appointment.email LIKE {ours} GROUP BY")))
    assert patients.wrong == []
    assert len(told) == len(set(told))
    assert set(told) <= set(booked)
    assert set(booked.values()) == {1}
    assert mails == booked
    assert site.primary.rows(OVERLAPS) == [(0,)]


def test_a_change_shows_in_both(site):
    for number in (1, 2):
        # Both have it in their memory, if they have one.
        assert all(site.ask_process(which, PAGE).status == 200 for which in (0, 1))
        site.run(PUBLISH.format(number=number))
        time.sleep(SECONDS)
        assert all(f"Words number {number}." in site.ask_process(which, PAGE).text for which in (0, 1))


def test_a_time_that_one_has_given_the_other_refuses(site):
    """The same fifty times by two visitors, of whom each speaks to one process."""
    times = [next(site.times) for _ in range(30)]
    answers = []
    for slug, starts in times:
        form = f"kind=first&slot={starts.replace('+', '%2B')}".encode()
        pair = [site.post_to_process(which, f"/physiotherapists/{slug}/book/", form) for which in (0, 1)]
        answers.append(sorted(pair))
    assert answers == [[302, 409]] * len(times)


def test_bookings_through_both(site):
    with site.patients("both") as patients:
        told = patients.next_told(20)
    told += patients.rest_told()
    assert patients.unanswered == 0
    check_bookings(site, "both", told, patients)
    for gunicorn in site.gunicorns:
        assert "/book/" in gunicorn.log


def test_restarting_one_after_the_other_fails_no_request(site):
    """As `systemctl restart physiosite-web@1`, and then 2: systemd keeps the socket open."""
    with Load(site, PAGES) as load, site.patients("restart") as patients:
        told = patients.next_told()
        for number, gunicorn in enumerate(site.gunicorns):
            gunicorn.stop()
            gunicorn.start()
            site.wait_until_process_is_ready(number)
            load.goes_on()
            told += patients.next_told(3)
    told += patients.rest_told()
    assert load.failed == {}
    assert patients.unanswered == 0
    check_bookings(site, "restart", told, patients)


def wait_for_the_end_of(processes):
    until(lambda: not any(map(is_alive, processes)), "they have ended")


def test_reloading_fails_no_request(site):
    """As `systemctl reload physiosite-web@1`: new processes beside the old, which end what they do."""
    with Load(site, PAGES) as load, site.patients("reload") as patients:
        told = patients.next_told()
        for gunicorn in site.gunicorns:
            before = set(gunicorn.workers())
            gunicorn.running.send_signal(signal.SIGHUP)
            wait_for_the_end_of(before)
        load.goes_on()
        told += patients.next_told(3)
    told += patients.rest_told()
    assert load.failed == {}
    assert patients.unanswered == 0
    check_bookings(site, "reload", told, patients)


def test_with_one_away_the_other_serves_everybody(site):
    away = site.gunicorns[0]
    with Load(site, PAGES) as load:
        away.kill()
        away.shut()
        try:
            load.goes_on(100)
        finally:
            away.listen()
            away.start()
            site.wait_until_ready()
    # What was being answered when it died is asked of the other.
    assert load.failed == {}


def test_killed_processes_lose_no_booking(site):
    with Load(site, PAGES) as load, site.patients("killed") as patients:
        told = []
        for number in (0, 1, 0, 1):
            told += patients.next_told(2)
            for worker in site.gunicorns[number].workers():
                os.kill(worker, signal.SIGKILL)
            site.wait_until_process_is_ready(number)
        told += patients.next_told(2)
    told += patients.rest_told()
    assert load.failed == {}
    check_bookings(site, "killed", told, patients)

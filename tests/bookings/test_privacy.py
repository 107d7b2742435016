"""What a patient tells is in no log, no address and no cache, also when something breaks: planted words."""

import http.client
from contextlib import closing
from urllib.parse import urlencode, urlsplit

import pytest

from tests.bookings.served import Database, Site, own_database, served

# For the PostgreSQL run, which leaves out what asks no database.
pytestmark = pytest.mark.django_db
SET_UP = """
from django.utils import timezone
from bookings.diaries import free_slots, open_diary
from tests.bookings.factories import make_diary
now = timezone.now()
diary = make_diary()
print(diary.physiotherapist.slug)
for slot in list(free_slots(open_diary(diary.physiotherapist_id, now), "first", now))[:2]:
    print(slot.starts.isoformat())
"""
PLANTED = {
    "name": "Zebedee Planted",
    "email": "planted@example.com",
    "phone": "07700 900199",
    "reason": "knees of planted glass",
}
WORDS = ("Zebedee", "planted", "Planted", "07700", "900199", "knees")


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    with own_database(tmp_path_factory.mktemp("privacy")) as database:
        yield database


@pytest.fixture(scope="module")
def site(database):
    with served(database, 1) as site:
        yield site


@pytest.fixture(scope="module")
def diary(database: Database) -> list[str]:
    """The physiotherapist's address, and two free times."""
    return database.run(SET_UP).splitlines()


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers = response.status, response.headers
        self.text = response.read().decode()


def ask(site: Site, path: str, form: dict[str, str] | None = None) -> Answer:
    with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)) as connection:
        headers = {"Referer": f"http://127.0.0.1:{site.port}{path}"}
        if form is None:
            connection.request("GET", path, headers=headers)
        else:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request("POST", path, urlencode(form), headers)
        return Answer(connection.getresponse())


def choose(site: Site, slug: str, time: str) -> str:
    response = ask(site, f"/physiotherapists/{slug}/book/", {"kind": "first", "slot": time})
    assert response.status == 302
    return str(response.headers["Location"])


def test_the_log_and_the_addresses_name_nobody(site: Site, diary: list[str]):
    slug, time, _ = diary
    steps = choose(site, slug, time)
    details = PLANTED | {"consent": "on"}
    answers = {
        "faulty": ask(site, f"{steps}check/", details | {"phone": "planted knees"}),
        "checked": ask(site, f"{steps}check/", details),
        "back": ask(site, f"{steps}details/", details),
        "booked": ask(site, f"{steps}confirm/", details),
        "lost": ask(site, f"{steps}confirm/x", details),
    }
    done = ask(site, str(answers["booked"].headers["Location"]))
    assert [answer.status for answer in answers.values()] == [200, 200, 200, 302, 404]
    for name in ("faulty", "checked", "back"):
        assert "Zebedee Planted" in answers[name].text
        assert "no-store" in answers[name].headers["Cache-Control"]
        assert answers[name].headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in answers[name].headers
    # Whoever opens the address later reads of the appointment, and of nobody.
    assert not any(word in done.text for word in WORDS)
    for answer in [*answers.values(), done]:
        assert not any(word in answer.headers.get("Location", "") for word in WORDS)
    key = urlsplit(steps).path.rstrip("/").rpartition("/")[2]
    assert f'"path": "/physiotherapists/{slug}/book/[left out]/confirm/", "status": 302' in site.log
    assert not any(word in site.log for word in (*WORDS, key, key[:32]))


def test_an_error_report_names_nobody(site: Site, database: Database, diary: list[str]):
    slug, _, time = diary
    steps = choose(site, slug, time)
    database.execute("ALTER TABLE bookings_appointmentevent RENAME TO gone")
    try:
        response = ask(site, f"{steps}confirm/", PLANTED | {"consent": "on"})
    finally:
        database.execute("ALTER TABLE gone RENAME TO bookings_appointmentevent")
    assert response.status == 500
    assert not any(word in response.text for word in WORDS)
    assert "bookings_appointmentevent" in site.log
    assert not any(word in site.log for word in WORDS)
    assert database.rows("SELECT COUNT(*) FROM bookings_appointment WHERE state = 'held' AND name = ''") == [
        (1,)
    ]

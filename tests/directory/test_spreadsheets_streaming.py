"""Files of many rows: the answer tells how far it is, and the file waits on the server."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from directory.models import Clinic, SentFile
from directory.spreadsheets import streaming
from tests.conditions.editing import SignedIn
from tests.directory.sheets import (
    CLINIC,
    CLINICS,
    Preview,
    confirm,
    csv_of,
    everything,
    preview,
    send,
    xlsx_of,
)
from tests.factories import make_clinic
from tests.markup import page_of


@pytest.fixture
def _few_are_many(monkeypatch):
    monkeypatch.setattr("directory.spreadsheets.admin.AT_ONCE_ROWS", 4)
    monkeypatch.setattr("directory.spreadsheets.streaming.Progress.every", 2)
    monkeypatch.setattr("directory.spreadsheets.forms.IN_THE_PAGE", 100)


@pytest.fixture
def _in_this_thread(monkeypatch, _few_are_many):
    """Where each test's database is only this connection's."""
    monkeypatch.setattr("directory.spreadsheets.streaming.begin", lambda work: work())


here = pytest.mark.usefixtures("db", "_in_this_thread")
ROWS = [CLINIC | {"Name": f"Rooms {number}"} for number in range(5)]


def told(response: Any) -> list[str]:
    return [line.text for line in page_of(response).one("div", role="log").all("p")]


@here
@pytest.mark.parametrize("make", [csv_of, xlsx_of])
def test_a_large_file_is_told_of_while_it_is_read_and_looked_at(admin_client, make):
    response = send(admin_client, CLINICS, make(*ROWS))
    assert told(response) == [
        *("2 rows read", "4 rows read", "5 rows read"),
        *("2 of 5 rows looked at", "4 of 5 rows looked at", "5 of 5 rows looked at"),
    ]
    assert response.headers["X-Accel-Buffering"] == "no"
    assert "'unsafe-inline'" not in response.headers["Content-Security-Policy"]
    seen = Preview(response)
    assert seen.page.one("h1").text == "Import clinics"
    assert seen.rows == {"New": [f"Row {n + 2}: Rooms {n}, LS1 4AP" for n in range(5)]}
    assert seen.page.one("footer")
    assert not Clinic.objects.exists()
    done = confirm(admin_client, seen)
    assert told(done)[-3:] == [f"{n} of 5 rows written" for n in (2, 4, 5)]
    said = page_of(done).one("p", class_="done")
    assert said.text == "Imported from rows.csv: 5 new, 0 changed, 0 the same, 0 wrong. Back to the list"
    assert said.one("a")["href"] == CLINICS
    assert Clinic.objects.count() == 5
    assert Clinic.history.first().history_change_reason == "Imported from rows.csv"


@here
def test_the_page_begins_to_come_before_the_work_is_done(admin_client, monkeypatch):
    waiting: list[Any] = []
    monkeypatch.setattr("directory.spreadsheets.streaming.begin", waiting.append)
    response = admin_client.post(f"{CLINICS}import/", {"file": SimpleUploadedFile("x.csv", csv_of(*ROWS))})
    parts = iter(response)
    head = next(parts).decode()
    assert "<title>Import clinics" in head and len(head) >= 4096
    monkeypatch.setattr(streaming, "_SILENCE", 0.01)
    assert next(parts) == b"\n"
    waiting[0]()
    assert next(part for part in parts if part.strip()) == b"<p>2 rows read</p>\n"
    assert b"Rooms 4" in b"".join(parts)


@here
def test_a_large_file_that_cannot_be_read_is_told(admin_client, monkeypatch):
    monkeypatch.setattr("directory.spreadsheets.admin.AT_ONCE_BYTES", 10)
    for data, said in (
        (b"Nane,x\n1,2\n", "Did you mean “Name”"),
        (b"Name,Postcode\n\x81", "Line 2 holds letters"),
    ):
        page = page_of(send(admin_client, CLINICS, data))
        assert said in page.one("ul", class_="errorlist").text
        assert page.all("input", type="file", aria_invalid="true")


@here
def test_a_large_file_with_a_row_that_is_wrong_is_kept_nowhere(admin_client):
    seen = preview(admin_client, CLINICS, csv_of(*ROWS, CLINIC | {"Name": "Wrong", "Postcode": "QQ1 1AA"}))
    assert "QQ1 1AA" in seen.rows["Wrong"][0]
    assert not SentFile.objects.exists()


@here
def test_what_another_changed_meanwhile_is_shown_again(admin_client):
    make_clinic("LS1 4AP", name="Rooms 1", address="x")
    seen = preview(admin_client, CLINICS, csv_of(*ROWS))
    Clinic.objects.update(address="y")
    before = everything()
    again = Preview(confirm(admin_client, seen))
    assert "Somebody changed a listing since you looked" in again.text
    assert everything() == before
    assert not again.page.all("p", class_="done")
    assert "Imported from rows.csv" in Preview(confirm(admin_client, again)).text
    assert Clinic.objects.count() == 5


@here
def test_what_fails_in_the_thread_is_told_and_logged_without_what_was_in_the_rows(
    admin_client, monkeypatch, caplog
):
    def fail(*args: Any, **kwargs: Any) -> None:
        raise LookupError(args[1].rows)

    monkeypatch.setattr("directory.spreadsheets.admin.look", fail)
    response = send(admin_client, CLINICS, csv_of(*ROWS))
    assert "The site failed, and nothing was imported." in page_of(response).one("p", role="alert").text
    assert b"</html>" in response.content
    assert "LookupError" in caplog.text and "in fail" in caplog.text
    assert "Rooms 3" not in caplog.text
    # And the next one has its turn.
    monkeypatch.undo()
    assert preview(admin_client, CLINICS, csv_of(CLINIC)).confirm


@here
def test_a_large_file_waits_on_the_server_and_a_small_one_in_the_page(admin_client):
    seen = preview(admin_client, CLINICS, csv_of(*ROWS))
    (kept,) = SentFile.objects.all()
    assert kept.owner == admin_client.user
    assert len(seen.confirm.one("input", name="upload")["value"]) < 500
    confirm(admin_client, seen)
    assert Clinic.objects.count() == 5
    assert not SentFile.objects.exists()
    # A second press of the button.
    assert confirm(admin_client, seen).status_code == 302
    assert Clinic.objects.count() == 5
    preview(admin_client, CLINICS, b"Name,Postcode,Address\na,LS1 4AP,b\n")
    assert not SentFile.objects.exists()


@here
def test_the_next_large_file_of_the_same_person_takes_the_place_of_the_last(admin_client):
    first = preview(admin_client, CLINICS, csv_of(*ROWS))
    second = preview(admin_client, CLINICS, csv_of(*ROWS, CLINIC))
    assert SentFile.objects.count() == 1
    response = confirm(admin_client, first)
    assert (response.status_code, response.headers["Location"]) == (302, f"{CLINICS}import/")
    assert not Clinic.objects.exists()
    confirm(admin_client, second)
    assert Clinic.objects.count() == 6


@here
def test_nobody_can_confirm_what_another_sent(admin_client):
    seen = preview(admin_client, CLINICS, csv_of(*ROWS))
    other = SignedIn()
    other.user.is_superuser = True
    other.user.save()
    assert confirm(other, seen).status_code == 302
    assert not Clinic.objects.exists()
    assert SentFile.objects.count() == 1


@here
def test_what_nobody_confirmed_goes_when_the_next_comes(admin_client):
    other = SignedIn()
    SentFile.objects.create(owner=other.user, digest="x", content=b"x")
    SentFile.objects.update(sent_at=timezone.now() - timedelta(hours=12, minutes=1))
    seen = preview(admin_client, CLINICS, csv_of(*ROWS))
    assert SentFile.objects.get().owner == admin_client.user
    SentFile.objects.update(content=b"other")
    SentFile.objects.update(sent_at=timezone.now() - timedelta(hours=11))
    assert SentFile.objects.count() == 1
    assert seen.confirm


def test_the_browser_goes_away_and_the_import_comes_to_its_end(committed_db, _few_are_many):
    """By the thread's own connection, after the answer was closed half-way."""
    client = SignedIn()
    client.user.is_superuser = True
    client.user.save()
    seen = preview(client, CLINICS, csv_of(*ROWS))
    assert seen.rows.keys() == {"New"}
    value = seen.confirm.one("input", name="upload")["value"]
    response: Any = Client.post(client, f"{CLINICS}process_import/", {"upload": value})
    assert b"Importing rows.csv" in next(iter(response))
    response.close()
    for thread in threading.enumerate():
        if thread.name == "spreadsheet":
            thread.join(30)
    assert Clinic.objects.count() == 5
    assert Clinic.history.count() == 5
    assert not SentFile.objects.exists()


def test_two_large_files_take_turns(committed_db, _few_are_many):
    clients = [SignedIn(), SignedIn()]
    for client in clients:
        client.user.is_superuser = True
        client.user.save()
    with streaming._one_at_a_time:
        file = SimpleUploadedFile("rows.csv", csv_of(*ROWS))
        response: Any = clients[0].post(f"{CLINICS}import/", {"file": file})
        parts = iter(response)
        assert b"<title>Import clinics" in next(parts)
        assert next(parts) == b"<p>Another large file is being worked on. Yours comes next.</p>\n"
    assert re.search(rb"5 new, 0 changed", b"".join(parts))

"""Appointments in the admin: found, corrected, cancelled, moved, and all of it on record."""

import pytest
from cryptography.fernet import Fernet
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from post_office.models import STATUS, Email

from bookings.booking import hold
from bookings.groups import BOOKING_EDITOR
from bookings.models import Actor, Appointment, Kind, State
from bookings.sending import send_mails
from tests.bookings.booked import book_one
from tests.bookings.editors import APPOINTMENTS as LIST
from tests.bookings.editors import events_of, opened, slots_of, url_of
from tests.bookings.factories import local, make_appointment, make_diary, make_place
from tests.conditions.editing import SignedIn, clock_at, said, typed
from tests.factories import make_physiotherapist
from tests.markup import page_of
from tests.test_admin_policy import assert_strict

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with clock_at("2026-11-23 08:00"):
        yield


@pytest.fixture
def ed():
    return SignedIn(BOOKING_EDITOR, name="ed")


@pytest.fixture
def diary():
    person = make_physiotherapist((make_place(),), name="Pat Practitioner", email="pat@example.com")
    return make_diary(person)


@pytest.fixture
def booked(diary):
    """On Monday at 9, in an hour."""
    return book_one(diary=diary, reason="My knee")


def names_in(client, **query):
    table = page_of(client.get(LIST, query)).all("table", id="result_list")
    return {cell.text for cell in table[0].all("td", class_="field-patient")} if table else set()


def correct(client, appointment, **values):
    return client.post(url_of(appointment), opened(client, appointment) | values)


# --- Finding one ---


def test_the_list_has_what_was_booked_and_no_held_time(ed, diary, booked):
    held = hold(diary.physiotherapist, Kind.FIRST, slots_of(diary)[3].starts, timezone.now())
    lapsed = make_appointment(diary.physiotherapist, local("2026-11-25 10:00"), state=State.LAPSED)
    assert names_in(ed) == {"Ann Patient"}
    for other in (held, lapsed):
        assert ed.get(url_of(other)).status_code == 404
        assert ed.post(url_of(other, "cancel"), {"reason": "No"}).status_code == 404


@pytest.mark.parametrize(
    "typed_text",
    [
        "ann",
        "Ann Patient",
        "ANN@example.com",
        "07700 900123",
        "07700900123",
        "+44 7700 900123",
        "(07700) 900-123",
        "900123",
        "pat practitioner",
    ],
)
def test_it_is_found_by_name_email_telephone_and_physiotherapist(ed, booked, typed_text):
    make_appointment(
        make_physiotherapist((make_place(),)), local("2026-11-25 10:00"), name="Bob", phone="0113 496 0000"
    )
    assert names_in(ed, q=typed_text) == {"Ann Patient"}


def test_what_nobody_has_finds_nobody(ed, booked):
    for text in ("zebra", "07700 900999", "+999", "☃", "1" * 300):
        assert names_in(ed, q=text) == set()


def test_filters(ed, diary):
    person = diary.physiotherapist
    make_appointment(person, local("2026-11-22 10:00"), name="Past", state=State.NO_SHOW)
    make_appointment(person, local("2026-11-23 07:00"), name="Earlier", kind=Kind.FOLLOW_UP)
    make_appointment(person, local("2026-11-23 10:00"), name="Today")
    make_appointment(person, local("2026-11-30 10:00"), name="Week", state=State.CANCELLED)
    make_appointment(person, local("2026-12-02 10:00"), name="Later")
    assert names_in(ed, when="today") == {"Earlier", "Today"}
    assert names_in(ed, when="week") == {"Earlier", "Today", "Week"}
    assert names_in(ed, when="to-come") == {"Today", "Week", "Later"}
    assert names_in(ed, when="past") == {"Past", "Earlier"}
    assert names_in(ed, state="cancelled") == {"Week"}
    assert names_in(ed, state="no-show") == {"Past"}
    assert names_in(ed, state="erased") == set()
    assert names_in(ed, kind__exact="follow-up") == {"Earlier"}
    # Nonsense shows all.
    assert len(names_in(ed, when="x", state="x")) == 5


# --- The page of one ---


def test_the_page_shows_everything(ed, booked, diary):
    response = ed.get(url_of(booked))
    page = page_of(response)
    for words in ("Monday 23 November 2026, 09:00 to 10:00", "Pat Practitioner", "Aire Rooms", "Booked"):
        assert words in page.text
    form = opened(ed, booked)
    kept = {"name": "Ann Patient", "email": "ann@example.com", "phone": "07700 900123", "reason": "My knee"}
    assert kept.items() <= form.items()
    assert f"/admin/bookings/diary/{diary.pk}/week/?week=2026-W48" in page.links
    assert_strict(response)
    assert "no-store" in response.headers["Cache-Control"]


def test_mails_say_what_about_to_whom_and_how_far_they_are(ed, booked):
    def rows():
        table = page_of(ed.get(url_of(booked))).one("div", aria_label="Mails")
        return [[cell.text for cell in row.all("td")] for row in table.one("tbody").all("tr")]

    at = "23 Nov 2026, 08:00"
    assert [row[:3] for row in rows()] == [
        ["Booked, to the patient", "ann@example.com", "Waiting"],
        ["Booked, to the physiotherapist", "pat@example.com", "Waiting"],
    ]
    send_mails()
    assert [row[2:] for row in rows()] == [["Sent", at], ["Sent", at]]
    Email.objects.filter(to="ann@example.com").update(status=STATUS.requeued, number_of_retries=1)
    Email.objects.filter(to="pat@example.com").update(status=STATUS.failed, number_of_retries=3)
    assert [row[2] for row in rows()] == [
        "Waiting, tried once",
        "Failed, after 3 tries. It is not tried again.",
    ]
    Email.objects.filter(to="ann@example.com").update(number_of_retries=2)
    assert rows()[0][2] == "Waiting, tried 2 times"


def test_nobody_adds_or_deletes_one(admin_client, booked):
    for address in (f"{LIST}add/", url_of(booked, "delete")):
        for ask in (admin_client.get, admin_client.post):
            assert ask(address).status_code == 403
    page = page_of(admin_client.get(LIST))
    assert f"{LIST}add/" not in page.links
    assert not page.all("select", name="action")
    assert url_of(booked, "delete") not in page_of(admin_client.get(url_of(booked))).links


def test_an_invented_physiotherapist_is_deleted_with_their_appointments_and_a_real_one_not(admin_client):
    for sample in (True, False):
        person = make_physiotherapist((make_place(),), sample=sample)
        make_appointment(person, local("2026-11-25 10:00"))
        admin_client.post(f"/admin/directory/physiotherapist/{person.pk}/delete/", {"post": "yes"})
        assert type(person).objects.filter(pk=person.pk).exists() is not sample
    assert Appointment.objects.count() == 1


def test_its_history_is_on_its_page(ed, booked):
    response = ed.get(url_of(booked, "history"))
    assert response.headers["Location"] == f"{url_of(booked)}#log"


# --- Correcting ---


def test_correcting_names_the_fields_and_never_what_they_say(ed, booked):
    response = correct(ed, booked, name="Anna Patient", phone="0113 496 0001", reason="Planted words")
    assert said(ed, response) == "Saved."
    booked.refresh_from_db()
    assert (booked.name, booked.phone, booked.reason) == ("Anna Patient", "0113 496 0001", "Planted words")
    event = booked.events.last()
    assert (event.what, event.by, event.user) == ("changed", Actor.EDITOR, ed.user)
    assert event.detail == "Name, telephone, reason, in the patient's words"
    log = page_of(ed.get(url_of(booked))).all("table")[-1].text
    assert "Editor: ed" in log
    assert "Details changed. Name, telephone" in log
    assert "Anna" not in log
    # No word of it in the admin's own log either.
    assert not LogEntry.objects.exists()


def test_saving_what_is_there_changes_nothing(ed, booked):
    assert said(ed, correct(ed, booked)) == "Saved."
    assert events_of(booked) == [("booked", "patient", "")]


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("name", "", "Enter the patient's name."),
        ("name", "x" * 121, "Shorten it to 120"),
        ("email", "", "Enter the patient's e-mail address."),
        ("email", "ann", "Enter an e-mail address, such as"),
        ("email", "ann@example.com\r\nBcc: x@example.com", "Enter an e-mail address, such as"),
        ("phone", "", "Enter the patient's telephone number."),
        ("phone", "twelve", "Enter a telephone number, such as"),
        ("reason", "x" * 201, "Shorten it to 200"),
    ],
)
def test_what_a_correction_may_not_say(ed, booked, field, text, message):
    response = correct(ed, booked, **{field: text, "reason" if field == "name" else "name": "Typed"})
    assert message in said(ed, response)
    page = page_of(response)
    assert str(page.one("head").one("title").children[0]).strip().startswith("Error:")
    assert "Typed" in str(typed(response, "email"))
    booked.refresh_from_db()
    assert (booked.name, booked.email, booked.reason) == ("Ann Patient", "ann@example.com", "My knee")


def test_the_address_of_a_visit_is_asked_for_where_there_is_one(ed, booked):
    assert "address" not in opened(ed, booked)
    person = make_physiotherapist(visits_from="LS1 4AP")
    visit = make_appointment(
        person,
        local("2026-11-25 10:00"),
        where="home",
        name="Bob",
        email="bob@example.com",
        phone="07700 900124",
        address="1 Sample Road",
    )
    assert "Enter the address to visit" in said(ed, correct(ed, visit, address=""))
    correct(ed, visit, address="2 Sample Road\r\nLeeds")
    visit.refresh_from_db()
    assert visit.address == "2 Sample Road\nLeeds"


def test_under_another_email_address_the_patient_gets_the_confirmation(ed, booked):
    send_mails()
    response = correct(ed, booked, email="Anna@example.com")
    assert "The confirmation goes to the new e-mail address" in said(ed, response)
    booked.refresh_from_db()
    assert booked.email == "anna@example.com"
    to_patient = booked.mails.get(to="patient").email
    assert (to_patient.to, to_patient.status) == (["anna@example.com"], STATUS.queued)
    assert "anna@example.com" in booked.mails.get(to="patient").calendar
    # The physiotherapist has theirs; the stranger's is gone.
    assert booked.mails.filter(to="physiotherapist").count() == 1
    assert not Email.objects.filter(to="ann@example.com").exists()


def test_nobody_is_written_to_about_an_appointment_that_is_over(ed, diary):
    over = make_appointment(
        diary.physiotherapist,
        local("2026-11-20 10:00"),
        name="A",
        email="a@example.com",
        phone="07700 900123",
    )
    assert said(ed, correct(ed, over, email="b@example.com")) == "Saved."
    assert not Email.objects.exists()


def test_a_reason_that_cannot_be_read_is_not_overwritten(ed, booked, settings):
    former = settings.REASON_KEYS
    settings.REASON_KEYS = [Fernet.generate_key().decode()]
    correct(ed, booked, name="Anna Patient", reason="Typed over it")
    settings.REASON_KEYS = former
    booked.refresh_from_db()
    assert (booked.name, booked.reason) == ("Anna Patient", "My knee")


# --- Who may ---


def test_whoever_may_only_look_changes_nothing(booked):
    reader = SignedIn()
    reader.user.user_permissions.set(Permission.objects.filter(codename="view_appointment"))
    page = page_of(reader.get(url_of(booked)))
    assert "ann@example.com" in page.text
    assert not page.all("input", name="email")
    assert url_of(booked, "cancel") not in page.links
    for address in (url_of(booked), *(url_of(booked, step) for step in ("cancel", "move", "came"))):
        assert reader.post(address, {"name": "X", "reason": "X", "came": "no"}).status_code == 403, address
    assert events_of(booked) == [("booked", "patient", "")]


def test_other_editors_and_visitors_get_nothing(client, booked):
    other = SignedIn("Editor", "Directory editor")
    addresses = [
        LIST,
        f"{LIST}holdings/",
        *(url_of(booked, page) for page in ("change", "cancel", "move", "came")),
    ]
    for address in addresses:
        assert other.post(address).status_code == 403, address
        assert client.post(address).headers["Location"].startswith("/admin/login/?next="), address
    assert other.get(LIST).status_code == 403


def test_forms_need_the_admins_own_token(booked):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(SignedIn(BOOKING_EDITOR).user)
    for page in ("change", "cancel", "move", "came"):
        assert careful.post(url_of(booked, page), {"reason": "X"}).status_code == 403, page


def test_what_is_not_there(ed):
    assert ed.get(f"{LIST}99999/change/").status_code == 404
    assert ed.get(f"{LIST}nonsense/change/").status_code == 404
    assert ed.post(f"{LIST}99999/cancel/").status_code == 404

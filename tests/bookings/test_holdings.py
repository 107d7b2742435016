"""What is held about one e-mail address, and erasing it: afterwards no table has a word of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.utils import timezone
from post_office.models import STATUS, Email

from bookings.booking import cancel, hold
from bookings.groups import BOOKING_EDITOR
from bookings.holdings import erase
from bookings.models import PERSONAL, Actor, Appointment, Kind, State
from bookings.sending import send_mails
from bookings.tokens import appointment_token
from tests.bookings.booked import book_one
from tests.bookings.editors import slots_of
from tests.bookings.factories import local, make_appointment, make_diary
from tests.conditions.editing import SignedIn, clock_at, said
from tests.factories import make_physiotherapist
from tests.markup import page_of
from tests.test_admin_policy import assert_strict

pytestmark = pytest.mark.django_db

PAGE = "/admin/bookings/appointment/holdings/"
PLANTED: dict[str, Any] = {
    "name": "Zebedee Planted",
    "email": "zebedee.planted@example.com",
    "phone": "07700 900987",
    "reason": "Planted knee words",
}
# Of each something that stands nowhere else, in whatever form it is kept.
WORDS = ["zebedee", "planted", "900987", "17 hidden lane"]


@pytest.fixture(autouse=True)
def _monday_morning():
    with clock_at("2026-11-23 08:00"):
        yield


@pytest.fixture
def ed():
    return SignedIn(BOOKING_EDITOR, name="ed")


def asked(client, email, **more):
    return client.post(PAGE, {"email": email} | more)


def erased(client, email=PLANTED["email"]):
    return said(client, asked(client, email, _erase="1"))


def tables_with(words):
    """Every table that has one of the words in a column, whatever its type."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            # The gazetteer's millions of rows hold nobody.
            if table in {"places_postcode", "places_partialpostcode"}:
                continue
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            for row in cursor.fetchall():
                text = " ".join(str(bytes(v) if isinstance(v, memoryview) else v) for v in row).lower()
                if any(word in text for word in words):
                    found.add(table)
    return found


def home_visit(**details):
    person = make_physiotherapist(visits_from="LS1 4AP", email="physiotherapist@example.com")
    diary = make_diary(person, hours=[{"where": "home", "weekday": day} for day in range(7)])
    return book_one(diary=diary, address="17 Hidden Lane\nLeeds", **PLANTED | details)


# --- Erasing ---


def test_after_erasing_no_table_has_a_word_of_the_person(ed):
    """Over all that can be done to an appointment before, by patient, editor and the sending of mails."""
    past = home_visit()
    send_mails()
    Appointment.objects.filter(pk=past.pk).update(
        starts=local("2026-11-20 09:00"), ends=local("2026-11-20 10:00"), busy_until=local("2026-11-20 10:00")
    )
    to_come, cancelled = home_visit(), home_visit()
    cancel(cancelled.pk, Actor.PHYSIOTHERAPIST, timezone.now(), reason="Dear Zebedee, I am ill.")
    address = f"/admin/bookings/appointment/{to_come.pk}"
    form = PLANTED | {"address": "17 Hidden Lane, Leeds", "name": "Zebedee Planted-Other"}
    assert ed.post(f"{address}/change/", form).status_code == 302
    ed.get("/admin/bookings/appointment/", {"q": "zebedee"})
    asked(ed, PLANTED["email"])
    assert {"bookings_appointment", "bookings_appointmentmail", "post_office_email"} <= tables_with(WORDS)

    assert "Erased: what was held of the patient in 3 appointments" in erased(ed)

    assert tables_with(WORDS) == set()
    for appointment in Appointment.objects.all():
        assert [getattr(appointment, name) for name in PERSONAL] == [""] * len(PERSONAL)
        assert (appointment.cancel_reason, appointment.erased_at) == ("", timezone.now())
        last = appointment.events.latest("pk")
        assert (last.what, last.by, last.user, last.detail) == ("erased", Actor.EDITOR, ed.user, "")
    # What remains says that there was an appointment.
    assert Appointment.objects.get(pk=past.pk).state == State.BOOKED


def test_the_reason_is_gone_as_ciphertext_too():
    booked = book_one(**PLANTED)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reason FROM bookings_appointment")
        (kept,) = cursor.fetchone()
        assert kept
        assert PLANTED["reason"] not in kept
        erase([booked], timezone.now(), Actor.SITE)
        cursor.execute("SELECT reason FROM bookings_appointment")
        assert cursor.fetchone() == ("",)


def test_an_appointment_to_come_is_cancelled_and_only_the_physiotherapist_told(ed):
    booked = book_one(**PLANTED)
    text = page_of(asked(ed, PLANTED["email"])).one("form", class_="erase").text
    assert "1 of the appointments is still to come and will be cancelled" in text
    assert "The patient gets no mail" in text
    erased(ed)
    booked.refresh_from_db()
    assert (booked.state, booked.cancelled_by) == (State.CANCELLED, Actor.EDITOR)
    assert [event.what for event in booked.events.all()] == ["booked", "cancelled", "erased"]
    mails = [(mail.about, mail.to, mail.email.status) for mail in booked.mails.order_by("pk")]
    assert mails == [
        ("booked", "physiotherapist", STATUS.queued),
        ("cancelled", "physiotherapist", STATUS.queued),
    ]
    assert send_mails().sent == 2
    # Its time is free again.
    assert booked.starts in [slot.starts for slot in slots_of(booked.physiotherapist.diary)]


def test_the_patients_own_page_says_that_it_is_over(ed, client):
    booked = book_one(**PLANTED)
    erased(ed)
    assert client.get(f"/appointments/{appointment_token(booked)}/").status_code == 410


def test_others_keep_what_is_theirs(ed):
    book_one(**PLANTED)
    other = book_one(name="Bob", email="bob@example.com", reason="My hip")
    erased(ed)
    other.refresh_from_db()
    assert (other.name, other.reason, other.erased_at) == ("Bob", "My hip", None)
    assert other.mails.count() == 2


def test_what_was_never_booked_or_is_erased_already_is_left():
    now = timezone.now()
    diary = make_diary()
    held = hold(diary.physiotherapist, Kind.FIRST, local("2026-11-24 09:00"), now)
    booked = book_one(diary=diary)
    assert erase([held, booked], now, Actor.SITE) == 1
    assert erase(Appointment.objects.all(), now + timedelta(days=1), Actor.SITE) == 0
    booked.refresh_from_db()
    assert booked.erased_at == now
    assert [event.what for event in booked.events.all()].count("erased") == 1


def test_of_what_is_over_no_mail_is_kept_not_even_one_that_waits():
    booked = book_one()
    erase([booked], booked.ends + timedelta(days=1), Actor.SITE)
    assert not Email.objects.exists()


# --- The page ---


def test_the_page_shows_every_field_and_mail_whatever_the_capitals(ed):
    booked = home_visit()
    response = asked(ed, " ZEBEDEE.Planted@Example.COM ")
    page = page_of(response)
    for word in ("Zebedee Planted", "07700 900987", "17 Hidden Lane", "Planted knee words", "Booked"):
        assert word in page.text
    assert "Mails (2)" in page.text
    assert f"/admin/bookings/appointment/{booked.pk}/change/" in page.links
    assert_strict(response)
    assert "no-store" in response.headers["Cache-Control"]


def test_the_address_is_asked_for_by_post_and_stands_in_no_address(ed):
    home_visit()
    page = page_of(ed.get(PAGE, {"email": PLANTED["email"]}))
    assert "Zebedee" not in page.text
    form = page.one("main").one("form")
    assert form["method"] == "post"
    page = page_of(asked(ed, PLANTED["email"]))
    assert not [link for link in page.links if "zebedee" in link.lower()]
    assert not [form for form in page.one("main").all("form") if "zebedee" in form.get("action").lower()]


def test_mails_of_the_outbox_to_the_address_are_shown_and_go(ed):
    """Such as those that went there before the address was corrected."""
    Email.objects.create(
        from_email="a@example.org", to="Zebedee.Planted@example.com", subject="Hello Zebedee"
    )
    page = page_of(asked(ed, PLANTED["email"]))
    assert "Another mail" in page.text
    assert "in 0 appointments" in erased(ed)
    assert not Email.objects.exists()


def test_a_physiotherapists_own_address_is_told_and_their_mails_stay(ed):
    book_one(name="Bob", email="bob@example.com")
    page = page_of(asked(ed, "physiotherapist@example.com"))
    assert "The address is also that of Person" in page.text
    assert "Mails (1)" in page.text
    erased(ed, "physiotherapist@example.com")
    assert Email.objects.filter(to="physiotherapist@example.com").count() == 1


def test_nothing_is_held_of_somebody_unknown(ed):
    page = page_of(asked(ed, "nobody@example.com"))
    assert "Nothing is held about this address." in page.text
    assert not page.all("form", class_="erase")


@pytest.mark.parametrize("text", ["", "zebedee", "a@b@c", "a" * 400 + "@example.com", "\x00@example.com"])
def test_what_is_no_address_is_said_to_be_none(ed, text):
    response = asked(ed, text)
    assert "Enter an e-mail address, such as name@example.com." in said(ed, response)
    assert page_of(response).one("input", type="email").get("value") == text


def test_addresses_with_a_plus_and_other_scripts_are_found(ed):
    for email in ("zoe+physio@example.com", "zoe@exämple.com"):
        make_appointment(
            make_physiotherapist(), local("2026-11-25 10:00"), where="home", clinic=None, email=email
        )
        assert "Appointments (1)" in page_of(asked(ed, email.upper())).text


def test_who_may(client):
    booked = book_one(**PLANTED)
    assert client.post(PAGE).headers["Location"].startswith("/admin/login/?next=")
    assert asked(SignedIn("Directory editor"), PLANTED["email"]).status_code == 403
    reader = SignedIn()
    reader.user.user_permissions.set(Permission.objects.filter(codename="view_appointment"))
    page = page_of(asked(reader, PLANTED["email"]))
    assert "Zebedee" in page.text
    assert not page.all("form", class_="erase")
    assert asked(reader, PLANTED["email"], _erase="1").status_code == 403
    booked.refresh_from_db()
    assert booked.name == "Zebedee Planted"

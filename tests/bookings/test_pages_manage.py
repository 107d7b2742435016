"""The patient's page of an appointment, the physiotherapist's page of a day, and the links of mails."""

import re
from itertools import chain

import pytest
from django.apps import apps
from django.core import serializers
from django.test import Client
from django.utils import timezone
from post_office.models import Email

from bookings.diaries import free_slots, open_diary
from bookings.mails import when
from bookings.models import Actor, Appointment, Diary, State
from bookings.slots import Slot
from bookings.tokens import appointment_token, day_token
from tests.bookings.factories import add_offer, local, make_appointment, make_diary, make_place
from tests.bookings.pages import NOW, book, buttons, choose, in_hours, problems
from tests.conditions.editing import clock_at
from tests.factories import make_physiotherapist
from tests.markup import filled_in, page_of

pytestmark = pytest.mark.django_db

TOMORROW = "?from=2031-06-04"
SECRETS = ("Ann Patient", "ann@example.com", "07700 900123", "A sore neck")


@pytest.fixture(autouse=True)
def _clock():
    with clock_at(NOW):
        yield


@pytest.fixture
def diary() -> Diary:
    person = make_physiotherapist(
        (make_place(),), slug="ada", name="Ada Sample", phone="0113 496 0123", email="ada@example.com"
    )
    return make_diary(person)


@pytest.fixture
def booked(client: Client, diary: Diary) -> Appointment:
    """On Wednesday at 9."""
    return book(client, diary, query=TOMORROW, reason="A sore neck")


def manage(appointment: Appointment) -> str:
    return f"/appointments/{appointment_token(appointment)}/"


def of_day(appointment: Appointment) -> str:
    day = appointment.starts.date()
    return f"/appointments/day/{day_token(appointment.physiotherapist_id, day)}/"


def everything() -> str:
    models = [
        model for model in apps.get_models() if model._meta.managed and model._meta.app_label != "places"
    ]
    rows = chain.from_iterable(model._base_manager.order_by("pk") for model in models)
    return serializers.serialize("json", rows)


# --- The patient --------------------------------------------------------------------------------------


def test_the_page_shows_the_appointment_and_nothing_of_its_patient(client: Client, booked: Appointment):
    response = client.get(manage(booked))
    main = page_of(response).one("main")
    assert "Wednesday 4 June at 09:00" in main.text
    assert "You can move or cancel it here until Tomorrow, Tuesday 3 June at 09:00." in main.text
    assert not any(secret in response.content.decode() for secret in SECRETS)


def test_cancelling_asks_first_and_repeating_it_does_no_harm(client: Client, booked: Appointment):
    address = f"{manage(booked)}cancel/"
    page = page_of(client.get(address))
    assert page.one("h1").text == "Cancel this appointment?"
    booked.refresh_from_db()
    assert booked.state == State.BOOKED
    for _ in range(2):
        assert client.post(address).headers["Location"] == manage(booked)
    assert client.get(address).headers["Location"] == manage(booked)
    booked.refresh_from_db()
    assert (booked.state, booked.cancelled_by) == (State.CANCELLED, Actor.PATIENT)
    assert [mail.subject for mail in Email.objects.order_by("pk")][2:] == [
        "Your appointment on Wednesday 4 June 2031 at 09:00 is cancelled",
        "Appointment on Wednesday 4 June 2031 at 09:00 cancelled",
    ]
    page = page_of(client.get(manage(booked)))
    assert page.one("h1").text == "Your appointment is cancelled"
    assert page.links["/physiotherapists/ada/book/?kind=first"] == "Book again with Ada Sample"
    assert client.get(f"{manage(booked)}move/").status_code == 200
    assert not page_of(client.get(f"{manage(booked)}move/")).all("button", name="slot")


def test_moving_offers_other_times_and_never_makes_two(client: Client, booked: Appointment):
    address = f"{manage(booked)}move/"
    page = page_of(client.get(f"{address}{TOMORROW}"))
    assert "2031-06-04T09:00:00+01:00" not in buttons(page)
    values = filled_in(page.one("form", class_="slot-form"))
    for _ in range(2):
        response = client.post(address, values | {"slot": "2031-06-05T10:00:00+01:00"})
        assert response.headers["Location"] == manage(booked)
    moved = Appointment.objects.made().get()
    assert (moved.pk, moved.starts, moved.sequence) == (booked.pk, local("2031-06-05 10:00"), 1)
    assert Email.objects.count() == 4


@pytest.mark.parametrize(
    ("slot", "status", "told"),
    [
        ("", 200, "Choose a time."),
        ("soon", 200, "Choose a time."),
        ("2031-06-04T10:00:00+01:00", 409, "That time has just gone."),
        ("2031-06-04T10:10:00+01:00", 409, "That time has just gone."),
        ("2031-06-01T10:00:00+01:00", 409, "That time has just gone."),
    ],
)
def test_moving_to_a_time_that_cannot_be_had_keeps_the_old_one(
    client: Client, booked: Appointment, slot: str, status: int, told: str
):
    make_appointment(booked.physiotherapist, local("2031-06-04 10:00"))
    response = client.post(f"{manage(booked)}move/", {"slot": slot})
    page = page_of(response)
    assert response.status_code == status
    assert problems(page)[""].startswith(told)
    assert "You have Wednesday 4 June at 09:00. It stays yours" in page.one("main").text
    assert buttons(page)
    booked.refresh_from_db()
    assert booked.starts == local("2031-06-04 09:00")


@pytest.mark.parametrize("part", ["", "cancel/", "move/"])
def test_when_it_is_too_late_the_page_gives_the_telephone_number(
    client: Client, booked: Appointment, part: str
):
    with clock_at(in_hours(30)):
        page = page_of(client.get(manage(booked) + part))
        assert "too late to move or cancel it here" in page.one("main").text
        assert page.links["tel:01134960123"] == "0113 496 0123"
        assert not page.one("main").all("form", "button")
        if part:
            late = client.post(manage(booked) + part, {"slot": "2031-06-05T10:00:00+01:00"})
            assert late.status_code == 409
    booked.refresh_from_db()
    assert (booked.state, booked.starts) == (State.BOOKED, local("2031-06-04 09:00"))


def test_after_it_the_page_offers_another_one(client: Client, booked: Appointment):
    with clock_at(in_hours(72)):
        page = page_of(client.get(manage(booked)))
    assert page.one("h1").text == "Your appointment is over"
    assert page.links["/physiotherapists/ada/book/?kind=follow-up"] == "Book another one"


def test_what_was_erased_says_that_the_link_has_ended(client: Client, booked: Appointment):
    Appointment.objects.update(erased_at=booked.starts)
    response = client.get(manage(booked))
    assert response.status_code == 410
    assert "This link has ended" in page_of(response).one("h1").text


def test_an_altered_link_or_one_to_what_was_never_booked_leads_nowhere(client: Client, diary: Diary):
    choose(client, diary)
    held = Appointment.objects.get()
    for part in ("", "cancel/", "move/"):
        assert client.get(manage(held) + part).status_code == 404
        altered = manage(held)[:-2] + ("A" if manage(held)[-2] != "A" else "E")
        assert client.post(f"{altered}/{part}").status_code in {404, 405}


# --- The physiotherapist --------------------------------------------------------------------------------


def test_the_day_shows_who_comes_with_what_is_needed(client: Client, booked: Appointment):
    response = client.get(of_day(booked))
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["Referrer-Policy"] == "no-referrer"
    main = page_of(response).one("main")
    assert "1 appointment" in main.text
    assert all(secret in main.text for secret in SECRETS if "@" not in secret)
    other = make_appointment(make_diary().physiotherapist, local("2031-06-04 11:00"), name="Not hers")
    assert "Not hers" not in client.get(of_day(booked)).content.decode()
    assert client.post(f"{of_day(booked)}{other.pk}/cancel/", {"reason": "No"}).status_code == 404
    assert client.post(f"{of_day(booked)}{other.pk}/no-show/").status_code == 404


def test_cancelling_needs_a_reason_and_the_patient_reads_it_with_three_times(
    client: Client, booked: Appointment
):
    address = f"{of_day(booked)}{booked.pk}/cancel/"
    assert page_of(client.get(address)).one("h1").text == "Cancel the appointment at 09:00?"
    for reason, told in (("", "Write a reason."), ("x" * 201, "Shorten the reason to 200")):
        page = page_of(client.post(address, {"reason": reason}))
        assert problems(page)["reason"].startswith(told)
        assert page.one(id="reason")["value"] == reason
    reason = "I am ill. <b>Sorry</b> {{ settings }}"
    assert client.post(address, {"reason": reason}).headers["Location"] == of_day(booked)
    assert client.post(address, {"reason": "Another"}).headers["Location"] == of_day(booked)
    booked.refresh_from_db()
    assert (booked.state, booked.cancelled_by, booked.cancel_reason) == (
        "cancelled",
        "physiotherapist",
        reason,
    )
    mail = Email.objects.filter(to=["ann@example.com"]).latest("pk")
    assert f"They say: {reason}" in mail.message
    # And three other times.
    offered = re.findall(r"^- (\w+day \d+ June 2031 at \d\d:00)$", mail.message, re.M)
    assert len(offered) == 3
    assert when(booked.starts) not in offered
    # Nor can it be booked by anybody.
    assert booked.starts not in [slot.starts for slot in free_slots_of(booked)]
    assert "<b>Sorry" not in mail.html_message
    assert reason in page_of(client.get(manage(booked))).one("main").text
    assert "07700 900123" not in client.get(of_day(booked)).content.decode()


def free_slots_of(appointment: Appointment) -> list[Slot]:
    now = timezone.now()
    opened = open_diary(appointment.physiotherapist_id, now)
    assert opened
    return list(free_slots(opened, appointment.kind, now))


def test_who_did_not_come_is_marked_once_the_time_has_begun(client: Client, booked: Appointment):
    address = f"{of_day(booked)}{booked.pk}/no-show/"
    early = client.post(address)
    assert early.status_code == 409
    assert "once the appointment has begun" in problems(page_of(early))[""]
    assert client.get(address).status_code == 405
    with clock_at(in_hours(46)):
        form = next(
            form for form in page_of(client.get(of_day(booked))).all("form") if form["action"] == address
        )
        client.post(address, filled_in(form))
        booked.refresh_from_db()
        assert booked.state == State.NO_SHOW
        page = page_of(client.get(of_day(booked)))
        assert "did not come" in page.one("main").text
        client.post(address, filled_in(page.one("form", action=address)))
        booked.refresh_from_db()
        assert booked.state == State.BOOKED
        over = client.post(f"{of_day(booked)}{booked.pk}/cancel/", {"reason": "Too late"})
        assert over.status_code == 409
        assert "cannot be cancelled any more" in problems(page_of(over))[""]


def test_a_day_long_past_shows_nobody(client: Client, booked: Appointment):
    day = of_day(booked)
    with clock_at("2031-09-01 12:00"):
        responses = [
            client.get(day),
            client.get(f"{day}{booked.pk}/cancel/"),
            client.post(f"{day}{booked.pk}/cancel/", {"reason": "Late"}),
            client.post(f"{day}{booked.pk}/no-show/"),
        ]
    for response in responses:
        assert response.status_code == 410
        assert not any(secret in response.content.decode() for secret in SECRETS)


# --- Mails ------------------------------------------------------------------------------------------------


def test_a_mail_scanner_that_follows_every_link_changes_nothing(client: Client, booked: Appointment):
    client.post(f"{manage(booked)}move/", {"slot": "2031-06-05T10:00:00+01:00"})
    other = book(client, booked.physiotherapist.diary, number=2, query=TOMORROW, email="bob@example.com")
    client.post(f"{of_day(other)}{other.pk}/cancel/", {"reason": "I am ill."})
    mails = [f"{mail.message} {mail.html_message}" for mail in Email.objects.all()]
    links = set(re.findall(r"http://testserver(/[^\s\"<]*)", " ".join(mails)))
    assert len(links) >= 4
    before = everything()
    seen: set[str] = set()
    # And the links of those pages, and theirs.
    for _ in range(3):
        for link in sorted(links - seen):
            for ask in (client.head, client.get):
                response = ask(link, headers={"Sec-Purpose": "prefetch"})
                assert response.status_code < 500
            seen.add(link)
            if response.headers["Content-Type"].startswith("text/html") and response.content:
                found = {href.partition("#")[0] for href in page_of(response).links}
                links |= {href for href in found if re.match("/(appointments|physiotherapists/ada)/", href)}
    assert len(seen) > 8
    assert everything() == before


def test_while_developing_a_page_shows_the_outbox_newest_first(client: Client, booked: Appointment, settings):
    assert client.get("/mails/").status_code == 404
    settings.DEBUG = True
    response = client.get("/mails/")
    page = page_of(response)
    assert "no-store" in response.headers["Cache-Control"]
    subjects = [heading.text for heading in page.one("ol", class_="day-list").all("h2")]
    assert subjects == [
        "New appointment on Wednesday 4 June 2031 at 09:00",
        "Your appointment on Wednesday 4 June 2031 at 09:00 is booked",
    ]
    link = f"http://testserver{manage(booked)}"
    assert link in page.links
    assert "ann@example.com" in page.one("main").text
    assert "queued" in page.one("main").text
    Email.objects.all().delete()
    assert "No mail was written yet." in page_of(client.get("/mails/")).one("main").text


def test_an_appointment_of_a_kind_that_is_given_no_more_stays_as_it_is(client: Client, booked: Appointment):
    booked.physiotherapist.diary.offers.all().delete()
    page = page_of(client.get(f"{manage(booked)}move/"))
    assert page.one("h1").text == "No other time can be chosen here"
    assert page.links["tel:01134960123"]
    add_offer(booked.physiotherapist.diary)
    assert buttons(page_of(client.get(f"{manage(booked)}move/")))

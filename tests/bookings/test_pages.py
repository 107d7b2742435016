"""The three steps of a booking, page by page, with good input and bad."""

import re

import pytest
from django.test import Client
from django.utils import timezone
from post_office.models import Email

from bookings.models import Appointment, Attempt, Diary, Kind, State, Where
from tests.bookings.factories import EVERY_DAY, make_diary, make_place
from tests.bookings.pages import (
    NOW,
    SOON,
    TYPED,
    book,
    buttons,
    choose,
    confirm,
    problems,
    times_of,
)
from tests.conditions.editing import clock_at
from tests.factories import make_page, make_physiotherapist
from tests.markup import filled_in, page_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with clock_at(NOW):
        yield


@pytest.fixture
def diary() -> Diary:
    person = make_physiotherapist((make_place(),), slug="ada", name="Ada Sample", phone="0113 496 0123")
    return make_diary(person)


@pytest.fixture
def home_diary() -> Diary:
    person = make_physiotherapist(
        visits_from="LS1 4AP", slug="vis", name="Vi Sample", fee_home=60, visit_fee=5
    )
    return make_diary(person, hours=[{"weekday": day, "where": Where.HOME} for day in EVERY_DAY])


# --- The steps ----------------------------------------------------------------------------------------


def test_from_a_time_to_an_appointment(client: Client, diary: Diary):
    page = page_of(client.get(times_of(diary)))
    assert "Step 1 of 3" in page.text
    assert buttons(page)[0] == "2031-06-02T12:00:00+01:00"
    steps = choose(client, diary, 1)
    safety = page_of(client.get(steps))
    assert safety.one("h1").text == "Before you book: is it safe to wait?"
    assert "999" in safety.one(class_="care-emergency").text
    assert safety.one("main").all("input", "select", "textarea") == []
    details = page_of(client.get(f"{steps}details/"))
    assert "Step 2 of 3" in details.text
    assert "Today, Monday 2 June at 13:00" in details.one("dl", class_="chosen").text
    form = details.one("form", class_="note-form")
    assert set(filled_in(form)) == {"name", "email", "phone", "reason", "topic"}
    checked = page_of(client.post(form["action"], TYPED | {"reason": "A sore <b>neck</b>"}))
    assert "Step 3 of 3" in checked.text
    for words in ("Ann Patient", "ann@example.com", "07700 900123", "A sore <b>neck</b>", "Aire Rooms"):
        assert words in checked.one("main").text
    response = confirm(client, steps, reason="A sore <b>neck</b>")
    done = page_of(client.get(response.headers["Location"]))
    assert done.one("h1").text == "Your appointment is booked"
    appointment = Appointment.objects.get()
    assert (appointment.state, appointment.reason) == (State.BOOKED, "A sore <b>neck</b>")
    assert timezone.localtime(appointment.starts).isoformat() == "2031-06-02T13:00:00+01:00"
    assert {mail.to[0] for mail in Email.objects.all()} == {"ann@example.com"}


def test_every_step_has_a_way_back(client: Client, diary: Diary):
    steps = choose(client, diary)
    assert page_of(client.get(steps)).links[f"{times_of(diary)}?kind=first"] == "Back to the times"
    assert page_of(client.get(f"{steps}details/")).links[steps] == "Back"
    checked = page_of(client.post(f"{steps}check/", TYPED))
    back = next(form for form in checked.all("form") if form["action"] == f"{steps}details/")
    again = page_of(client.post(f"{steps}details/", filled_in(back)))
    assert filled_in(again.one("form", class_="note-form"))["name"] == "Ann Patient"
    assert "checked" in again.one(id="consent").attributes
    assert not again.all(class_="error-summary")
    # Somebody who reloads the address of the check gets the form again.
    assert client.get(f"{steps}check/").headers["Location"] == f"{steps}details/"


def test_no_page_sets_a_cookie_is_kept_or_tells_its_address(client: Client, diary: Diary):
    steps = choose(client, diary)
    answers = [client.get(steps), client.get(f"{steps}details/"), client.post(f"{steps}check/", TYPED)]
    answers += [confirm(client, steps), client.get(f"{steps}done/")]
    manage = page_of(answers[-1]).one("a", class_="button")["href"]
    answers += [client.get(f"{manage}{part}") for part in ("", "move/", "cancel/")]
    for answer in answers:
        assert answer.cookies == {}
        assert "cookie" not in answer.headers.get("Vary", "").lower()
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert re.search("no-store|no-cache", answer.headers["Cache-Control"])
        if b"ann@example.com" in answer.content or b"Ann Patient" in answer.content:
            assert "no-store" in answer.headers["Cache-Control"]
    assert "no-store" in answers[2].headers["Cache-Control"]
    addresses = " ".join(
        answer.headers.get("Location", "") + answer.wsgi_request.get_full_path() for answer in answers
    )
    for planted in ("ann", "Patient", "example.com", "07700"):
        assert planted not in " ".join(addresses)


@pytest.mark.parametrize(
    ("condition", "heading"),
    [
        ("sore-elbow", "Call if the elbow:"),
        ("", "Call for anybody:"),
        ("no-such-page", "Call for anybody:"),
    ],
)
def test_the_red_flags_are_those_of_the_condition_or_the_general_ones(
    client: Client, diary: Diary, condition: str, heading: str
):
    for slug, areas, words in (
        ("sore-elbow", ("elbow",), "Call if the elbow:"),
        ("pain-all-over", ("whole-body",), "Call for anybody:"),
    ):
        version = make_page(slug, areas=areas)
        version.red_flags.model.objects.filter(version=version).update(heading=words)
        version.red_flags.get().card.areas.create(area=areas[0])
    steps = choose(client, diary, query=f"?condition={condition}")
    cards = page_of(client.get(steps)).all(class_="care-card")
    assert [heading in card.text for card in cards] == [True]


# --- Details -------------------------------------------------------------------------------------------


def test_what_is_missing_is_told_in_a_summary_that_leads_to_the_fields(client: Client, home_diary: Diary):
    steps = choose(client, home_diary)
    page = page_of(client.post(f"{steps}check/", {"name": "Ann", "reason": "<script>x</script>"}))
    assert str(page.one("title").children[0]).startswith("Error: ")
    assert problems(page).keys() == {"email", "phone", "address", "consent"}
    for field, words in problems(page).items():
        assert page.one(id=field)["aria-invalid"] == "true"
        assert words in page.one(id=f"{field}-error").text
        assert f"{field}-error" in page.one(id=field).get("aria-describedby") or field == "consent"
    assert page.one(id="name")["value"] == "Ann"
    assert page.one(id="reason")["value"] == "<script>x</script>"


def test_only_a_home_visit_asks_for_the_address(client: Client, diary: Diary, home_diary: Diary):
    at_clinic, at_home = choose(client, diary), choose(client, home_diary)
    assert not page_of(client.get(f"{at_clinic}details/")).all(id="address")
    assert page_of(client.get(f"{at_home}details/")).one("textarea", id="address")
    address = "1 Sample Street\r\n<b>Leeds</b>\r\n\r\nLS1 4AP"
    appointment_page = confirm(client, at_home, address=address)
    assert appointment_page.status_code == 302
    assert Appointment.objects.get(state=State.BOOKED).address == "1 Sample Street\n<b>Leeds</b>\nLS1 4AP"
    assert confirm(client, at_clinic, address=address).status_code == 302
    assert Appointment.objects.get(physiotherapist=diary.physiotherapist).address == ""


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ann+physio@example.com", "ann+physio@example.com"),
        ("  Ann.Patient@Example.COM ", "ann.patient@example.com"),
        ("o'neil@example.co.uk", "o'neil@example.co.uk"),
        ("ann@bücher.example", "ann@bücher.example"),
    ],
)
def test_an_address_that_mail_reaches_is_taken(client: Client, diary: Diary, typed: str, kept: str):
    assert book(client, diary, email=typed).email == kept


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "ann",
            "ann@",
            "@example.com",
            "ann@example",
            "ann@example.com, bob@example.com",
            "änn@example.com",
        ),
        "ann@example.com\nBcc: everybody@example.com",
        "ann@example.com\r\n\r\nHello",
        "a" * 300 + "@example.com",
        "ann@" + "a" * 300 + ".com",
    ],
)
def test_an_address_that_is_none_is_refused_and_kept_as_typed(client: Client, diary: Diary, typed: str):
    steps = choose(client, diary)
    for step in ("check", "confirm"):
        page = page_of(client.post(f"{steps}{step}/", TYPED | {"email": typed}))
        assert problems(page).keys() == {"email"}
        assert "name@example.com" in problems(page)["email"]
    assert not Email.objects.exists()
    assert not Appointment.objects.made().exists()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("07700900123", "07700 900123"),
        ("07700 900 123", "07700 900123"),
        ("+44 7700 900123", "07700 900123"),
        ("+44 (0)7700 900123", "07700 900123"),
        ("0044 7700 900123", "07700 900123"),
        ("(0113) 496-0123", "0113 496 0123"),
        ("0113.496.0123", "0113 496 0123"),
        ("+353 1 234 5678", "+353 1 234 5678"),
        ("+1 202-555-0123", "+1 202-555-0123"),
    ],
)
def test_a_telephone_number_is_taken_in_every_common_form(
    client: Client, diary: Diary, typed: str, kept: str
):
    assert book(client, diary, phone=typed).phone == kept


@pytest.mark.parametrize(
    "typed",
    ["call me", "123", "07700 90012345678", "999", "٠٧٧٠٠٩٠٠١٢٣", "07700 900123 <b>", "+", "0" * 300],
)
def test_a_telephone_number_that_is_none_is_refused(client: Client, diary: Diary, typed: str):
    steps = choose(client, diary)
    page = page_of(client.post(f"{steps}check/", TYPED | {"phone": typed}))
    assert problems(page).keys() == {"phone"}
    assert "07700 900123" in problems(page)["phone"]


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("name", "x" * 121, "Shorten it to 120."),
        ("name", " \u200b\t ", "Enter your name."),
        ("reason", "y" * 201, "Shorten it to 200."),
    ],
)
def test_what_is_too_long_or_empty_is_told(client: Client, diary: Diary, field: str, typed: str, told: str):
    steps = choose(client, diary)
    page = page_of(client.post(f"{steps}check/", TYPED | {field: typed}))
    assert problems(page).keys() == {field}
    assert told in problems(page)[field]


def test_nothing_is_kept_without_consent(client: Client, diary: Diary):
    steps = choose(client, diary)
    page = page_of(client.post(f"{steps}confirm/", {**TYPED, "consent": ""}))
    assert problems(page).keys() == {"consent"}
    assert not Appointment.objects.exclude(name="", email="", phone="").exists()
    assert not Email.objects.exists()


# --- Spam and limits -------------------------------------------------------------------------------------


def test_a_box_that_nobody_sees_catches_programs(client: Client, diary: Diary):
    steps = choose(client, diary)
    page = page_of(client.post(f"{steps}check/", TYPED | {"topic": "Buy this"}))
    assert "must stay empty" in problems(page)[""]
    form = filled_in(page.one("form", class_="note-form"))
    assert (form["topic"], form["name"]) == ("", "Ann Patient")
    assert not Appointment.objects.made().exists()


def test_who_is_faster_than_anybody_is_asked_to_press_again(client: Client, diary: Diary):
    steps = choose(client, diary)
    page = page_of(client.post(f"{steps}confirm/", TYPED))
    assert "Wait some seconds, then press the button again." in problems(page)[""]
    assert not Appointment.objects.made().exists()
    form = next(form for form in page.all("form") if form["action"] == f"{steps}confirm/")
    with clock_at(SOON):
        assert client.post(form["action"], filled_in(form)).status_code == 302
    assert Appointment.objects.made().count() == 1


def test_three_open_bookings_an_address(client: Client, diary: Diary):
    for number in range(3):
        book(client, diary, number)
    response = confirm(client, choose(client, diary), email="ANN@example.com")
    assert response.status_code == 429
    assert "Cancel one that you do not need" in problems(page_of(response))[""]
    assert Appointment.objects.made().count() == 3
    assert book(client, diary, email="bob@example.com")


@pytest.mark.parametrize(
    ("limit", "told"),
    [("BOOKINGS_PER_VISITOR", "from where you are"), ("BOOKINGS_PER_EMAIL", "this e-mail address")],
)
def test_who_books_too_often_is_told_what_to_do_instead(
    client: Client, diary: Diary, settings, limit: str, told: str
):
    setattr(settings, limit, 1)
    book(client, diary)
    response = confirm(client, choose(client, diary))
    assert response.status_code == 429
    words = problems(page_of(response))[""].lower()
    assert told in words
    assert "telephone to book" in words
    assert not Attempt.objects.filter(who__contains="ann").exists()


def test_who_chooses_times_too_often_is_told_too(client: Client, diary: Diary, settings):
    settings.HOLDS_PER_VISITOR = 1
    choose(client, diary)
    page = page_of(client.get(times_of(diary)))
    response = client.post(
        times_of(diary), filled_in(page.one("form", class_="slot-form")) | {"slot": buttons(page)[0]}
    )
    assert (response.status_code, response.headers["Retry-After"]) == (429, "3600")
    assert "Wait an hour, or telephone." in problems(page_of(response))[""]
    assert "0113 496 0123" in page_of(response).one("main").text


def test_a_form_on_another_site_is_not_taken(client: Client, diary: Diary):
    values = {"kind": Kind.FIRST, "slot": "2031-06-02T13:00:00+01:00"}
    response = client.post(times_of(diary), values, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403
    assert not Appointment.objects.exists()

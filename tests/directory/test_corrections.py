"""Telling us that a profile is wrong: without an account, a name or a cookie."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from directory.corrections import LONGEST, PER_PROFILE, PER_VISITOR
from directory.models import Correction, FormerProfile, Physiotherapist
from tests.conditions.editing import clock_at
from tests.factories import make_physiotherapist
from tests.markup import Element, filled_in, page_of

pytestmark = pytest.mark.django_db

NOTE = {"about": "access", "message": "There are two steps at the door."}


@pytest.fixture(autouse=True)
def nobody_has_written_yet():
    """And the clock stands still: the count of a visitor's notes begins anew at midnight."""
    cache.clear()
    with clock_at("2031-03-03 12:00"):
        yield
    cache.clear()


@pytest.fixture
def ada() -> Physiotherapist:
    return make_physiotherapist(name="Ada Example", slug="ada")


FORM, SENT = "/physiotherapists/ada/correction/", "/physiotherapists/ada/correction/sent/"


def errors(page: Element) -> dict[str, str]:
    """Of the summary at the top: text and where its link leads."""
    summary = page.one(class_="error-summary")
    return {item.text: next(iter(item.links), "") for item in summary.all("li")}


def refused(client: Client, status: int = 200, **note: Any) -> Element:
    """The form again, with what was typed still there, and nothing kept."""
    before = Correction.objects.count()
    response = client.post(FORM, note)
    assert response.status_code == status
    assert Correction.objects.count() == before
    page = page_of(response)
    assert str(page.one("title").children[0]).startswith("Error: ")
    return page


# --- Sending --------------------------------------------------------------------------------------


def test_a_note_goes_to_the_editors(client: Client, ada: Physiotherapist):
    profile = page_of(client.get("/physiotherapists/ada/"))
    assert profile.one("a", href=FORM).text == "Tell us if something here is wrong"
    form = page_of(client.get(FORM)).one("main").one("form")
    assert (form["method"], form["action"]) == ("post", FORM)

    response = client.post(form["action"], filled_in(form) | NOTE)

    assert (response.status_code, response.headers["Location"]) == (302, SENT)
    note = Correction.objects.get()
    assert (note.physiotherapist, note.about, note.message) == (ada, NOTE["about"], NOTE["message"])
    assert note.dealt_with_at is None
    page = page_of(client.get(SENT))
    assert page.one("h1").text == "Thank you: your note is with us"
    assert "/physiotherapists/ada/" in page.one("main").links


def test_nothing_is_asked_about_who_writes(client: Client, ada):
    form = page_of(client.get(FORM)).one("main").one("form")
    names = {field["name"] for field in form.all("input", "textarea", "select")}
    assert names == {"about", "message", "topic"}
    assert {field.name for field in Correction._meta.get_fields()} == {
        "id",
        "physiotherapist",
        "about",
        "message",
        "created_at",
        "dealt_with_at",
        "dealt_with_by",
    }


def test_each_kind_of_mistake_can_be_chosen(client: Client, ada):
    radios = page_of(client.get(FORM)).all("input", type="radio", name="about")
    assert [radio["value"] for radio in radios] == Correction.About.values
    assert not any("checked" in radio.attributes for radio in radios)


def test_no_cookie_is_needed_set_or_read(ada):
    client = Client(enforce_csrf_checks=True)
    for response in (client.get(FORM), client.post(FORM, NOTE), client.get(SENT), client.post(FORM, {})):
        assert not response.cookies
        assert "cookie" not in response.headers.get("Vary", "").lower()
    assert Correction.objects.count() == 1


# --- Bad input ------------------------------------------------------------------------------------


def test_with_nothing_filled_in_both_errors_are_told_and_lead_to_their_fields(client: Client, ada):
    page = refused(client)
    assert errors(page) == {
        "Choose what is wrong.": "#about-1",
        "Write what is wrong, and what is right if you know.": "#message",
    }
    for _, target in errors(page).items():
        assert page.one(id=target[1:])
    assert "Choose what is wrong." in page.one("p", id="about-error").text
    assert page.one("textarea")["aria-invalid"] == "true"
    assert "message-error" in page.one("textarea")["aria-describedby"].split()


def test_what_was_typed_is_kept(client: Client, ada):
    message = "\n<b>Two</b> steps & a “rail”.\nThen </textarea>"
    page = refused(client, message=message)
    assert errors(page) == {"Choose what is wrong.": "#about-1"}
    assert filled_in(page.one("main").one("form"))["message"] == message
    page = refused(client, about="fees", message=" ")
    assert [r["value"] for r in page.all("input", type="radio") if "checked" in r.attributes] == ["fees"]


@pytest.mark.parametrize("about", ["", "x", "<script>", "\x00", "A" * 5000])
def test_a_kind_that_there_is_not_is_asked_for_again(client: Client, ada, about: str):
    page = refused(client, about=about, message="Wrong.")
    assert list(errors(page)) == ["Choose what is wrong."]
    assert filled_in(page.one("main").one("form"))["message"] == "Wrong."


@pytest.mark.parametrize("message", ["", " \r\n\t ", "\x00"])
def test_an_empty_message_is_asked_for(client: Client, ada, message: str):
    page = refused(client, about="fees", message=message)
    assert list(errors(page)) == ["Write what is wrong, and what is right if you know."]


def test_a_long_message_is_kept_whole_and_its_length_told(client: Client, ada):
    message = "é" * (LONGEST + 345)
    page = refused(client, about="fees", message=message)
    assert list(errors(page)) == ["Your note is 2,345 characters long. Shorten it to 2,000."]
    # A browser would cut off the rest without a word.
    assert "maxlength" not in page.one("textarea").attributes
    assert filled_in(page.one("main").one("form"))["message"] == message


def test_a_line_break_counts_as_one_character(client: Client, ada):
    message = "a\r\n" * 999 + "ab"
    assert client.post(FORM, {"about": "fees", "message": message}).status_code == 302
    assert len(Correction.objects.get().message) == LONGEST


def test_a_nul_is_dropped(client: Client, ada):
    client.post(FORM, {"about": "fees", "message": "Two\x00 steps"})
    assert Correction.objects.get().message == "Two steps"


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_only_reading_and_sending_are_allowed(client: Client, ada, method: str):
    assert getattr(client, method)(FORM).status_code == 405
    assert client.post(SENT).status_code == 405


def test_about_somebody_who_is_not_shown_there_is_no_form(client: Client):
    make_physiotherapist(slug="ada", listed=False)
    for address in (FORM, SENT, "/physiotherapists/nobody/correction/"):
        assert client.get(address).status_code == 404
    assert client.post(FORM, NOTE).status_code == 404
    assert not Correction.objects.exists()


def test_a_former_address_leads_to_the_form_and_loses_no_note(client: Client, ada):
    FormerProfile.objects.create(slug="old", physiotherapist=ada)
    response = client.get("/physiotherapists/old/correction/")
    assert (response.status_code, response.headers["Location"]) == (301, FORM)
    response = client.post("/physiotherapists/old/correction/", NOTE)
    assert (response.status_code, response.headers["Location"]) == (302, SENT)
    assert Correction.objects.get().physiotherapist == ada


def test_it_is_not_for_search_engines(client: Client, ada):
    for address in (FORM, SENT):
        assert page_of(client.get(address)).one("meta", name="robots")["content"] == "noindex"
    assert page_of(client.get("/physiotherapists/ada/")).one("a", href=FORM)["rel"] == "nofollow"


# --- Programs -------------------------------------------------------------------------------------


def test_a_program_that_fills_in_every_field_is_thanked_and_nothing_kept(client: Client, ada):
    response = client.post(FORM, NOTE | {"topic": "Cheap shoes"})
    assert (response.status_code, response.headers["Location"]) == (302, SENT)
    assert not Correction.objects.exists()


def test_people_do_not_meet_the_field_for_programs(client: Client, ada):
    trap = page_of(client.get(FORM)).one("input", name="topic")
    assert (trap["tabindex"], trap["autocomplete"]) == ("-1", "off")
    assert "not-for-people" in trap.parent["class"].split()


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_on_another_site_is_refused(client: Client, ada, site: str):
    response = client.post(FORM, NOTE, headers={"sec-fetch-site": site})
    assert response.status_code == 403
    page = page_of(response)
    assert "Press the button again." in page.one(class_="error-summary").text
    assert filled_in(page.one("main").one("form"))["message"] == NOTE["message"]
    assert not Correction.objects.exists()


@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}])
def test_a_form_of_our_own_is_taken(client: Client, ada, headers):
    assert client.post(FORM, NOTE, headers=headers).status_code == 302


# --- How many -------------------------------------------------------------------------------------


def send(client: Client, address: str = "192.0.2.1", **headers: str) -> int:
    return client.post(FORM, NOTE, REMOTE_ADDR=address, headers=headers).status_code


def test_after_five_in_an_hour_the_sixth_waits_with_its_words_kept(client: Client, ada):
    assert [send(client) for _ in range(PER_VISITOR)] == [302] * 5
    response = client.post(FORM, NOTE, REMOTE_ADDR="192.0.2.1")
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "3600"
    page = page_of(response)
    assert "Wait an hour, then send it again." in page.one(class_="error-summary").text
    assert filled_in(page.one("main").one("form"))["message"] == NOTE["message"]
    assert Correction.objects.count() == PER_VISITOR
    assert send(client, "192.0.2.2") == 302


def test_the_limit_is_over_all_profiles(client: Client, ada):
    bo = make_physiotherapist(slug="bo")
    for _ in range(PER_VISITOR):
        send(client)
    assert client.post("/physiotherapists/bo/correction/", NOTE, REMOTE_ADDR="192.0.2.1").status_code == 429
    assert not bo.corrections.exists()


def test_mistakes_in_the_form_count_for_nothing(client: Client, ada):
    for _ in range(20):
        client.post(FORM, {}, REMOTE_ADDR="192.0.2.1")
    assert send(client) == 302


def test_one_household_of_ipv6_addresses_is_one_visitor(client: Client, ada):
    assert [send(client, f"2001:db8:1:2::{number}") for number in range(1, 7)] == [302] * 5 + [429]
    assert send(client, "2001:db8:1:3::1") == 302


@pytest.mark.parametrize("address", ["", "nonsense", "192.0.2.1:80", "::ffff:192.0.2.1"])
def test_an_address_of_any_shape_fails_nothing(client: Client, ada, address: str):
    assert [send(client, address) for _ in range(6)] == [302] * 5 + [429]


def test_behind_a_proxy_visitors_are_told_apart_by_what_the_proxy_wrote(client: Client, ada, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    made_up = [f"203.0.113.{number}, 192.0.2.1" for number in range(6)]
    sent = [send(client, "127.0.0.1", **{"x-forwarded-for": chain}) for chain in made_up]
    assert sent == [302] * 5 + [429]
    assert send(client, "127.0.0.1", **{"x-forwarded-for": "192.0.2.2"}) == 302


def test_without_a_proxy_that_header_is_nobodys_word(client: Client, ada):
    sent = [send(client, **{"x-forwarded-for": f"203.0.113.{number}"}) for number in range(6)]
    assert sent == [302] * 5 + [429]


def test_an_hour_later_the_visitor_may_write_again(client: Client, ada, monkeypatch):
    kept = {}
    monkeypatch.setattr(cache, "add", lambda key, value, timeout: kept.update({key: timeout}))
    monkeypatch.setattr(cache, "incr", lambda key: 1)
    send(client)
    assert [seconds for key, seconds in kept.items() if ":correction:" in key] == [3600]


def test_a_count_that_ran_out_in_between_fails_nothing(client: Client, ada, monkeypatch):
    def gone(key):
        raise ValueError("Key not found")

    monkeypatch.setattr(cache, "incr", gone)
    assert send(client) == 302


def test_of_an_address_only_a_hash_is_kept_which_is_another_one_each_day(
    client: Client, ada, monkeypatch, caplog, settings
):
    keys: list[str] = []
    monkeypatch.setattr(cache, "add", lambda key, value, timeout: keys.append(key))
    monkeypatch.setattr(cache, "incr", lambda key: 99)
    with clock_at("2031-03-03 23:59"):
        send(client)
        send(client)
    with clock_at("2031-03-04 00:00"):
        send(client)
    settings.SECRET_KEY = "another secret" * 5
    with clock_at("2031-03-04 00:00"):
        send(client)
    # One key for each limit that a form comes under.
    of_notes = [key for key in keys if ":correction:" in key]
    assert len(of_notes) == 4
    assert len(set(of_notes)) == 3
    assert of_notes[0] == of_notes[1]
    assert not any("192.0.2.1" in key for key in keys)
    assert "192.0.2.1" not in caplog.text


def test_about_one_profile_only_so_many_are_taken_in_an_hour(client: Client, ada):
    notes = [Correction(physiotherapist=ada, about="fees", message="x") for _ in range(PER_PROFILE)]
    Correction.objects.bulk_create(notes)
    page = refused(client, status=429, **NOTE)
    assert "Many people have told us about this profile now." in page.one(class_="error-summary").text
    assert filled_in(page.one("main").one("form"))["message"] == NOTE["message"]
    bo = make_physiotherapist(slug="bo")
    assert client.post("/physiotherapists/bo/correction/", NOTE).status_code == 302
    assert bo.corrections.count() == 1
    Correction.objects.filter(physiotherapist=ada).update(created_at=timezone.now() - timedelta(hours=1))
    assert send(client) == 302

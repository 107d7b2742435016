"""From the password to the first page, with and without a phone."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from physiosite.accounts import half_way
from tests.accounts.people import (
    ACCOUNT,
    CODE,
    CODES,
    PASSWORD,
    PHONE,
    SET_UP,
    SIGN_IN,
    codes_shown,
    form_of,
    give_password,
    is_signed_in,
    key_shown,
    make_person,
    phone_code,
    set_up_phone,
    title_of,
    wait_over,
    wrong_code,
)
from tests.markup import page_of

pytestmark = pytest.mark.django_db
LIST = "/admin/conditions/page/"


def words(response):
    return page_of(response).one("main").text


# --- A password alone ------------------------------------------------------------------------------
def test_without_a_phone_a_password_is_enough_where_no_more_is_demanded(client, ann):
    assert client.get(LIST).headers["Location"] == f"{SIGN_IN}?next={LIST}"
    response = give_password(client, then=LIST)
    assert (response.status_code, response.headers["Location"]) == (302, LIST)
    assert is_signed_in(client)


def test_page_to_sign_in_knows_where_to_go_on_and_leads_nowhere_else(client, ann):
    assert form_of(client.get(f"{SIGN_IN}?next={LIST}"))["next"] == LIST
    assert give_password(client, then="https://evil.example/").headers["Location"] == "/admin/"
    assert give_password(Client()).headers["Location"] == "/admin/"


def test_wrong_password_is_told_in_words_and_the_name_is_kept(client, ann):
    response = give_password(client, password="not mine at all")
    assert title_of(response).startswith("Error:")
    assert form_of(response)["username"] == "ann"
    assert not form_of(response)["password"]
    assert not is_signed_in(client)


@pytest.mark.parametrize("name", ["x" * 151, "x" * 5000, "ann\0", "", "\U0001f600", "\ufb01"])
def test_odd_names_are_refused_like_any_other(client, ann, name):
    assert give_password(client, name=name).status_code == 200
    assert not is_signed_in(client)


def test_who_is_no_editor_does_not_come_in(client):
    User.objects.create_user("visitor", password=PASSWORD)
    assert give_password(client, "visitor").status_code == 200
    assert not is_signed_in(client)


# --- The first sign-in -----------------------------------------------------------------------------
def test_first_sign_in_leads_to_a_phone_then_codes_then_the_page(client, ann, demanded):
    response = give_password(client, then=LIST)
    assert response.headers["Location"] == SET_UP
    assert not is_signed_in(client)
    shown = client.get(SET_UP)
    key = key_shown(shown)
    done = client.post(SET_UP, {"code": phone_code(key)})
    assert len(set(codes_shown(done))) == 10
    assert page_of(done).one("a", class_="button")["href"] == LIST
    assert is_signed_in(client)
    # Shown once: what the browser would show again is another page.
    for address in (SET_UP, ACCOUNT, CODES, PHONE):
        assert codes_shown(done)[0].encode() not in client.get(address, follow=True).content


def test_page_to_set_up_has_a_picture_without_styles_a_link_and_a_key(client, ann, demanded):
    give_password(client)
    page = page_of(client.get(SET_UP))
    picture = page.one("svg", class_="qr")
    assert all("style" not in element.attributes for element in [picture, *picture.walk()])
    address = next(link for link in page.links if link.startswith("otpauth://totp/"))
    assert "issuer=The%20Physiotherapy%20Site" in address and "ann" in address
    assert page.one(class_="key").text.replace(" ", "") in address
    assert page.all("script", type="text/javascript") == []


def test_wrong_code_while_setting_up_keeps_the_same_key(client, ann, demanded):
    give_password(client)
    key = key_shown(client.get(SET_UP))
    again = client.post(SET_UP, {"code": wrong_code(key)})
    assert "That code is not right" in words(again)
    assert key_shown(again) == key
    for typed in ("", "12345", "abcdef", "\uff11\uff12\uff13\uff14\uff15\uff16", "-12345", "9" * 60):
        assert client.post(SET_UP, {"code": typed}).status_code == 200
    assert not TOTPDevice.objects.exists() and not is_signed_in(client)
    assert client.post(SET_UP, {"code": f" {phone_code(key)[:3]} {phone_code(key)[3:]}"}).status_code == 200
    assert is_signed_in(client)


def test_key_of_one_who_sets_up_is_not_anothers(client, ann, demanded):
    make_person("bo")
    give_password(client)
    ours = key_shown(client.get(SET_UP))
    give_password(client, "bo")
    assert key_shown(client.get(SET_UP)) != ours


# --- Every other sign-in ---------------------------------------------------------------------------
@pytest.fixture
def with_phone(client, ann, demanded):
    """Ann has set up a phone: its key, and her recovery codes."""
    give_password(client)
    key, codes = set_up_phone(client)
    client.post("/admin/logout/")
    wait_over(ann)
    return key, codes


def test_password_then_code(client, with_phone):
    assert give_password(client, then=LIST).headers["Location"] == CODE
    assert not is_signed_in(client)
    response = client.post(CODE, {"code": phone_code(with_phone[0])})
    assert (response.status_code, response.headers["Location"]) == (302, LIST)
    assert is_signed_in(client)


@pytest.mark.parametrize("later", [-1, 0, 1])
def test_clock_of_a_phone_may_be_half_a_minute_wrong(client, with_phone, later):
    give_password(client)
    assert client.post(CODE, {"code": phone_code(with_phone[0], later)}).status_code == 302


def test_code_works_once(client, with_phone):
    code = phone_code(with_phone[0])
    give_password(client)
    assert client.post(CODE, {"code": code}).status_code == 302
    other = Client()
    give_password(other)
    assert "has been used" in words(other.post(CODE, {"code": code}))
    assert not is_signed_in(other)


def test_wrong_code_is_told_and_then_a_right_one_opens(client, ann, with_phone):
    give_password(client)
    response = client.post(CODE, {"code": wrong_code(with_phone[0])})
    assert "That code is not right" in words(response)
    assert title_of(response).startswith("Error:")
    assert not is_signed_in(client)
    wait_over(ann)
    client.post(CODE, {"code": phone_code(with_phone[0])})
    assert is_signed_in(client)


def test_after_wrong_codes_even_a_right_one_must_wait(client, ann, with_phone):
    TOTPDevice.objects.update(throttling_failure_count=9)
    give_password(client)
    client.post(CODE, {"code": wrong_code(with_phone[0])})
    response = client.post(CODE, {"code": phone_code(with_phone[0])})
    assert re.search(r"Wait \d+ minutes, then type a new one", words(response))
    assert not is_signed_in(client)


def test_each_recovery_code_opens_once_however_it_is_typed(client, ann, with_phone):
    first, second = with_phone[1][0], with_phone[1][1].upper().replace("-", " ")
    for code, left in ((first, 9), (second, 8)):
        give_password(client)
        response = client.post(CODE, {"code": code}, follow=True)
        assert f"You have {left} recovery codes left." in response.content.decode()
        client.post("/admin/logout/")
    give_password(client)
    assert "That code is not right" in words(client.post(CODE, {"code": first}))
    assert not is_signed_in(client)


def test_who_has_a_phone_is_asked_where_none_is_demanded(client, with_phone, settings):
    settings.SECOND_FACTOR = False
    assert give_password(client).headers["Location"] == CODE
    assert not is_signed_in(client)


# --- No way round ----------------------------------------------------------------------------------
def test_who_has_a_phone_cannot_set_up_another_with_the_password_alone(client, with_phone):
    give_password(client)
    for ask in (client.get, client.post):
        assert ask(SET_UP, {"code": "123456"}).headers["Location"] == SIGN_IN
        assert ask(PHONE).headers["Location"].startswith(SIGN_IN)
    assert TOTPDevice.objects.get().key == with_phone[0]


def test_half_way_is_over_after_a_while_and_with_another_password(client, ann, with_phone, monkeypatch):
    give_password(client)
    monkeypatch.setattr(half_way, "LASTS_SECONDS", -1)
    assert client.post(CODE, {"code": phone_code(with_phone[0])}).headers["Location"] == SIGN_IN
    monkeypatch.undo()
    give_password(client)
    ann.set_password("another three words")
    ann.save()
    assert client.post(CODE, {"code": phone_code(with_phone[0])}).headers["Location"] == SIGN_IN
    assert not is_signed_in(client)


def test_who_is_shut_out_meanwhile_does_not_come_in(client, with_phone):
    give_password(client)
    User.objects.update(is_active=False)
    assert client.post(CODE, {"code": phone_code(with_phone[0])}).headers["Location"] == SIGN_IN


def test_nobody_uses_anothers_code(client, with_phone):
    other = make_person("bo")
    TOTPDevice.objects.create(user=other, name="Phone", key="ab" * 20)
    give_password(client)
    for code in (phone_code("ab" * 20),):
        assert "That code is not right" in words(client.post(CODE, {"code": code}))
    give_password(client, "bo")
    assert "That code is not right" in words(client.post(CODE, {"code": with_phone[1][0]}))


def test_session_of_before_the_rule_does_not_open_the_admin(client, ann, settings):
    client.force_login(ann)
    assert is_signed_in(client)
    settings.SECOND_FACTOR = True
    assert not is_signed_in(client)
    assert client.get(SIGN_IN).status_code == 200


def test_steps_without_a_password_lead_back(client, ann, demanded):
    for address in (CODE, SET_UP):
        assert client.get(address).headers["Location"] == SIGN_IN
        assert client.post(address, {"code": "123456"}).headers["Location"] == SIGN_IN


def test_forms_want_their_token(ann, demanded):
    client = Client(enforce_csrf_checks=True)
    for address in (SIGN_IN, CODE, SET_UP, PHONE, CODES):
        assert client.post(address, {"code": "123456"}).status_code in {302, 403}
    assert give_password(client).status_code == 403

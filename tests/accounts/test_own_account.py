"""What editors do about their own phone, and administrators and operators about somebody else's."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from physiosite.accounts import second_factor
from tests.accounts.people import (
    ACCOUNT,
    CODE,
    CODES,
    PASSWORD,
    PHONE,
    SET_UP,
    SIGN_IN,
    codes_shown,
    give_password,
    is_signed_in,
    key_shown,
    make_person,
    phone_code,
    set_up_phone,
    wait_over,
)
from tests.markup import page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def with_phone(client, ann, demanded):
    give_password(client)
    return set_up_phone(client)


def test_own_page_says_how_things_stand(client, with_phone):
    assert ACCOUNT in page_of(client.get("/admin/")).links
    assert "10 recovery codes left" in page_of(client.get(ACCOUNT)).one("main").text


def test_without_a_phone_one_may_be_set_up_where_none_is_demanded(client, ann):
    client.force_login(ann)
    assert "with your password alone" in page_of(client.get(ACCOUNT)).one("main").text
    assert client.get(CODES).headers["Location"] == ACCOUNT
    key = key_shown(client.get(PHONE))
    done = client.post(PHONE, {"code": phone_code(key), "password": PASSWORD})
    assert len(codes_shown(done)) == 10
    assert is_signed_in(client)
    assert give_password(Client()).headers["Location"] == CODE


def test_another_phone_ends_the_first_and_its_sessions(client, ann, with_phone):
    other = Client()
    give_password(other)
    wait_over(ann)
    other.post(CODE, {"code": phone_code(with_phone[0])})
    assert is_signed_in(other)
    key = key_shown(client.get(PHONE))
    done = client.post(PHONE, {"code": phone_code(key), "password": PASSWORD})
    assert set(codes_shown(done)).isdisjoint(with_phone[1])
    assert is_signed_in(client) and not is_signed_in(other)
    assert TOTPDevice.objects.get().key == key


@pytest.mark.parametrize("password", ["", "not mine at all"])
def test_changes_want_the_password_again(client, with_phone, password):
    key = key_shown(client.get(PHONE))
    before = set(StaticToken.objects.values_list("token", flat=True))
    assert client.post(PHONE, {"code": phone_code(key), "password": password}).status_code == 200
    assert client.post(CODES, {"password": password}).status_code == 200
    assert TOTPDevice.objects.get().key == with_phone[0]
    assert set(StaticToken.objects.values_list("token", flat=True)) == before


def test_new_codes_end_the_old(client, ann, with_phone):
    codes = codes_shown(client.post(CODES, {"password": PASSWORD}))
    assert len(codes) == 10 and set(codes).isdisjoint(with_phone[1])
    client.post("/admin/logout/")
    give_password(client)
    client.post(CODE, {"code": with_phone[1][0]})
    assert not is_signed_in(client)
    wait_over(ann)
    client.post(CODE, {"code": codes[0]})
    assert is_signed_in(client)


# --- Somebody else's -------------------------------------------------------------------------------
@pytest.fixture
def bo(demanded):
    bo = make_person("bo")
    client = Client()
    give_password(client, "bo")
    set_up_phone(client)
    return bo


def test_administrator_resets_a_lost_phone(client, with_phone, bo):
    change = f"/admin/auth/user/{bo.pk}/change/"
    assert "10 recovery codes left" in page_of(client.get(change)).one("main").text
    reset = next(link for link in page_of(client.get(change)).links if "reset" in link)
    assert b"by voice or face to face" in client.get(reset).content
    assert second_factor.has_one(bo)
    assert client.post(reset).headers["Location"] == change
    assert not second_factor.has_one(bo) and not second_factor.recovery_codes_left(bo)
    assert LogEntry.objects.get(object_id=str(bo.pk)).change_message == "Reset the second factor."
    assert give_password(Client(), "bo").headers["Location"] == SET_UP
    assert "None yet" in page_of(client.get(change)).one("main").text


def test_reset_ends_the_sessions_of_that_phone(client, with_phone, bo):
    phones = Client()
    TOTPDevice.objects.filter(user=bo).update(last_t=-1)
    give_password(phones, "bo")
    phones.post(CODE, {"code": phone_code(TOTPDevice.objects.get(user=bo).key)})
    assert is_signed_in(phones)
    client.post(f"/admin/auth/user/{bo.pk}/reset-second-factor/")
    assert not is_signed_in(phones)


def test_only_administrators_reset(client, ann, settings):
    settings.SECOND_FACTOR = False
    TOTPDevice.objects.create(user=ann, name="Phone")
    helper = make_person("helper")
    helper.user_permissions.set(Permission.objects.filter(content_type__app_label="auth"))
    client.force_login(helper)
    assert client.get(f"/admin/auth/user/{ann.pk}/change/").status_code == 200
    for ask in (client.get, client.post):
        assert ask(f"/admin/auth/user/{ann.pk}/reset-second-factor/").status_code == 403
    assert second_factor.has_one(ann)


def test_reset_of_nobody_is_not_found(admin_client):
    assert admin_client.post("/admin/auth/user/7000001/reset-second-factor/").status_code == 404


def test_nobodys_keys_or_codes_are_in_the_admin(client, with_phone):
    for address in ("/admin/otp_totp/totpdevice/", "/admin/otp_static/staticdevice/", "/admin/axes/"):
        assert client.get(address).status_code == 404
    page = client.get(f"/admin/auth/user/{TOTPDevice.objects.get().user_id}/change/").content.decode()
    assert with_phone[0] not in page
    assert all(code not in page and code.replace("-", "") not in page for code in with_phone[1])


# --- The command -----------------------------------------------------------------------------------
def test_command_lets_a_locked_out_administrator_begin_again(client, ann, with_phone, capsys):
    call_command("reset_second_factor", "ann")
    assert capsys.readouterr().out == "ann sets up a phone and new recovery codes at the next sign-in.\n"
    assert not is_signed_in(client)
    assert give_password(client).headers["Location"] == SET_UP
    call_command("reset_second_factor", "ann")
    assert capsys.readouterr().out == "ann had no second factor.\n"


def test_command_names_who_is_not_there(db):
    with pytest.raises(CommandError, match="Nobody has the username nobody"):
        call_command("reset_second_factor", "nobody")


def test_sign_in_address_is_where_the_tests_think(client):
    assert client.get("/admin/").headers["Location"].startswith(SIGN_IN)

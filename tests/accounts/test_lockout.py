"""After too many tries that failed: who is locked out, where, for how long, and what they are told."""

import re
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from django.utils import timezone

from tests.accounts.people import (
    CODE,
    CODES,
    SIGN_IN,
    form_of,
    give_password,
    is_signed_in,
    make_person,
    phone_code,
    set_up_phone,
    title_of,
    wait_over,
    wrong_code,
)
from tests.markup import page_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ann")]
HERE, ELSEWHERE = "203.0.113.7", "198.51.100.9"
LIMIT, OF_ONE_ADDRESS = 5, 30


def fail(times, name="ann", address=HERE, **extra):
    """The last answer."""
    for _ in range(times):
        response = give_password(Client(), name, "not mine at all", REMOTE_ADDR=address, **extra)
    return response


def succeeds(name="ann", address=HERE, **extra):
    client = Client()
    give_password(client, name, REMOTE_ADDR=address, **extra)
    return is_signed_in(client)


def later(minutes):
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=minutes))


def test_five_wrong_passwords_lock_the_name_at_that_address():
    assert fail(LIMIT - 1).status_code == 200
    assert succeeds()
    assert fail(LIMIT).status_code == 429
    assert not succeeds()
    assert succeeds(address=ELSEWHERE)
    assert Client().get(SIGN_IN, REMOTE_ADDR=HERE).status_code == 200


def test_page_says_when_to_try_again_and_keeps_what_was_typed():
    response = fail(LIMIT + 1)
    assert title_of(response).startswith("Error: You cannot sign in")
    told = re.search(r"You can try again at (\d\d:\d\d)", page_of(response).one("main").text)
    assert told
    wait = int(response.headers["Retry-After"])
    assert 14 * 60 < wait <= 16 * 60
    assert abs(wait - (_at(told[1]) - timezone.localtime()).total_seconds()) < 60
    assert form_of(response) == form_of(response) | {"username": "ann"}
    assert not form_of(response)["password"]
    assert "no-store" in response.headers["Cache-Control"]


def _at(text):
    now = timezone.localtime()
    hour, minute = map(int, text.split(":"))
    at = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return at if at > now - timedelta(hours=1) else at + timedelta(days=1)


def test_it_is_over_when_the_page_said():
    fail(LIMIT)
    later(14)
    assert not succeeds()
    later(2)
    assert succeeds()


def test_trying_on_does_not_make_it_longer():
    fail(LIMIT)
    later(10)
    fail(3)
    later(6)
    assert succeeds()
    # Nor does it fill the database.
    assert AccessAttempt.objects.count() <= 1


def test_success_wipes_out_only_ones_own_failures():
    make_person("bo")
    fail(LIMIT - 1)
    fail(LIMIT, name="bo")
    assert succeeds() and not succeeds("bo")
    assert fail(LIMIT - 1).status_code == 200


def test_one_address_that_tries_many_names_is_locked_out():
    for number in range(OF_ONE_ADDRESS - 1):
        assert fail(1, name=f"name-{number}").status_code == 200
    assert succeeds()
    assert fail(1, name="one more").status_code == 429
    assert not succeeds()
    assert succeeds(address=ELSEWHERE)


def test_another_browser_at_the_same_address_counts_too():
    for number in range(LIMIT):
        fail(1, headers={"user-agent": f"Browser {number}"})
    assert not succeeds()


# --- Whose address --------------------------------------------------------------------------------
def test_forged_header_counts_for_nothing_without_a_proxy():
    for number in range(LIMIT):
        fail(1, headers={"x-forwarded-for": f"192.0.2.{number}"})
    assert not succeeds(headers={"x-forwarded-for": "192.0.2.99"})
    assert succeeds(address=ELSEWHERE, headers={"x-forwarded-for": HERE})


def test_behind_a_proxy_only_what_the_proxy_added_counts(settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    proxy = "127.0.0.1"
    for number in range(LIMIT):
        fail(1, address=proxy, headers={"x-forwarded-for": f"192.0.2.{number}, {HERE}"})
    assert not succeeds(address=proxy, headers={"x-forwarded-for": f"192.0.2.99, {HERE}"})
    # Whom the forger wanted to lock out is not.
    assert succeeds(address=proxy, headers={"x-forwarded-for": "192.0.2.1"})
    assert {row.ip_address for row in AccessAttempt.objects.all()} == {HERE}


@pytest.mark.parametrize(
    ("one", "same", "another"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"),
        ("::ffff:203.0.113.7", "203.0.113.7", "::ffff:203.0.113.8"),
    ],
)
def test_household_is_one_and_the_next_is_another(one, same, another):
    fail(LIMIT, address=one)
    assert not succeeds(address=same)
    assert succeeds(address=another)


@pytest.mark.parametrize("address", ["", "unix:", "not an address"])
def test_address_that_nobody_knows_is_one_too(address):
    fail(LIMIT, address=address)
    assert not succeeds(address=address)
    assert succeeds(address=HERE)


# --- Codes and passwords asked again ----------------------------------------------------------------
def test_wrong_codes_count_as_wrong_passwords_do(client, ann, demanded):
    give_password(client)
    key, _ = set_up_phone(client)
    client.post("/admin/logout/")
    for _ in range(LIMIT):
        wait_over(ann)
        give_password(client)
        response = client.post(CODE, {"code": wrong_code(key)})
    assert response.status_code == 429
    assert form_of(response)["username"] == "ann"
    wait_over(ann)
    # Neither is there a way in with the right ones.
    assert client.post(CODE, {"code": phone_code(key)}).status_code == 429
    assert give_password(client).status_code == 429
    assert not is_signed_in(client)


def test_password_asked_again_counts_too(client, ann, demanded):
    give_password(client)
    set_up_phone(client)
    for _ in range(LIMIT):
        response = client.post(CODES, {"password": "not mine at all"})
    assert response.status_code == 429


# --- For operators ---------------------------------------------------------------------------------
def test_operator_lets_somebody_in_again(capsys):
    fail(LIMIT)
    call_command("axes_reset_username", "ann")
    assert succeeds()


def test_nothing_that_was_typed_is_kept_but_the_name():
    fail(2)
    row = AccessAttempt.objects.get()
    assert row.username == "ann"
    assert "not mine" not in row.post_data + row.get_data + row.path_info

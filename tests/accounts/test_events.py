"""What is logged of accounts, and what is not."""

import logging

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command

from conditions.groups import EDITOR, PUBLISHER
from tests.accounts.people import (
    CODE,
    CODES,
    PASSWORD,
    SIGN_IN,
    give_password,
    make_person,
    set_up_phone,
    wait_over,
    wrong_code,
)

pytestmark = pytest.mark.django_db
HERE = "203.0.113.7"


@pytest.fixture
def logged(ann, caplog):
    """The lines since it was asked last."""
    caplog.set_level(logging.INFO)

    def lines():
        found = [record.getMessage() for record in caplog.records if record.name != "django.request"]
        assert {record.name for record in caplog.records} <= {"physiosite.accounts", "django.request"}
        caplog.clear()
        return found

    lines()
    return lines


def test_signing_in_and_out(client, logged):
    give_password(client, REMOTE_ADDR=HERE)
    assert logged() == [f"ann signed in from {HERE}"]
    client.post("/admin/logout/")
    assert logged() == ["ann signed out"]


def test_failures_and_lockout(client, logged):
    give_password(client, password="not mine at all", REMOTE_ADDR=HERE)
    assert logged() == [f"sign-in of ann failed from {HERE}: password"]
    for _ in range(4):
        give_password(client, password="not mine at all", REMOTE_ADDR=HERE)
    assert logged()[-1] == f"sign-in of ann is locked out from {HERE}"


def test_name_that_nobody_has_may_be_a_password_and_is_not_logged(client, logged):
    for _ in range(6):
        give_password(client, PASSWORD, "x", REMOTE_ADDR=HERE)
    lines = logged()
    assert f"sign-in of an unknown name failed from {HERE}: password" in lines
    assert f"sign-in of an unknown name is locked out from {HERE}" in lines
    assert PASSWORD not in "".join(lines)


def test_second_factor(client, ann, logged, demanded):
    give_password(client)
    key, codes = set_up_phone(client)
    assert logged() == ["second factor of ann set up by AnonymousUser", "ann signed in from 127.0.0.1"]
    client.post(CODES, {"password": PASSWORD})
    assert logged() == ["second factor of ann got new recovery codes by ann"]
    client.post("/admin/logout/")
    wait_over(ann)
    give_password(client)
    client.post(CODE, {"code": wrong_code(key)})
    assert logged() == ["ann signed out", "sign-in of ann failed from 127.0.0.1: code"]
    call_command("reset_second_factor", "ann", verbosity=0)
    lines = logged()
    assert lines == ["second factor of ann reset by the command line"]
    assert key not in "".join(lines) and codes[0] not in "".join(lines)


def test_passwords(client, ann, logged):
    client.force_login(ann)
    logged()
    new = {
        "old_password": PASSWORD,
        "new_password1": "coffee train fish",
        "new_password2": "coffee train fish",
    }
    client.post("/admin/password_change/", new)
    assert logged() == ["password of ann changed by ann"]


def test_password_that_is_only_hashed_anew_is_not_changed(client, ann, logged, settings):
    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[::-1]
    give_password(client)
    assert logged() == ["ann signed in from 127.0.0.1"]


def test_what_an_administrator_changes_of_somebody(client, ann, logged):
    bo = make_person("bo")
    client.force_login(ann)
    logged()
    editor = Group.objects.get(name=EDITOR)
    form = {
        "username": "bo",
        "is_active": "on",
        "is_staff": "on",
        "is_superuser": "on",
        "groups": [editor.pk],
        "date_joined_0": "2026-01-01",
        "date_joined_1": "12:00",
    }
    assert client.post(f"/admin/auth/user/{bo.pk}/change/", form).status_code == 302
    assert logged() == [
        "is_superuser of bo changed to True by ann",
        "user bo was given groups: Editor by ann",
    ]
    del form["is_active"], form["is_superuser"], form["groups"]
    client.post(f"/admin/auth/user/{bo.pk}/change/", form)
    assert logged() == [
        "is_active of bo changed to False by ann",
        "is_superuser of bo changed to False by ann",
        "user bo lost groups: Editor by ann",
    ]
    client.post(f"/admin/auth/user/{bo.pk}/delete/", {"post": "yes"})
    assert logged() == ["user bo was deleted by ann"]


def test_new_users(client, ann, logged):
    client.force_login(ann)
    logged()
    form = {"username": "bo", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/admin/auth/user/add/", form)
    assert logged() == ["bo was made by ann"]
    User.objects.create_superuser("root")
    assert logged() == [
        "root was made by the command line",
        "is_superuser of root changed to True by the command line",
    ]


def test_what_a_group_may(client, ann, logged):
    client.force_login(ann)
    logged()
    publisher = Group.objects.get(name=PUBLISHER)
    kept = list(publisher.permissions.values_list("pk", flat=True))
    more = Permission.objects.get(codename="delete_user")
    address = f"/admin/auth/group/{publisher.pk}/change/"
    client.post(address, {"name": PUBLISHER, "permissions": [*kept, more.pk]})
    assert logged() == [f"group {PUBLISHER} was given permissions: {more} by ann"]
    client.post(address, {"name": PUBLISHER, "permissions": kept})
    assert logged() == [f"group {PUBLISHER} lost permissions: {more} by ann"]
    publisher.permissions.clear()
    assert logged() == [f"group {PUBLISHER} lost all of permissions:  by the command line"]


def test_saving_nothing_new_logs_nothing(ann, logged):
    ann.save()
    ann.last_name = "Example"
    ann.save()
    assert logged() == []


def test_sign_in_page_alone_logs_nothing(client, logged):
    client.get(SIGN_IN)
    assert logged() == []

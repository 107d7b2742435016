"""How passwords are kept, and which are taken."""

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from tests.accounts.people import PASSWORD, give_password, is_signed_in, make_person
from tests.markup import page_of

pytestmark = pytest.mark.django_db


def test_passwords_are_kept_by_argon2id_as_owasp_asks():
    user = User.objects.create_user("ann", password=PASSWORD)
    assert user.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_password_of_before_opens_and_is_hashed_anew(client):
    ann = make_person(is_superuser=True)
    ann.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1)
    ann.save()
    give_password(client)
    assert is_signed_in(client)
    ann.refresh_from_db()
    assert ann.password.startswith("argon2$")


@pytest.mark.parametrize(
    "password",
    ["short words", "password1234", "123456789012", "ann.example1", "qwertyuiop123"],
)
def test_short_common_and_own_names_are_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password, User(username="ann.example", email="ann.example@example.org"))


@pytest.mark.parametrize("password", ["coffee train fish", "correcthorsebattery", "ééé ééé ééé ééé"])
def test_three_words_are_enough_without_signs_or_capitals(password):
    validate_password(password, User(username="ann"))


def test_editors_change_their_own(client):
    ann = make_person()
    client.force_login(ann)
    page = page_of(client.get("/admin/password_change/"))
    assert "12 characters" in page.one("main").text
    new = {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"}
    assert client.post("/admin/password_change/", new).status_code == 200
    new |= {"new_password1": "coffee train fish", "new_password2": "coffee train fish"}
    assert client.post("/admin/password_change/", new).status_code == 302
    ann.refresh_from_db()
    assert ann.check_password("coffee train fish")

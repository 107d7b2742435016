"""People who sign in as a browser does, and the app on their phone."""

from base64 import b32decode
from binascii import unhexlify
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.markup import filled_in, page_of

PASSWORD = "three random words 1"
# Hashed once, as hashing takes longer than most tests.
_HASHED = make_password(PASSWORD)
SIGN_IN, CODE, SET_UP = "/admin/login/", "/admin/login/code/", "/admin/login/set-up/"
ACCOUNT, PHONE, CODES = "/admin/account/", "/admin/account/phone/", "/admin/account/codes/"


def make_person(name: str = "ann", **values: Any) -> User:
    return User.objects.create(username=name, password=_HASHED, is_staff=True, **values)


def give_password(
    client: Client, name: str = "ann", password: str = PASSWORD, then: str = "", **extra: Any
) -> Any:
    typed = {"username": name, "password": password} | ({"next": then} if then else {})
    return client.post(SIGN_IN, typed, **extra)


def phone_code(key: str, later: int = 0) -> str:
    """What the app shows, or will show some half minutes ``later``."""
    totp = TOTP(unhexlify(key), drift=later)
    return f"{totp.token():06d}"


def wrong_code(key: str) -> str:
    right = {phone_code(key, later) for later in range(-3, 4)}
    return next(code for code in (f"{number:06d}" for number in range(10)) if code not in right)


def key_shown(response: Any) -> str:
    """The key as somebody would type it into the app, in hexadecimal digits."""
    return b32decode(page_of(response).one(class_="key").text.replace(" ", "")).hex()


def set_up_phone(client: Client) -> tuple[str, list[str]]:
    """At the first sign-in: the phone's key and the recovery codes."""
    shown = client.get(SET_UP)
    key = key_shown(shown)
    done = client.post(SET_UP, {"code": phone_code(key)})
    assert done.status_code == 200
    return key, codes_shown(done)


def codes_shown(response: Any) -> list[str]:
    return [code.text for code in page_of(response).one(class_="recovery-codes").all("code")]


def wait_over(user: User) -> None:
    """As if the wait after wrong codes had passed, and the half minute of the last right one."""
    for model in (TOTPDevice, StaticDevice):
        model.objects.filter(user=user).update(throttling_failure_timestamp=None)
    TOTPDevice.objects.filter(user=user).update(last_t=-1)


def is_signed_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def form_of(response: Any) -> dict[str, Any]:
    """What the page's own form would send if nothing were typed."""
    forms = [form for form in page_of(response).all("form") if form.get("id") != "logout-form"]
    assert len(forms) == 1
    return filled_in(forms[0])


def title_of(response: Any) -> str:
    return str(page_of(response).one("head").one("title").children[0]).strip()

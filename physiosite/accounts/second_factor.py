"""Codes from an app on somebody's phone, and recovery codes for when it is lost."""

import re
from base64 import b32encode
from binascii import unhexlify
from datetime import datetime
from typing import NamedTuple

import segno
from django.contrib.auth.models import User
from django.db import transaction
from django_otp.models import Device
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.plugins.otp_totp.models import default_key as new_key  # noqa: F401

RECOVERY_CODES = 10
_FROM_THE_PHONE = re.compile(r"[0-9]{6}")


class Checked(NamedTuple):
    device: Device | None
    # After wrong codes, each makes the next wait longer.
    wait_until: datetime | None = None


def has_one(user: User) -> bool:
    return TOTPDevice.objects.filter(user=user, confirmed=True).exists()


def check(user: User, typed: str) -> Checked:
    """Takes a code from the phone or a recovery code; either counts once."""
    code = _plain(typed)
    model = TOTPDevice if _FROM_THE_PHONE.fullmatch(code) else StaticDevice
    with transaction.atomic():
        device = model.objects.select_for_update().filter(user=user, confirmed=True).first()
        if device is None:
            return Checked(None)
        allowed, reason = device.verify_is_allowed()
        if not allowed:
            return Checked(None, reason["locked_until"])
        return Checked(device if device.verify_token(code) else None)


def set_up(user: User, key: str, typed: str) -> TOTPDevice | None:
    """The phone that has the key, in place of any before it, once it has shown a right code."""
    code = _plain(typed)
    totp = TOTP(unhexlify(key))
    if not _FROM_THE_PHONE.fullmatch(code) or not totp.verify(int(code), tolerance=1):
        return None
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user).delete()
        return TOTPDevice.objects.create(
            user=user, name="Phone", key=key, drift=totp.drift, last_t=totp.t(), confirmed=True
        )


def make_recovery_codes(user: User) -> list[str]:
    """New ones, as a person reads them. Those of before are no good any more."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        device, _ = StaticDevice.objects.get_or_create(user=user, defaults={"name": "Recovery codes"})
        device.token_set.all().delete()
        device.throttle_reset()
        codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
        StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return [f"{code[:4]}-{code[4:]}" for code in codes]


def recovery_codes_left(user: User) -> int:
    return StaticToken.objects.filter(device__user=user).count()


@transaction.atomic
def reset(user: User) -> bool:
    """Whether there was anything. Who signed in with it is signed in no more where one is demanded."""
    deleted = [model.objects.filter(user=user).delete()[0] for model in (TOTPDevice, StaticDevice)]
    return any(deleted)


def key_to_type(key: str) -> str:
    """For who cannot scan: in fours, as apps take it."""
    text = b32encode(unhexlify(key)).decode()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def address_for_app(user: User, key: str) -> str:
    address: str = TOTPDevice(user=user, key=key).config_url
    return address


def picture_to_scan(address: str) -> str:
    """SVG without inline styles, which the content security policy would refuse."""
    code = segno.make(address, error="m", micro=False)
    # Without a size of its own, which would not shrink with a small screen.
    return code.svg_inline(omitsize=True, dark="#000", light="#fff", svgclass="qr", lineclass=None)


def _plain(typed: str) -> str:
    return re.sub(r"[\s-]", "", typed).lower()

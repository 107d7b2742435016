"""Who has given a password and not yet a code. They are not signed in: only the next step knows them."""

import time
from typing import Any

from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

# Long enough to install an app on one's phone.
LASTS_SECONDS = 30 * 60
_NAME = "half_way"


def begin(request: HttpRequest, user: User, then: str) -> None:
    """``then`` is the address, already checked, that they asked for."""
    request.session.flush()
    request.session[_NAME] = {
        "user": user.pk,
        # Another password, and it is over.
        "hash": user.get_session_auth_hash(),
        "at": int(time.time()),
        "then": then,
    }


def user_of(request: HttpRequest) -> User | None:
    noted = _noted(request)
    if int(time.time()) - noted.get("at", 0) > LASTS_SECONDS:
        return None
    user = User.objects.filter(pk=noted["user"], is_active=True, is_staff=True).first()
    return user if user and constant_time_compare(user.get_session_auth_hash(), noted["hash"]) else None


def finish(request: HttpRequest, user: User, device: Any) -> str:
    """Signs them in with the device that they proved to have. The address that they asked for."""
    then: str = request.session.pop(_NAME)["then"]
    vars(user)["otp_device"] = device
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return then


def _noted(request: HttpRequest) -> dict[str, Any]:
    return request.session.get(_NAME, {})

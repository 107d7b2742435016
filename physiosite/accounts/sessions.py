"""When somebody who signed in is signed out again: after a time in which nothing was done, a working day
after signing in, and when the browser is closed (``SESSION_EXPIRE_AT_BROWSER_CLOSE``)."""

import time
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

SIGNED_IN, SEEN = "signed_in_at", "seen_at"
# Each note of it is a write to the database.
NOTED_EVERY_SECONDS = 60


@receiver(user_logged_in)
def begin(request: HttpRequest, **kwargs: Any) -> None:
    request.session[SIGNED_IN] = request.session[SEEN] = int(time.time())


def end_if_old(request: HttpRequest) -> bool:
    """Signs out whose time is over, and otherwise notes that they are there."""
    if not request.user.is_authenticated:
        return False
    now = int(time.time())
    since, seen = (request.session.get(name, 0) for name in (SIGNED_IN, SEEN))
    if now - since > settings.SESSION_COOKIE_AGE or now - seen > settings.SESSION_IDLE_SECONDS:
        logout(request)
        return True
    if now - seen >= NOTED_EVERY_SECONDS:
        request.session[SEEN] = now
    return False

"""Who may not try to sign in for a while, after too many tries that failed.

Counted by django-axes in the database, for all processes: by name and address together, so that nobody
can lock an editor out from elsewhere, and by address alone, for who tries many names.
"""

from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from directory.visitors import address_of
from physiosite.accounts.forms import SignInForm


class Counted(AxesDatabaseHandler):
    """With a limit of its own for the tries of one address: many editors may share it."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        # The worse of the two, as the same share of the one limit that django-axes knows.
        return max(
            sum(row.failures_since_start for row in rows) * settings.AXES_FAILURE_LIMIT // limit
            for rows, limit in self.counted(request, credentials)
        )

    def counted(self, request: HttpRequest, credentials: dict[str, Any] | None) -> list[tuple[Any, int]]:
        by_both, by_address = self.get_user_attempts(request, credentials)
        return [
            (by_both.order_by("attempt_time"), settings.AXES_FAILURE_LIMIT),
            (by_address.order_by("attempt_time"), settings.FAILED_SIGN_INS_PER_ADDRESS),
        ]

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        # Only their own: who has an account must not be able to wipe out what else was tried from there.
        by_both, _ = self.filter_user_attempts(request, credentials)
        return by_both.delete()[0]


def address_for_axes(request: HttpRequest) -> str | None:
    """Of IPv6 the first address of the household's."""
    address = address_of(request).partition("/")[0]
    try:
        return str(ip_address(address))
    except ValueError:
        return None


def is_locked_out(request: HttpRequest, user: User) -> bool:
    return not AxesProxyHandler.is_allowed(request, {"username": user.get_username()})


def locked_out(request: HttpRequest, response: HttpResponse, credentials: dict[str, Any]) -> HttpResponse:
    """The page to sign in, which says when, with the name that was typed."""
    until = _until(request, credentials)
    form = SignInForm(request, initial={"username": credentials.get("username") or ""})
    context = admin.site.each_context(request) | {
        "form": form,
        "title": "You cannot sign in just now",
        "locked_until": until,
        "app_path": request.get_full_path() if request.path == _sign_in_path() else _sign_in_path(),
        "next": request.POST.get("next", ""),
        "has_permission": False,
    }
    page = render(request, "accounts/sign_in.html", context, status=429)
    add_never_cache_headers(page)
    page.headers["Retry-After"] = str(max(1, round((until - timezone.now()).total_seconds())))
    return page


def _sign_in_path() -> str:
    return reverse("admin:login")


def _until(request: HttpRequest, credentials: dict[str, Any]) -> datetime:
    """The first whole minute at which no limit is reached any more."""
    cool_off = get_cool_off(request)
    latest = timezone.now()
    for rows, limit in Counted().counted(request, credentials):
        tries = sum(row.failures_since_start for row in rows)
        for row in rows:
            if tries < limit:
                break
            tries -= row.failures_since_start
            latest = max(latest, row.attempt_time + cool_off)
    return (latest + timedelta(minutes=1)).replace(second=0, microsecond=0)

from collections.abc import Callable

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse

from conditions.models import Page, Version


def editor(request: HttpRequest) -> User:
    # Django's admin lets nobody else in; this tells the type checker too.
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def page_url(page: Page) -> str:
    return reverse("admin:conditions_page_change", args=[page.pk])


def version_url(version: Version, step: str = "change") -> str:
    """The admin's address of a version: its form, or one of the steps (``sign``, ``publish`` …)."""
    return reverse(f"admin:conditions_version_{step}", args=[version.pk])


def record(request: HttpRequest, page: Page, what: str) -> None:
    """Keep who did it in the page's history in the admin."""
    LogEntry.objects.log_actions(editor(request).pk, [page], CHANGE, change_message=what, single_object=True)


def attempt(request: HttpRequest, page: Page, done: str, action: Callable[[], object]) -> bool:
    """Do it, say so and keep it in the page's history, or say why it could not be done."""
    try:
        action()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return False
    messages.success(request, done)
    record(request, page, done)
    return True

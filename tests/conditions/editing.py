"""What people in the admin do: open a form, type into it, press a button, and read what comes back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group, User
from django.test import Client

from conditions.models import Page, Signature, Version
from tests.markup import Element, filled_in, page_of

LONDON = ZoneInfo("Europe/London")
SIGNATURE = {
    "name": "Ann Example",
    "profession": "Physiotherapist",
    "registration_number": "PH999999",
    "checked": "All of it.",
}
_names = iter(range(10_000_000))


class SignedIn(Client):
    """A browser of somebody who is signed in; ``user`` is who."""

    def __init__(self, *groups: str, name: str = "") -> None:
        super().__init__()
        # Without a password: hashing one takes longer than most tests.
        self.user = User.objects.create(username=name or f"person-{next(_names)}", is_staff=True)
        self.user.groups.set([Group.objects.get(name=group) for group in groups])
        self.force_login(self.user)


@contextmanager
def clock_at(text: str) -> Iterator[datetime]:
    """The site's clock stands still at a time in London, such as "2031-03-30 00:30"."""
    moment = datetime.fromisoformat(text).replace(tzinfo=LONDON)
    # This default was taken from the module when the class was made.
    signed_at = Signature._meta.get_field("signed_at")
    with (
        mock.patch("django.utils.timezone.now", return_value=moment),
        mock.patch.object(signed_at, "_get_default", lambda: moment),
    ):
        yield moment


def version_url(version: Version, step: str = "change") -> str:
    return f"/admin/conditions/version/{version.pk}/{step}/"


def page_url(page: Page, step: str = "change") -> str:
    return f"/admin/conditions/page/{page.pk}/{step}/"


def form_with(response: Any, field: str) -> Element:
    """The form that has the field."""
    assert response.status_code == 200, response
    for form in page_of(response).all("form"):
        if any(element.get("name") == field for element in form.walk()):
            return form
    raise AssertionError(f"No form here has a field {field}.")


def typed(response: Any, field: str = "title") -> dict[str, Any]:
    """What a browser would send for the form; its line breaks are those that browsers send."""
    values = filled_in(form_with(response, field))
    return {
        name: value.replace("\r\n", "\n").replace("\n", "\r\n") if isinstance(value, str) else value
        for name, value in values.items()
        if "__prefix__" not in name
    }


def opened(client: Client, version: Version) -> dict[str, Any]:
    return typed(client.get(version_url(version)))


def save(
    client: Client, version: Version, values: dict[str, Any] | None = None, button: str = "_continue"
) -> Any:
    """Open the draft, type the values, press the button."""
    form = opened(client, version) | (values or {})
    return client.post(version_url(version), form | {button: "1"})


def added(form: dict[str, Any], kind: str, **values: Any) -> dict[str, Any]:
    """The form with one more row of a kind of part, such as ``causes``."""
    number = int(form[f"{kind}-TOTAL_FORMS"])
    row = {f"{kind}-{number}-{name}": value for name, value in values.items()}
    return form | row | {f"{kind}-TOTAL_FORMS": str(number + 1)}


def take(client: Client, version: Version, step: str, values: dict[str, Any] | None = None) -> Any:
    """Open the form of a step, such as ``sign``, fill it in and send it."""
    field = {"sign": "seen_revision", "publish": "at_0"}[step]
    form = typed(client.get(version_url(version, step)), field)
    filled = SIGNATURE | (values or {}) if step == "sign" else values or {}
    return client.post(version_url(version, step), form | filled)


def said(client: Client, response: Any) -> str:
    """The messages and errors on the page that the answer leads to."""
    if response.status_code == 302:
        response = client.get(response.headers["Location"])
    assert response.status_code == 200, response
    page = page_of(response)
    return " ".join(
        part.text for kind in ("messagelist", "errorlist") for part in page.all("ul", class_=kind)
    )


def text_of(response: Any) -> str:
    return page_of(response).text

"""The admin's form for a page's words, filled in as a browser would."""

from typing import Any

from django.test import Client

from conditions.models import Condition, ConditionVersion
from tests.markup import filled_in, page_of

ADD = "/admin/conditions/conditionversion/add/"


def address_of(version: ConditionVersion) -> str:
    return f"/admin/conditions/conditionversion/{version.pk}/change/"


def opened(client: Client, address: str) -> dict[str, Any]:
    """What the form holds when it is opened."""
    return filled_in(page_of(client.get(address)).one("form", id="conditionversion_form"))


def save(
    client: Client, address: str, values: dict[str, Any] | None = None, button: str = "_continue"
) -> Any:
    """Open the form, type the values and press the button."""
    return client.post(address, opened(client, address) | (values or {}) | {button: "1"})


def part(kind: str, number: int, **values: Any) -> dict[str, Any]:
    """The fields of one row of a kind of part, such as ``causes``."""
    return {f"{kind}-{number}-{name}": value for name, value in values.items()}


def edit(client: Client, condition: Condition) -> str:
    """Press the page's button "Edit the text"; gives the form's address."""
    page = page_of(client.get(f"/admin/conditions/condition/{condition.pk}/change/"))
    button = page.one("button", class_="edit-text")
    form = button.parent
    assert form
    assert (button.text, form["method"]) == ("Edit the text", "post")
    response = client.post(form["action"])
    assert response.status_code == 302
    return response.headers["Location"]

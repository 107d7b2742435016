"""What editors of the directory do in the admin."""

from typing import Any

from django.test import Client
from django.urls import reverse

from tests.conditions.editing import form_with, said, typed


def url_of(listing: Any, page: str = "change", *args: Any) -> str:
    return reverse(f"admin:directory_{listing._meta.model_name}_{page}", args=[listing.pk, *args])


def list_url(model: Any, page: str = "changelist") -> str:
    return reverse(f"admin:directory_{model._meta.model_name}_{page}")


def opened(client: Client, listing: Any) -> dict[str, Any]:
    """What a browser would send for the listing's form as it stands."""
    return filled_in(client.get(url_of(listing)))


def filled_in(response: Any) -> dict[str, Any]:
    values = typed(response, "name")
    for box in form_with(response, "name").all("select"):
        # Of a list of several nothing may be chosen.
        if "multiple" in box.attributes and not any(
            "selected" in row.attributes for row in box.all("option")
        ):
            values.pop(box.get("name"), None)
    return values


def save(client: Client, listing: Any, values: dict[str, Any] | None = None) -> Any:
    """Open the form, type the values, save; what the browser gets."""
    return client.post(url_of(listing), without_nothing(opened(client, listing) | (values or {})))


def saved(client: Client, listing: Any, values: dict[str, Any]) -> None:
    response = save(client, listing, values)
    assert response.status_code == 302, said(client, response)
    listing.refresh_from_db()


def without_nothing(values: dict[str, Any]) -> dict[str, Any]:
    """A browser sends nothing for a box that is not ticked."""
    return {name: value for name, value in values.items() if value is not None}

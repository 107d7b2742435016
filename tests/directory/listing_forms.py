"""What editors type into the admin's forms of a new listing, and what the form says to it."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.directory.pages import Page

TODAY = timezone.localdate()
DAY = "%d/%m/%Y"
CLINIC: dict[str, Any] = {
    "name": "Aire Rooms",
    "address": "3 Sample Road, Leeds",
    "postcode": "LS1 4AP",
    "phone": "",
    "access_stated_on": "",
    "steps": "",
    "inside": "",
    "door_cm": "",
    "parking": "",
    "parking_metres": "",
    "hoist": "unknown",
    "hearing_loop": "unknown",
    "quiet_room": "unknown",
    "access_note": "",
}
ACCESS: dict[str, Any] = {
    "access_stated_on": f"{TODAY:{DAY}}",
    "steps": "0",
    "inside": "lift",
    "door_cm": "82",
    "parking": "bay",
    "parking_metres": "20",
    "hoist": "true",
    "hearing_loop": "false",
    "access_note": "Ring the bell at the side door.",
}
PERSON: dict[str, Any] = {
    "name": "Ada Example",
    "slug": "ada-example",
    "hcpc_number": "PH12345",
    "checked_on": f"{TODAY - timedelta(days=20):{DAY}}",
    "check_due_on": f"{TODAY + timedelta(days=300):{DAY}}",
    "gender": "female",
    "listed": "on",
    "biography": "<p>Likes walking.</p>",
    "specialisms": ["neuro", "sports"],
    "languages": ["eng", "cym"],
    "visit_postcode": "",
    "visit_miles": "",
    "visit_fee": "",
    "phone": "07700 900123",
    "email": "ada@example.com",
    "website": "https://ada.example.org/",
    "fee_first": "60",
    "fee_follow_up": "45.50",
    "fee_online": "",
    "fee_home": "",
}


def save(client: Client, model: type, values: dict[str, Any], pk: int | None = None) -> Page | None:
    """Fill in the admin's form; None where it was saved, the page with the errors where it was not."""
    name = f"admin:directory_{model.__name__.lower()}"
    address = reverse(f"{name}_change", args=[pk]) if pk else reverse(f"{name}_add")
    response = client.post(address, {key: value for key, value in values.items() if value is not None})
    if response.status_code == 302:
        return None
    assert response.status_code == 200
    return Page(response)


def errors(page: Page | None) -> dict[str, str]:
    """The field's name, or "" for the whole form, and what is said about it."""
    assert page, "it was saved"
    said = {
        problem.attributes.get("id", "").removeprefix("id_").removesuffix("_error"): problem.text
        for problem in page.all("ul", class_="errorlist")
    }
    assert "Please correct the error" in page.one("*", class_="errornote").text
    return said


def typed(page: Page | None) -> dict[str, Any]:
    """What stands in the form: the values that it would send as it is."""
    assert page
    form = (
        page.one("form", id="clinic_form")
        if page.all("form", id="clinic_form")
        else page.one("form", id="physiotherapist_form")
    )
    values: dict[str, Any] = {}
    for field in form.within:
        name, kind = field.attributes.get("name", ""), field.attributes.get("type", "")
        if field.tag == "textarea":
            values[name] = field.text
        elif field.tag == "select":
            chosen = [o.attributes["value"] for o in field.within if "selected" in o.attributes]
            values[name] = chosen if "multiple" in field.attributes else "".join(chosen)
        elif kind == "checkbox" and "checked" in field.attributes:
            values.setdefault(name, []).append(field.attributes.get("value", "on"))
        elif field.tag == "input" and kind not in {"checkbox", "hidden", "submit"}:
            values[name] = field.attributes.get("value", "")
    return values

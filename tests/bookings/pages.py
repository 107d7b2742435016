"""Going through the pages of a booking as a browser would, on a clock that stands still."""

from datetime import datetime, timedelta
from typing import Any

from django.test import Client

from bookings.models import Appointment, Diary
from tests.conditions.editing import clock_at
from tests.markup import Element, filled_in, page_of

# A Monday, and some seconds later.
NOW, SOON = "2031-06-02 11:50", "2031-06-02 11:50:30"
TYPED = {"name": "Ann Patient", "email": "ann@example.com", "phone": "07700 900123", "consent": "on"}


def times_of(diary: Diary) -> str:
    return f"/physiotherapists/{diary.physiotherapist.slug}/book/"


def buttons(page: Element) -> list[str]:
    """The times that the page offers."""
    return [button["value"] for button in page.all("button", name="slot")]


def choose(client: Client, diary: Diary, number: int = 0, query: str = "") -> str:
    """Take the page's time of that number; the address of the steps that follow."""
    address = times_of(diary) + query
    page = page_of(client.get(address))
    form = page.one("form", class_="slot-form")
    response = client.post(address, filled_in(form) | {"slot": buttons(form)[number]})
    assert response.status_code == 302, page_of(response).one("main").text
    return response.headers["Location"]


def confirm(client: Client, steps: str, **typed: str) -> Any:
    """From the details on: types them, checks them and confirms, some seconds later."""
    steps = steps.partition("?")[0]
    checked = client.post(f"{steps}check/", TYPED | typed)
    forms = [form for form in page_of(checked).all("form") if form.get("action") == f"{steps}confirm/"]
    assert forms, page_of(checked).one("main").text
    with clock_at(SOON):
        return client.post(f"{steps}confirm/", filled_in(forms[0]))


def book(client: Client, diary: Diary, number: int = 0, query: str = "", **typed: str) -> Appointment:
    steps = choose(client, diary, number, query)
    before = set(Appointment.objects.made().values_list("pk", flat=True))
    response = confirm(client, steps, **typed)
    assert response.status_code == 302, page_of(response).one("main").text
    return Appointment.objects.made().exclude(pk__in=before).get()


def problems(page: Element) -> dict[str, str]:
    """The words of the summary of errors, by the field that they lead to; "" for those of the whole form."""
    summary = page.one(class_="error-summary")
    found = {}
    for item in summary.one("ul").all("li"):
        links = item.all("a")
        found[links[0]["href"].removeprefix("#") if links else ""] = item.text
    return found


def in_hours(hours: float) -> str:
    """That much later than NOW, for ``clock_at``."""
    return (datetime.fromisoformat(NOW) + timedelta(hours=hours)).strftime("%Y-%m-%d %H:%M")

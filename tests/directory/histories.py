"""Reading the history of a listing in the admin, and going back to a former state by its links."""

from typing import Any

from django.test import Client

from tests.directory.forms import url_of
from tests.markup import Element, page_of


def told(client: Client, listing: Any) -> list[tuple[str, dict[str, str]]]:
    """The entries of a history page, newest first: heading, and what changed by the field's name."""
    page = page_of(client.get(url_of(listing, "history")))
    return [
        (
            section.one("h2").text.partition(": ")[2],
            dict(
                zip(
                    [label.text for label in section.all("dt")],
                    [change.text for change in section.all("dd")],
                    strict=True,
                )
            ),
        )
        for section in page.all("section", class_="entry")
    ]


def restore_links(client: Client, listing: Any) -> list[str]:
    """Newest first."""
    links = page_of(client.get(url_of(listing, "history"))).links
    return [href for href, text in links.items() if text.startswith("See how it was then")]


def press_restore(client: Client, address: str) -> Any:
    form = next(
        form for form in page_of(client.get(address)).all("form") if "Restore this state" in values(form)
    )
    fields = {field.get("name"): field.get("value") for field in form.all("input") if field.get("name")}
    return client.post(address, fields)


def values(form: Element) -> list[str]:
    return [field.get("value") for field in form.all("input")]

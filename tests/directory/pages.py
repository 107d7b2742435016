"""Reading the site's pages as a browser or a reader would."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from django.test import Client

SEARCH = "/physiotherapists/"
_VOID = {"br", "hr", "img", "input", "link", "meta"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    words: list[str] = field(default_factory=list)
    within: list["Element"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its words and those of everything in it, with single spaces."""
        return " ".join("".join(self.words).split())

    @property
    def links(self) -> dict[str, str]:
        """Text to address of the links in it."""
        return {link.text: link.attributes.get("href", "") for link in self.within if link.tag == "a"}


class Page(HTMLParser):
    """Every element of a response's page, in the order of the page."""

    def __init__(self, response: Any) -> None:
        super().__init__()
        self.html = response.content.decode()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        for outer in self._open:
            outer.within.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.words.append(data)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """By tag ("*" for any) and attributes; ``class_`` finds one class among several."""
        wanted = {name.strip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.elements
            if tag in {"*", element.tag}
            and all(
                value in element.attributes.get(name, "").split()
                if name == "class"
                else element.attributes.get(name) == value
                for name, value in wanted.items()
            )
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} elements <{tag}> {attributes}"
        return found[0]

    @property
    def links(self) -> dict[str, str]:
        return self.one("body").links

    @property
    def results(self) -> list[tuple[str, str]]:
        """The slug and the miles of each result."""
        return [
            (article.attributes["data-slug"], article.attributes["data-miles"])
            for article in self.all("article")
            if "data-slug" in article.attributes
        ]

    @property
    def slugs(self) -> list[str]:
        return [slug for slug, _ in self.results]

    @property
    def notices(self) -> str:
        return " ".join(notice.text for notice in self.all("p", class_="notice"))


def search(client: Client, **parameters: str | int) -> Page:
    """The page that a search finds; it must be there."""
    response = client.get(SEARCH, parameters)
    assert response.status_code == 200
    return Page(response)


def follow(client: Client, href: str) -> Page:
    """The page behind a link of a search page."""
    response = client.get(urljoin(SEARCH, href))
    assert response.status_code == 200
    return Page(response)

"""A page's HTML as a tree, to ask it what a reader or a browser would: headings, links, forms."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_NOT_READ = {"script", "style", "title", "template"}


class Element:
    parent: Any

    def __init__(self, tag: str, attributes: dict[str, str], parent: "Element | None" = None) -> None:
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.children: list[Element | str] = []

    def __repr__(self) -> str:
        return f"<{self.tag} {self.attributes}>"

    def __getitem__(self, attribute: str) -> str:
        return self.attributes[attribute]

    def get(self, attribute: str, default: str = "") -> str:
        return self.attributes.get(attribute, default)

    def walk(self) -> Iterator["Element"]:
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.walk()

    def all(self, *tags: str, **attributes: str) -> list["Element"]:
        """Those of the tags with the attributes; ``class_`` is one of the classes, ``_`` stands for ``-``."""
        class_ = attributes.pop("class_", "")
        attributes = {name.replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.walk()
            if (not tags or element.tag in tags)
            and attributes.items() <= element.attributes.items()
            and (not class_ or class_ in element.get("class").split())
        ]

    def one(self, *tags: str, **attributes: str) -> "Element":
        found = self.all(*tags, **attributes)
        assert len(found) == 1, f"{len(found)} of {tags} {attributes}, not one"
        return found[0]

    @property
    def text(self) -> str:
        """What is read aloud, in single spaces."""
        return " ".join("".join(self._words()).split())

    def _words(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in _NOT_READ:
                yield from child._words()
                if child.tag not in {"a", "b", "em", "i", "small", "span", "strong"}:
                    yield " "

    @property
    def links(self) -> dict[str, str]:
        return {link.get("href"): link.text for link in self.all("a")}


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.here = Element("#document", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.children.append(element)
        if tag not in _VOID:
            self.here = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.here.tag == tag, f"</{tag}> closes <{self.here.tag}>"
        assert self.here.parent
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)


def parse(html: str | bytes) -> Element:
    """Fails where the markup does not nest, or where an element has one attribute twice."""
    builder = _Builder()
    builder.feed(html.decode() if isinstance(html, bytes) else html)
    builder.close()
    assert builder.here is builder.root, f"<{builder.here.tag}> is never closed"
    return builder.root


def page_of(response: Any) -> Element:
    return parse(response.content)


def filled_in(form: Element) -> dict[str, Any]:
    """What a browser would send for a form as it stands, its buttons left out."""
    values: dict[str, Any] = {}
    for field in form.all("input", "select", "textarea"):
        name, kind = field.get("name"), field.get("type")
        if not name or "disabled" in field.attributes or kind in {"submit", "button"}:
            continue
        if kind == "checkbox":
            if "checked" in field.attributes:
                values.setdefault(name, []).append(field.get("value", "on"))
        elif field.tag == "select":
            chosen = [
                option.get("value") for option in field.all("option") if "selected" in option.attributes
            ]
            if options := field.all("option"):
                values[name] = chosen or options[0].get("value")
        elif field.tag == "textarea":
            # A browser drops one line break that follows the tag.
            values[name] = re.sub(r"\A\r?\n", "", "".join(str(child) for child in field.children))
        else:
            values[name] = field.get("value")
    return values

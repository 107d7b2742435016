"""Text with a little form: paragraphs, bold, lists, links and two levels of heading, nothing else."""

import re
from typing import Any

import nh3
from django.db import models
from django_prose_editor.fields import ProseEditorField

_TAGS = {"p", "br", "strong", "ul", "ol", "li", "a", "h3", "h4"}
_SCHEMES = {"https", "http", "mailto", "tel"}
# What other editors and word processors write for the same thing; blocks become paragraphs, so
# that the words of two of them stay apart.
_SAME_AS = {"b": "strong", "h1": "h3", "h2": "h3", "h5": "h4", "h6": "h4"} | dict.fromkeys(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "caption",
        "dd",
        "div",
        "dt",
        "figcaption",
        "footer",
        "header",
        "main",
        "pre",
        "section",
        "td",
        "th",
    ],
    "p",
)
_RENAMED = re.compile(rf"<(/?)({'|'.join(_SAME_AS)})(?=[\s/>])", re.IGNORECASE)
_EMPTY = re.compile(r"<(p|h3|h4|li|ul|ol|a)(?: [^<>]*)?>(?:\s|&nbsp;|<br>)*</\1>")
_EMPTY_BOLD = re.compile(r"<strong>((?:\s|&nbsp;|<br>)*)</strong>")
_EDITOR_EXTENSIONS = {
    "Bold": True,
    "BulletList": True,
    "OrderedList": True,
    "ListItem": True,
    "Heading": {"levels": [3, 4]},
    "Link": {"enableTarget": False},
    "History": True,
    "HardBreak": True,
}


def clean_html(html: str) -> str:
    """Only the tags and links that pages may hold; the words of everything but scripts and styles stay."""
    # Taking out what is empty can leave its parent empty, and tags that do not nest take several goes.
    for _ in range(20):
        before, html = html, _clean_once(html)
        if html == before:
            break
    return html


def _clean_once(html: str) -> str:
    html = _RENAMED.sub(lambda tag: f"<{tag[1]}{_SAME_AS[tag[2].lower()]}", html)
    html = nh3.clean(
        html.replace("\x00", ""),
        tags=_TAGS,
        # Without "*", nh3 lets title and lang through on every tag.
        attributes={"a": {"href", "title"}, "*": set()},
        url_schemes=_SCHEMES,
        link_rel=None,
        clean_content_tags={"script", "style", "title", "template"},
    )
    # An editor's empty page is one empty paragraph; so is a blank line pasted from elsewhere.
    return _EMPTY.sub("", _EMPTY_BOLD.sub(r"\1", html)).strip()


class RichTextField(ProseEditorField):
    """Cleaned on the way to the database by every route: form, save(), bulk_create(), update()."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("extensions", _EDITOR_EXTENSIONS)
        kwargs.setdefault("sanitize", clean_html)
        super().__init__(*args, **kwargs)

    def clean(self, value: Any, model_instance: models.Model | None) -> str:
        # First of all: an empty paragraph is no text where text is required.
        return super().clean(clean_html(value or ""), model_instance)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = clean_html(super().pre_save(model_instance, add) or "")
        setattr(model_instance, self.attname, value)
        return value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, str):
            value = clean_html(value)
        return super().get_db_prep_save(value, connection)

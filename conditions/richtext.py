"""Text with a little form: paragraphs, bold, lists, links and two levels of heading, nothing else."""

import re
from typing import Any

import nh3
from django.db import models
from django_prose_editor.fields import ProseEditorField

_TAGS = {"p", "br", "strong", "ul", "ol", "li", "a", "h3", "h4"}
_SCHEMES = {"https", "http", "mailto", "tel"}
# What other editors and word processors write for the same thing.
_SAME_AS = (("b", "strong"), ("h1", "h3"), ("h2", "h3"), ("h5", "h4"), ("h6", "h4"), ("div", "p"))
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
    for tag, same in _SAME_AS:
        html = re.sub(rf"<(/?){tag}(?=[\s>])", rf"<\1{same}", html, flags=re.IGNORECASE)
    html = nh3.clean(
        html.replace("\x00", ""),
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes=_SCHEMES,
        link_rel=None,
        clean_content_tags={"script", "style", "title", "template"},
    )
    # An editor's empty page is one empty paragraph; so is a blank line pasted from elsewhere.
    return re.sub(r"<(p|h3|h4|li|strong)>(\s|&nbsp;|<br>)*</\1>", "", html).strip()


class RichTextField(ProseEditorField):
    """Cleaned on the way to the database by every route: form, save(), bulk_create(), update()."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("extensions", _EDITOR_EXTENSIONS)
        kwargs.setdefault("sanitize", clean_html)
        super().__init__(*args, **kwargs)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = clean_html(super().pre_save(model_instance, add) or "")
        setattr(model_instance, self.attname, value)
        return value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, str):
            value = clean_html(value)
        return super().get_db_prep_save(value, connection)

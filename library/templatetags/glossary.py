"""Terms of the glossary in a page's text: the first use of each on the page leads to what it means."""

import re
from functools import cache, lru_cache
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from freshness.version import kept
from library.models import Term

register = template.Library()
_TAG = re.compile(r"(<[^<>]+>)")
# Words in these lead elsewhere already, or are no running text.
_NOT_IN = {"a", "h3", "h4"}
# A form as it is found in text, small where capitals say nothing, and the anchor of its term.
Forms = tuple[tuple[str, str], ...]


@register.simple_tag(takes_context=True)
def glossed(context: Context, html: str) -> SafeString:
    """Text that is safe already (a RichTextField's), with the terms linked that the page has not used yet."""
    forms = known_forms()
    if not forms:
        return mark_safe(html)  # noqa: S308 - see above
    used: Any = context.render_context.setdefault("glossary", set())  # type: ignore[arg-type]
    linked, used_here = _linked(html, forms, frozenset(used))
    used |= used_here
    return mark_safe(linked)  # noqa: S308 - see above


@lru_cache(maxsize=1024)
def _linked(html: str, forms: Forms, used: frozenset[str]) -> tuple[str, set[str]]:
    """With those that came in. A page that is made anew has most of its words as before."""
    now_used = set(used)
    return with_links(html, forms, now_used), now_used - used


@kept
def known_forms() -> Forms:
    return tuple((form, term.anchor) for term in Term.objects.all() for form in term.forms)


def with_links(html: str, forms: Forms, used: set[str]) -> str:
    """``used``: the anchors that are linked already; those that are linked here come in."""
    pattern, anchors = _pattern(forms)
    address = reverse("sheets:glossary")

    def link(found: re.Match[str]) -> str:
        anchor = anchors[_key(found[0])]
        if anchor in used:
            return found[0]
        used.add(anchor)
        # What is found is text of the page, with its entities.
        return format_html('<a class="term" href="{}#{}">', address, anchor) + found[0] + "</a>"

    parts = _TAG.split(html)
    within: list[str] = []
    for number, part in enumerate(parts):
        if number % 2:
            name = part.strip("</>").split()[0].lower()
            if name in _NOT_IN:
                within = within[:-1] if part.startswith("</") else [*within, name]
        elif not within:
            parts[number] = pattern.sub(link, part)
    return "".join(parts)


def _key(form: str) -> str:
    """MRI is no mri: letters stand for something as capitals only."""
    return form if form.isupper() else form.lower()


@cache
def _pattern(forms: Forms) -> tuple[re.Pattern[str], dict[str, str]]:
    anchors = {_key(form): anchor for form, anchor in forms}
    # The longest first: a nerve root is no nerve.
    longest = sorted(anchors, key=len, reverse=True)
    alternatives = [
        re.escape(form) if form.isupper() else f"[{form[0].upper()}{form[0]}]{re.escape(form[1:])}"
        for form in longest
    ]
    return re.compile(rf"(?<![\w-])(?:{'|'.join(alternatives)})(?![\w-])"), anchors

"""What a page's head tells search engines, and those who show a link to it."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from conditions import structured
from conditions.json_ld import script
from conditions.models import Picture
from conditions.own_address import own_address

register = template.Library()
WIDTH, HEIGHT = 1200, 630
# By the kind of page: what its picture in static/img/og shows, for those who cannot see it.
PICTURES = {
    "site": "The Physiotherapy Site",
    "condition": "The Physiotherapy Site: conditions",
    "treatment": "The Physiotherapy Site: treatments",
    "post": "The Physiotherapy Site: blog",
    "sheet": "The Physiotherapy Site: sheets to print",
    "episode": "The Physiotherapy Site: podcast",
    "directory": "The Physiotherapy Site: find a physiotherapist",
}
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_DESCRIPTION = re.compile(r'<meta name="description" content="([^"]*)">')
_CANONICAL = re.compile(r'<link rel="canonical" href="([^"]*)">')
_NOINDEX = '<meta name="robots" content="noindex'


@register.simple_block_tag(takes_context=True)
def about_page(context: Context, content: str) -> SafeString:
    """Round title, description, robots and canonical link. A page that may be indexed gets a canonical link
    here if it names none; ``is_indexed`` and ``shared`` tell the rest of the page.

    One that says noindex tells machines nothing else: previews, searches, sample people, signed links.
    """
    context["is_indexed"] = _NOINDEX not in content and "request" in context
    written = mark_safe(content.strip())  # noqa: S308 - the template's own, escaped already
    if not context["is_indexed"]:
        return written
    named = _CANONICAL.search(content)
    address = unescape(named[1]) if named else own_address(context["request"].path)
    context["shared"] = {"title": _found(_TITLE, content), "description": _found(_DESCRIPTION, content)}
    context["shared"]["url"] = address
    return written if named else written + format_html('\n  <link rel="canonical" href="{}">', address)


def _found(pattern: re.Pattern[str], content: str) -> str:
    found = pattern.search(content)
    return " ".join(unescape(found[1]).split()) if found else ""


@register.simple_tag(takes_context=True)
def sharing(context: Context, kind: str, type: str = "website", picture: Picture | None = None) -> SafeString:
    """Open Graph: how the page looks where somebody shares a link to it."""
    image, width, height, shows = static(f"img/og/{kind}.png"), WIDTH, HEIGHT, PICTURES[kind]
    if picture:
        image, width, height, shows = (
            picture.file.url, picture.width, picture.height, picture.alternative,
        )  # fmt: skip
    told: dict[str, Any] = {
        "og:type": type,
        "og:site_name": structured.NAME,
        "og:locale": structured.LANGUAGE.replace("-", "_"),
        **{f"og:{name}": value for name, value in context["shared"].items() if value},
        "og:image": own_address(image),
        "og:image:width": width,
        "og:image:height": height,
        "og:image:alt": shows,
    }
    properties = format_html_join("\n  ", '<meta property="{}" content="{}">', told.items())
    return format_html('{}\n  <meta name="twitter:card" content="summary_large_image">', properties)


register.simple_tag(own_address)


@register.simple_tag
def own_host() -> str:
    """As people write the site's address."""
    return urlsplit(settings.SITE_URL).netloc


@register.simple_tag
def website_data() -> SafeString:
    return script(structured.website())


@register.simple_tag(takes_context=True)
def page_data(context: Context) -> SafeString:
    """Of a condition, a treatment or a sheet."""
    return mark_safe("\n  ".join(script(data) for data in structured.page_data(context)))  # noqa: S308


@register.simple_tag
def breadcrumb_data(here: Any, *parents: Any) -> SafeString:
    """``parents``: name and path of each by turns; those that are empty do not count."""
    pairs = zip(parents[::2], parents[1::2], strict=True)
    return script(structured.breadcrumbs([pair for pair in pairs if pair[0]], here))

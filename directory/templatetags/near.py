from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.urls import reverse
from django.utils.http import urlencode

from conditions.models import Version
from directory.forms import DEFAULT_RADIUS
from directory.near import PARAMETER, name_of, read_near
from directory.nearest import Wish, count_each
from directory.wording import counted, miles
from places.locate import Place

register = template.Library()


@register.simple_tag
def near_name(place: Place | None) -> str:
    """What the next page may know of a place: its outward code or town."""
    return name_of(place) if place else ""


@register.filter
def near_query(name: str) -> str:
    """What goes behind the address of a link that takes such a place along."""
    return "?" + urlencode({PARAMETER: name}) if name else ""


@register.inclusion_tag("directory/near_link.html", takes_context=True)
def near_link(context: Context, condition: Version) -> dict[str, Any]:
    """Who treats a condition near the place of the page's address; nothing where it names none."""
    request: HttpRequest | None = context.get("request")
    near = read_near(request)
    if not near:
        return {}
    wish = Wish(near.latitude, near.longitude, DEFAULT_RADIUS, condition_id=condition.page_id)
    found = count_each([wish])[0]
    query = urlencode({"location": near.name, "condition": condition.page.slug})
    return {
        "near": near,
        "number": counted(found),
        "total": found.total,
        "within": miles(DEFAULT_RADIUS),
        "address": f"{reverse('directory:search')}?{query}",
    }

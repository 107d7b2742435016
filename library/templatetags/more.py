from typing import Any, NamedTuple

from django import template
from django.db import DatabaseError, InterfaceError

from conditions.models import Version
from freshness.version import kept
from library.models import Episode

register = template.Library()


class Newest(NamedTuple):
    title: str
    address: str


@register.inclusion_tag("library/more.html")
def more_on_physiotherapy() -> dict[str, Any]:
    """The foot of every page: the newest post, the newest episode and the resources."""
    try:
        return _newest()
    except (DatabaseError, InterfaceError):
        # Of a page that can do without a database, the foot can too.
        return {}


@kept
def _newest() -> dict[str, Newest]:
    post = Version.objects.live().posts().first()
    episode = Episode.objects.published().first()
    found = {"post": post, "episode": episode}
    return {name: Newest(one.title, one.get_absolute_url()) for name, one in found.items() if one}

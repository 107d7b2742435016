from typing import Any, NamedTuple

from django import template
from django.core.cache import cache
from django.db import DatabaseError

from conditions.models import Version
from library.models import Episode

register = template.Library()
# Seconds until something new shows in every process.
_KEPT = 2


class Newest(NamedTuple):
    title: str
    address: str


@register.inclusion_tag("library/more.html")
def more_on_physiotherapy() -> dict[str, Any]:
    """The foot of every page: the newest post, the newest episode and the resources."""
    newest = cache.get("more")
    if newest is None:
        try:
            newest = _newest()
        except DatabaseError:
            # Of a page that can do without a database, the foot can too.
            return {}
        cache.set("more", newest, _KEPT)
    return newest


def _newest() -> dict[str, Newest]:
    post = Version.objects.live().posts().first()
    episode = Episode.objects.published().first()
    found = {"post": post, "episode": episode}
    return {name: Newest(one.title, one.get_absolute_url()) for name, one in found.items() if one}

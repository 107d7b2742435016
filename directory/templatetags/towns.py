from typing import Any

from django import template

from directory.town_pages import address_of, largest_town_pages, link_text

register = template.Library()


@register.inclusion_tag("directory/town_links.html")
def largest_towns(number: int) -> dict[str, Any]:
    """Links to the pages of the largest towns that have one; nothing where there are none."""
    return {"towns": [(link_text(town), address_of(town)) for town in largest_town_pages(number)]}

from typing import Any

from django import template
from django.template.context import Context

from conditions.models import Version
from directory.near import read_near

register = template.Library()


@register.inclusion_tag("components/find_box.html", takes_context=True)
def find_box(
    context: Context, box_id: str, condition: Version | None = None, heading_level: int = 2
) -> dict[str, Any]:
    """The place box with the three ticks. ``box_id`` keeps the ids of several boxes on a page apart."""
    near = read_near(context.get("request"))
    location = near.name if near else ""
    return {"box_id": box_id, "condition": condition, "heading": f"h{heading_level}", "location": location}

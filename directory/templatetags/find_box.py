from typing import Any

from django import template

from conditions.models import Version

register = template.Library()


@register.inclusion_tag("components/find_box.html")
def find_box(box_id: str, condition: Version | None = None, heading_level: int = 2) -> dict[str, Any]:
    """The place box with the three ticks. ``box_id`` keeps the ids of several boxes on a page apart."""
    return {"box_id": box_id, "condition": condition, "heading": f"h{heading_level}"}

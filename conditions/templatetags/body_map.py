from collections.abc import Collection
from typing import Any

from django import template

from conditions import body_map as shapes
from conditions.areas import Area

register = template.Library()


@register.inclusion_tag("components/body_map.html")
def body_map() -> dict[str, Any]:
    """The map by which readers find an area: every region a link."""
    return {"map": shapes}


@register.inclusion_tag("components/body_mark.html")
def body_mark(areas: Collection[Area]) -> dict[str, Any]:
    """A small copy that shows where these areas are. The whole body is every region."""
    whole = Area.WHOLE_BODY in areas
    filled = [shape.path for shape in shapes.SHAPES if whole or shape.area in areas]
    rest = [shape.path for shape in shapes.SHAPES if not (whole or shape.area in areas)]
    return {"map": shapes, "areas": areas, "filled": " ".join(filled), "rest": " ".join(rest)}

from typing import Any

from django import template
from django.template.context import RequestContext

from directory import queue

register = template.Library()


@register.simple_tag(takes_context=True)
def listings_queue(context: RequestContext) -> list[Any]:
    return queue.listings_queue(context["user"])

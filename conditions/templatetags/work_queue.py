from django import template
from django.template.context import RequestContext
from django.utils import timezone

from conditions import queue

register = template.Library()


@register.simple_tag(takes_context=True)
def work_queue(context: RequestContext) -> list[queue.Waiting]:
    return queue.work_queue(context["user"], timezone.now())

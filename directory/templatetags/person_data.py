from django import template
from django.utils.safestring import SafeString, mark_safe

from conditions.json_ld import script
from directory import structured
from directory.models import Physiotherapist

register = template.Library()


@register.simple_tag
def person_data(person: Physiotherapist) -> SafeString:
    return mark_safe("\n  ".join(script(data) for data in structured.person_data(person)))  # noqa: S308

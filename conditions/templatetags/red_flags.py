from django import template

from conditions.areas import Area
from conditions.finding import red_flags_of
from conditions.models import RedFlag, Version

register = template.Library()


@register.simple_tag
def red_flags(condition: str) -> list[RedFlag]:
    """The cards of a condition's page by its slug; those for the whole body where there is none."""
    version = Version.objects.live().conditions().filter(page__slug=condition).first() if condition else None
    return (list(version.red_flags.all()) if version else []) or red_flags_of(Area.WHOLE_BODY)

from django import template

register = template.Library()


@register.filter
def one_line(text: str) -> str:
    """An address of several lines."""
    return ", ".join(line.strip(" ,") for line in text.splitlines() if line.strip(" ,"))

"""Moments in an episode: whole seconds from its start, which people write as 1:23 or 1:02:03."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

HOW_TO_WRITE = "Write minutes and seconds, such as 1:23, or hours too, such as 1:02:03."


def clock(seconds: int) -> str:
    """As players write it: 0:07, 1:23, 1:02:03."""
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def in_words(seconds: int) -> str:
    """How long something takes: 25 seconds, 1 minute, 1 hour 5 minutes."""
    if seconds < 60:
        return _counted(seconds, "second")
    hours, minutes = divmod(round(seconds / 60), 60)
    return " ".join(
        _counted(number, unit) for number, unit in ((hours, "hour"), (minutes, "minute")) if number
    )


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def read_moment(text: str) -> int:
    """Raises ValueError for what is no moment."""
    parts = text.strip().split(":")
    if len(parts) > 3 or not all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts):
        raise ValueError(HOW_TO_WRITE)
    first, *rest = map(int, parts)
    if any(part > 59 for part in rest):
        raise ValueError(HOW_TO_WRITE)
    for part in rest:
        first = first * 60 + part
    return first


class MomentField(forms.CharField):
    """Seconds, shown and typed as on a clock."""

    def prepare_value(self, value: Any) -> Any:
        return clock(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return read_moment(text)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(data) != initial
        except ValidationError:
            return True

from typing import Any

from django import forms
from django.db import models


class HttpsURLField(models.URLField):
    """An address that was typed without a scheme is taken for https."""

    def deconstruct(self) -> tuple:
        name, _path, args, kwargs = super().deconstruct()
        # In the database it is any URL.
        return name, "django.db.models.URLField", args, kwargs

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return super().formfield(**{"assume_scheme": "https"} | kwargs)


class _LinesFormField(forms.CharField):
    def to_python(self, value: Any) -> str:
        # Browsers send other line breaks than they were given: words that nobody touched would differ.
        return (super().to_python(value) or "").replace("\r\n", "\n")


class LinesField(models.TextField):
    """Plain text of several lines, which stays the same when a form is saved without a change."""

    def deconstruct(self) -> tuple:
        name, _path, args, kwargs = super().deconstruct()
        # In the database it is any text.
        return name, "django.db.models.TextField", args, kwargs

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return super().formfield(**{"form_class": _LinesFormField} | kwargs)

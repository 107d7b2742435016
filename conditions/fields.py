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

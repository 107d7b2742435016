from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminFileWidget
from django.db import models

from conditions.pictures import LARGEST_MB, LONGEST_SIDE, CleanedPicture, cleaned_picture


class _PictureFormField(forms.FileField):
    # forms.ImageField would open it first, as whatever it claims to be.
    widget = AdminFileWidget

    def to_python(self, data: Any) -> Any:
        file = super().to_python(data)
        return cleaned_picture(file) if file else file


class PictureField(models.ImageField):
    """Whatever is put in it is made anew as WebP, without what cameras write into pictures."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        held = getattr(model_instance, self.attname)
        if held and not held._committed and not isinstance(held.file, CleanedPicture):
            # A program has put it here, and no form.
            setattr(model_instance, self.attname, cleaned_picture(held.file))
        return super().pre_save(model_instance, add)

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return super().formfield(**kwargs | {"form_class": _PictureFormField})


class Picture(models.Model):
    """With the words that stand for it. Its file is never replaced: another picture is another row."""

    file = PictureField(
        upload_to="pictures/",
        width_field="width",
        height_field="height",
        help_text=f"JPEG, PNG or WebP, up to {LARGEST_MB} MB. It is made smaller where a side is longer than "
        f"{LONGEST_SIDE} pixels, and what a camera wrote into it, such as the place, is left out.",
    )
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    alternative = models.CharField(
        "alternative text",
        max_length=250,
        help_text="What the picture shows, for those who cannot see it: one sentence.",
    )
    credit = models.CharField(max_length=120, blank=True, help_text="Who made it, if it must be said.")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.alternative

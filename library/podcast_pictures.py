"""Covers: square JPEG pictures of the size that Apple asks for, each with a small one for our own pages."""

from io import BytesIO
from pathlib import PurePosixPath
from typing import IO, Any
from uuid import uuid4
from warnings import catch_warnings, simplefilter

from django import forms
from django.contrib.admin.widgets import AdminFileWidget
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import models
from PIL import Image, ImageOps, UnidentifiedImageError

from conditions.pictures import LARGEST_MB, MOST_PIXELS, NO_PICTURE

# https://podcasters.apple.com/support/823-podcast-requirements
LEAST_SIDE, LONGEST_SIDE = 1400, 3000
SMALL_SIDE = 320
_FORMATS = ("JPEG", "PNG", "WEBP")
_TOO_MANY = "The picture has too many pixels. Make it smaller first."


class CleanedCover(ContentFile):
    """Made by ``cleaned_cover``."""


def cleaned_cover(file: IO[bytes]) -> CleanedCover:
    """As JPEG under a name of its own, upright, with its pixels and nothing else.

    Raises ValidationError with what to do for what is no picture, not square or too small.
    """
    size = getattr(file, "size", None)
    if size is not None and size > LARGEST_MB * 1024 * 1024:
        raise ValidationError(f"The file is larger than {LARGEST_MB} MB. Make the picture smaller first.")
    file.seek(0)
    try:
        with catch_warnings():
            simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=_FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise ValidationError(_TOO_MANY)
                _check_shape(opened.width, opened.height)
                picture = _plain(opened)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValidationError(_TOO_MANY) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise ValidationError(NO_PICTURE) from error
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return CleanedCover(_written(picture, "JPEG", quality=85, optimize=True), name=f"{uuid4().hex}.jpg")


def _check_shape(width: int, height: int) -> None:
    if width != height:
        raise ValidationError(
            f"The picture is {width} by {height} pixels. Cut it square first: podcast apps ask for that."
        )
    if width < LEAST_SIDE:
        raise ValidationError(
            f"The picture is {width} pixels wide. Podcast directories ask for {LEAST_SIDE} or more."
        )


def _plain(opened: Image.Image) -> Image.Image:
    """Turned as the camera was held, on white where it could be seen through, without notes and profile."""
    turned: Any = ImageOps.exif_transpose(opened)
    seen = turned.convert("RGBA")
    plain = Image.new("RGB", seen.size, "white")
    plain.paste(seen, mask=seen.getchannel("A"))
    return plain


def _written(picture: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def _small_name(name: str) -> str:
    """Of the small picture that lies beside a cover."""
    return str(PurePosixPath(name).with_suffix("")) + "-small.webp"


def small_url(cover: Any) -> str:
    """The address of the small picture beside a field's cover; empty where there is no cover."""
    return cover.storage.url(_small_name(cover.name)) if cover else ""


class _CoverFormField(forms.FileField):
    # forms.ImageField would open it first, as whatever it claims to be.
    widget = AdminFileWidget

    def to_python(self, data: Any) -> Any:
        file = super().to_python(data)
        return cleaned_cover(file) if file else file


class CoverField(models.FileField):
    """Whatever is put in it is made anew as a cover, and a small one is put beside it."""

    def deconstruct(self) -> tuple:
        name, _path, args, kwargs = super().deconstruct()
        # In the database it is any file's name.
        return name, "django.db.models.FileField", args, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        held = getattr(model_instance, self.attname)
        if not held or held._committed:
            return super().pre_save(model_instance, add)
        if not isinstance(held.file, CleanedCover):
            # A program has put it here, and no form.
            setattr(model_instance, self.attname, cleaned_cover(held.file))
        saved = super().pre_save(model_instance, add)
        with saved.storage.open(saved.name) as file, Image.open(file) as cover:
            cover.thumbnail((SMALL_SIDE, SMALL_SIDE))
            saved.storage.save(_small_name(saved.name), ContentFile(_written(cover, "WEBP", quality=80)))
        return saved

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return super().formfield(**kwargs | {"form_class": _CoverFormField})

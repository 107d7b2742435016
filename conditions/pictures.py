"""Uploaded pictures: what they are is seen from their content, and they are made anew."""

from io import BytesIO
from typing import IO, Any
from uuid import uuid4
from warnings import catch_warnings, simplefilter

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST_MB = 10
# Pixels; a file of some kilobytes can unfold to gigabytes.
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 1280
_FORMATS = ("JPEG", "PNG", "WEBP")
NO_PICTURE = "This is no picture that can be read. Use a JPEG, PNG or WebP file."


class CleanedPicture(ContentFile):
    """Made by ``cleaned_picture``."""


def cleaned_picture(file: IO[bytes]) -> CleanedPicture:
    """As WebP under a name of its own, upright, no side longer than ``LONGEST_SIDE``, with its pixels and
    nothing else. Raises ValidationError with what to do for anything that is no such picture."""
    size = getattr(file, "size", None)
    if size is not None and size > LARGEST_MB * 1024 * 1024:
        raise ValidationError(f"The file is larger than {LARGEST_MB} MB. Make the picture smaller first.")
    file.seek(0)
    try:
        with catch_warnings():
            simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=_FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise ValidationError("The picture has too many pixels. Make it smaller first.")
                picture = _upright(opened)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValidationError("The picture has too many pixels. Make it smaller first.") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise ValidationError(NO_PICTURE) from error
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    written = BytesIO()
    picture.save(written, "WEBP", quality=80)
    return CleanedPicture(written.getvalue(), name=f"{uuid4().hex}.webp")


def _upright(opened: Image.Image) -> Image.Image:
    """Turned as the camera was held, without its notes, colour profile and further frames."""
    turned: Any = ImageOps.exif_transpose(opened)
    has_alpha = turned.mode in {"RGBA", "LA", "PA"} or "transparency" in turned.info
    plain = Image.new("RGBA" if has_alpha else "RGB", turned.size)
    plain.paste(turned.convert(plain.mode))
    return plain

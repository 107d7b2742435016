"""Uploaded audio: what it is, how large and how long is read from the file itself, whatever its name says."""

from dataclasses import dataclass
from typing import IO, Any

import mutagen
from django.conf import settings
from django.core.exceptions import ValidationError
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4

MP3_TYPE, M4A_TYPE = "audio/mpeg", "audio/x-m4a"
EXTENSIONS = {MP3_TYPE: "mp3", M4A_TYPE: "m4a"}
NO_AUDIO = "This is no audio that can be read. Use an MP3 or M4A file."


@dataclass(frozen=True)
class Audio:
    mime: str
    length: int
    seconds: int


def read_audio(file: IO[bytes], size: int) -> Audio:
    """Reads some of the file. Raises ValidationError, with what to do, for anything but MP3 and M4A."""
    if size == 0:
        raise ValidationError("The file is empty. Choose another.")
    if size > settings.LARGEST_AUDIO_MB * 1024 * 1024:
        raise ValidationError(
            f"The file is larger than {settings.LARGEST_AUDIO_MB} MB. Save the audio as MP3 with 96 kbit/s."
        )
    file.seek(0)
    head = file.read(64)
    file.seek(0)
    try:
        mime, seconds = _read(file, head)
    except (mutagen.MutagenError, ValueError, EOFError) as error:
        raise ValidationError(NO_AUDIO) from error
    finally:
        file.seek(0)
    if seconds < 1:
        raise ValidationError("The audio is shorter than a second. Choose another file.")
    return Audio(mime, size, seconds)


def _read(file: IO[bytes], head: bytes) -> tuple[str, int]:
    """Its type and its seconds. Raises ValueError where it is neither of the two."""
    # An MP3 begins with its notes or with a frame's eleven set bits, MPEG-4 with the kinds that it is.
    if head.startswith(b"ID3") or (head[:1] == b"\xff" and head[1:2] >= b"\xe0"):
        mp3: Any = MP3(file)
        if mp3.info.sketchy:
            # Something like a frame was found, and no second one after it.
            raise ValueError
        return MP3_TYPE, round(mp3.info.length)
    if head[4:8] == b"ftyp" and b"M4A " in head[8 : int.from_bytes(head[:4], "big")]:
        m4a: Any = MP4(file)
        return M4A_TYPE, round(m4a.info.length)
    raise ValueError

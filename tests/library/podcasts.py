"""What the tests of the podcast are made of: sounds, pictures and episodes."""

from datetime import UTC, datetime
from io import BytesIO
from itertools import count
from pathlib import Path
from struct import pack
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from library.models import Chapter, Episode, EpisodePerson

SPOKEN = Path(settings.BASE_DIR) / "library" / "sample" / "episode.mp3"
TRANSCRIPT = """WEBVTT

00:00:00.400 --> 00:00:06.000
<v Ann>Welcome. Today: the back.

00:00:06.500 --> 00:00:11.000
<v Ben>Thank you, Ann.
"""
OUT = datetime(2026, 3, 2, 9, tzinfo=UTC)
_numbers = count(1)


def mp3(seconds: int = 30) -> bytes:
    """Silence: frames of MPEG-1 layer 3, 128 kbit/s, 44.1 kHz, each of 417 bytes and 1,152 samples."""
    frame = b"\xff\xfb\x90\xc4" + bytes(413)
    return frame * round(seconds * 44_100 / 1152)


def m4a(seconds: int = 30, brand: bytes = b"M4A ") -> bytes:
    """Just the boxes that say what it is and how long."""
    ftyp = _box(b"ftyp", brand, bytes(4), brand)
    hdlr = _box(b"hdlr", bytes(8), b"soun", bytes(12), b"\0")
    mdhd = _box(b"mdhd", bytes(12), pack(">II", 1000, seconds * 1000), bytes(4))
    return (
        ftyp + _box(b"moov", _box(b"mvhd", bytes(100)), _box(b"trak", _box(b"mdia", mdhd, hdlr))) + bytes(64)
    )


def _box(name: bytes, *content: bytes) -> bytes:
    inside = b"".join(content)
    return pack(">I", len(inside) + 8) + name + inside


def picture(side: int = 1400, height: int = 0, kind: str = "JPEG", **options: Any) -> bytes:
    written = BytesIO()
    Image.new("RGB", (side, height or side), "teal").save(written, kind, **options)
    return written.getvalue()


def picture_with_place() -> bytes:
    """As a telephone takes it: the place in its notes, and lying on its side."""
    image = Image.new("RGB", (1500, 1500), "teal")
    notes = image.getexif()
    notes[0x0112] = 6
    notes[0x010F] = "Camera of Ann"
    notes.get_ifd(0x8825).update({1: "N", 2: (53.0, 48.0, 0.0), 3: "W", 4: (1.0, 32.0, 0.0)})
    written = BytesIO()
    image.save(written, "JPEG", exif=notes, comment=b"taken at home")
    return written.getvalue()


def upload(content: bytes, name: str = "episode.mp3") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/octet-stream")


def make_episode(
    people: tuple[tuple[str, str], ...] = (), chapters: tuple[tuple[int, str], ...] = (), **values: Any
) -> Episode:
    """One that is out, unless ``publish_at`` says otherwise."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "title": f"Episode {number}",
        "slug": f"episode-{number}",
        "summary": f"What episode {number} is about.",
        "transcript": TRANSCRIPT,
        "publish_at": OUT,
    }
    if "audio_url" not in values and "audio" not in values:
        defaults["audio"] = ContentFile(mp3(), "talk.mp3")
    episode = Episode.objects.create(**defaults | values)
    for position, (name, role) in enumerate(people, start=1):
        EpisodePerson.objects.create(episode=episode, position=position, name=name, role=role)
    for start, title in chapters:
        Chapter.objects.create(episode=episode, start=start, title=title)
    return episode

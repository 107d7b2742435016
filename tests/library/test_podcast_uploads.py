"""What editors upload: audio and covers, known by what is in them."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict
from PIL import Image

from library.models import Episode, Show
from library.podcast_audio import read_audio
from library.podcast_forms import EpisodeForm
from tests.conditions.editing import form_with, said, typed
from tests.library.podcasts import m4a, make_episode, mp3, picture, picture_with_place, upload

pytestmark = pytest.mark.django_db
ADD = "/admin/library/episode/add/"
WORDS = {"title": "Sleeping", "slug": "sleeping", "summary": "About sleep.", "kind": "full"}


def sent(client, **values):
    return client.post(ADD, typed(client.get(ADD)) | WORDS | values)


def errors(response, field: str) -> str:
    """Those that stand with a field."""
    form = form_with(response, "title")
    rows = [row for row in form.all("div") if f"field-{field}" in row.get("class").split()]
    return " ".join(error.text for row in rows for error in row.all("ul", class_="errorlist"))


def files() -> list[str]:
    root = Path(settings.MEDIA_ROOT)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


# --- Audio ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "kind", "seconds"),
    [
        (mp3(30), "Talk of the day.MP3", "audio/mpeg", 30),
        (b"ID3\x03\x00\x00\x00\x00\x00\x00" + mp3(5), "x.mp3", "audio/mpeg", 5),
        (m4a(4000), "voice memo.m4a", "audio/x-m4a", 4000),
        (m4a(60), "wrong-name.mp3", "audio/x-m4a", 60),
        (mp3(60), "../../etc/<script>.html", "audio/mpeg", 60),
    ],
)
def test_kind_size_and_length_are_read_from_the_file(admin_client, content, name, kind, seconds):
    assert sent(admin_client, audio=upload(content, name)).status_code == 302
    episode: Any = Episode.objects.get()
    assert (episode.audio_type, episode.length, episode.seconds) == (kind, len(content), seconds)
    ending = {"audio/mpeg": "mp3", "audio/x-m4a": "m4a"}[kind]
    assert re.fullmatch(rf"podcast/sleeping-[0-9a-f]{{16}}\.{ending}", episode.audio.name)
    assert files() == [episode.audio.name]
    response = admin_client.get(episode.audio.url)
    assert (response.headers["Content-Type"], response.getvalue()) == (kind, content)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (picture(), "no audio that can be read"),
        (picture(kind="PNG"), "no audio that can be read"),
        (picture(kind="WEBP"), "no audio that can be read"),
        (b"ID3\x03\x00\x00\x00\x00\x00\x00" + picture(), "no audio that can be read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "no audio that can be read"),
        (b"OggS" + bytes(1000), "no audio that can be read"),
        (b"RIFF" + bytes(4) + b"WAVEfmt " + bytes(1000), "no audio that can be read"),
        (m4a(60, brand=b"qt  "), "no audio that can be read"),
        (m4a(60)[:60], "no audio that can be read"),
        (b"\xff\xfb\x90\xc4" + bytes(2000), "no audio that can be read"),
        (b"ID3\x03\x00\x00\x00\x00\x00\x00", "no audio that can be read"),
        (b"\x00\x00\x00\x00ftyp", "no audio that can be read"),
        (m4a(0), "shorter than a second"),
    ],
)
def test_what_is_no_audio_is_refused_whatever_its_name(admin_client, content, says):
    response = sent(admin_client, audio=upload(content, "episode.mp3"))
    assert says in errors(response, "audio")
    assert not Episode.objects.exists()
    assert files() == []


def test_what_was_typed_stays_when_the_audio_is_refused(admin_client):
    form = typed(sent(admin_client, audio=upload(b"x"), transcript="WEBVTT", summary="Typed with care."))
    assert (form["title"], form["summary"], form["transcript"]) == ("Sleeping", "Typed with care.", "WEBVTT")


def test_file_of_3_gb_is_refused_without_being_read():
    class Unread(BytesIO):
        def read(self, *args):
            raise AssertionError("it was read")

    file = UploadedFile(Unread(), "talk.mp3", "audio/mpeg", 3 * 1024**3)
    form = EpisodeForm(WORDS, MultiValueDict({"audio": [file]}))
    assert form.errors["audio"] == ["The file is larger than 300 MB. Save the audio as MP3 with 96 kbit/s."]


def test_upload_beyond_the_limit_is_let_go_while_it_comes_in(admin_client, settings, tmp_path):
    settings.LARGEST_AUDIO_MB, settings.FILE_UPLOAD_TEMP_DIR = 3, str(tmp_path)
    response = sent(admin_client, audio=upload(mp3(300)), summary="Typed with care.")
    assert "The file is larger than 3 MB." in errors(response, "audio")
    assert typed(response)["summary"] == "Typed with care."
    assert list(tmp_path.glob("*.upload*")) == []
    assert sent(admin_client, audio=upload(mp3(180))).status_code == 302
    episode: Any = Episode.objects.get()
    assert episode.length > 2_800_000


def test_what_is_typed_beside_an_uploaded_file_does_not_count(admin_client):
    sent(admin_client, audio=upload(mp3(30)), length="5", seconds="9:59", audio_type="audio/x-m4a")
    episode: Any = Episode.objects.get()
    address = f"/admin/library/episode/{episode.pk}/change/"
    for _ in range(2):
        assert (episode.length, episode.seconds, episode.audio_type) == (len(mp3(30)), 30, "audio/mpeg")
        form = typed(admin_client.get(address))
        assert form["seconds"] == "0:30"
        admin_client.post(address, form | {"length": "5", "seconds": "9:59", "audio_type": "audio/x-m4a"})
        episode.refresh_from_db()


@pytest.mark.parametrize(
    "address",
    [
        "http://audio.example.org/a.mp3",
        "https://127.0.0.1",
        "https://ann:secret@audio.example.org/a.mp3",
        "https://audio.example.org/a b.mp3",
        "https://audio.example.org; script-src *//a.mp3",
        "https://localhost/a.mp3",
        "file:///etc/passwd",
        "javascript:alert(1)//audio.example.org/a.mp3",
    ],
)
def test_address_of_audio_is_a_plain_https_one(admin_client, address):
    response = sent(admin_client, audio_url=address, audio_type="audio/mpeg", length="9", seconds="0:08")
    assert errors(response, "audio_url")
    assert not Episode.objects.exists()


def test_audio_elsewhere_is_as_the_editor_says(admin_client):
    values = {"audio_type": "audio/mpeg", "length": "12345", "seconds": "1:02:03"}
    sent(admin_client, audio_url="https://audio.example.org/a.mp3", **values)
    episode: Any = Episode.objects.get()
    assert (episode.seconds, episode.length, episode.audio_address) == (
        3723,
        12345,
        "https://audio.example.org/a.mp3",
    )


def test_file_and_address_together_are_refused(admin_client):
    response = sent(admin_client, audio=upload(mp3(5)), audio_url="https://audio.example.org/a.mp3")
    assert "There is an audio file too." in errors(response, "audio_url")


def test_programs_cannot_put_anything_else_there_either():
    with pytest.raises(ValidationError, match="no audio"):
        make_episode(audio=ContentFile(picture(), "a.mp3"))
    with pytest.raises(ValidationError, match="Line 4: <script>"):
        make_episode(transcript="WEBVTT\n\n00:01.000 --> 00:02.000\n<script>x</script>")
    with pytest.raises(ValidationError, match="300 by 200"):
        Show.objects.create(cover=ContentFile(picture(300, 200), "a.jpg"))


def test_position_in_the_file_is_given_back():
    file = BytesIO(mp3(5))
    assert read_audio(file, len(mp3(5))).seconds == 5
    assert file.tell() == 0


# --- Transcripts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("transcript", "says"),
    [
        ("Hello", "Line 1: a transcript begins with the word WEBVTT"),
        ("WEBVTT\r\n\r\n00:01.000 --> 00:02.000\r\n<script>alert(1)</script>", "Line 4: <script>"),
        ("WEBVTT\n\n00:31.000 --> 00:33.000\nBye.", "goes on until 0:31, and the audio ends at 0:30"),
    ],
)
def test_transcript_is_checked_and_the_line_is_named(admin_client, transcript, says):
    response = sent(admin_client, audio=upload(mp3(30)), transcript=transcript)
    assert says in errors(response, "transcript")
    assert typed(response)["transcript"] == transcript.replace("\r\n", "\n").replace("\n", "\r\n")


# --- Covers ---------------------------------------------------------------------------------------


def test_cover_is_made_anew_and_says_nothing_of_where_it_was_taken(admin_client):
    assert sent(admin_client, picture=upload(picture_with_place(), "IMG_2041 home.jpg")).status_code == 302
    episode: Any = Episode.objects.get()
    assert re.fullmatch(r"podcast/[0-9a-f]{32}\.jpg", episode.picture.name)
    content = Path(episode.picture.path).read_bytes()
    assert b"Camera of Ann" not in content
    assert b"taken at home" not in content
    with Image.open(BytesIO(content)) as made:
        assert (made.format, made.mode, made.size) == ("JPEG", "RGB", (1500, 1500))
        assert not made.getexif()
        assert set(made.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    with Image.open(episode.picture.path.replace(".jpg", "-small.webp")) as small:
        assert (small.format, small.size) == ("WEBP", (320, 320))


def test_cover_larger_than_apple_takes_is_made_smaller():
    show = Show.objects.create(cover=ContentFile(picture(3500, kind="PNG"), "a.png"))
    with Image.open(show.cover.path) as made:
        assert (made.format, made.size) == ("JPEG", (3000, 3000))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (picture(1399), "1399 pixels wide"),
        (picture(1500, 1400), "1500 by 1400 pixels"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture"),
        (mp3(5), "no picture"),
        (picture()[:5000], "no picture"),
        (picture(kind="GIF"), "no picture"),
        (picture(8000, kind="PNG"), "too many pixels"),
        (bytes(10 * 1024 * 1024 + 1), "larger than 10 MB"),
    ],
)
def test_what_is_no_cover_is_refused(admin_client, content, says):
    response = sent(admin_client, picture=upload(content, "cover.jpg"))
    assert says in errors(response, "picture")
    assert files() == []


def test_cover_of_the_show(admin_client):
    address = "/admin/library/show/add/"
    form = typed(admin_client.get(address))
    response = admin_client.post(address, form | {"cover": upload(picture(300), "c.jpg")})
    assert "300 pixels wide" in said(admin_client, response)
    assert admin_client.post(address, form | {"cover": upload(picture(), "c.jpg")}).status_code == 302
    show: Any = Show.objects.get()
    assert show.cover.name.endswith(".jpg")

"""/media/: which uploaded files go out, and how; whole, in parts, or not at all."""

import os
import re
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.django_db
SOUND = bytes(range(256)) * 10
SIZE = len(SOUND)
TIME = 1_700_000_000


@pytest.fixture
def sound():
    """Its address."""
    return put("podcast/talk-1a2b.mp3", SOUND)


def put(name: str, content: bytes) -> str:
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (TIME, TIME))
    return f"/media/{name}"


def body(response) -> bytes:
    return response.getvalue()


def test_whole_file(client, sound):
    response = client.get(sound)
    assert (response.status_code, body(response)) == (200, SOUND)
    headers = response.headers
    assert headers["Content-Type"] == "audio/mpeg"
    assert headers["Content-Length"] == str(SIZE)
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["Last-Modified"] == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert re.fullmatch(r'"[0-9a-f]+-[0-9a-f]+"', headers["ETag"])
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert not response.cookies


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("podcast/a.mp3", "audio/mpeg"),
        ("podcast/a.m4a", "audio/x-m4a"),
        ("pictures/0f.webp", "image/webp"),
        ("podcast/0f.jpg", "image/jpeg"),
        ("0f.png", "image/png"),
    ],
)
def test_nothing_runs_in_what_is_served(client, name, kind):
    response = client.get(put(name, b"<script>alert(1)</script>"))
    assert response.status_code == 200
    assert response.headers["Content-Type"] == kind
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Disposition"] == "inline"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; media-src 'self'; sandbox"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    response.close()


@pytest.mark.parametrize(
    "name",
    [
        "a.html",
        "a.svg",
        "a.js",
        "a.php",
        "a.txt",
        "a",
        ".htaccess",
        "a.mp3.html",
        "a.html.mp3",
        ".mp3",
        "a.MP3",
    ],
)
def test_other_kinds_are_not_there(client, name):
    assert client.get(put(name, b"x")).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "../secret.mp3",
        "..%2fsecret.mp3",
        "podcast/../../secret.mp3",
        "podcast/..%2f..%2fsecret.mp3",
        "/secret.mp3",
        "podcast//talk-1a2b.mp3",
        "podcast\\talk-1a2b.mp3",
        "%2e%2e/secret.mp3",
        "talk%00.mp3",
        "talk-1a2b.mp3%0a",
        "podcast/",
        "podcast",
        "no-such.mp3",
        "folder.mp3",
    ],
)
def test_no_way_out_of_the_folder(client, sound, path):
    root = Path(settings.MEDIA_ROOT)
    (root.parent / "secret.mp3").write_bytes(b"secret")
    (root / "folder.mp3").mkdir()
    assert client.get(f"/media/{path}").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options"])
def test_only_read(client, sound, method):
    assert getattr(client, method)(sound).status_code == 405


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=2000-", 2000, SIZE - 1),
        ("bytes=0-", 0, SIZE - 1),
        ("bytes=-1", SIZE - 1, SIZE - 1),
        ("bytes=-100", SIZE - 100, SIZE - 1),
        ("bytes=-999999", 0, SIZE - 1),
        ("bytes=2550-999999999999999999", 2550, SIZE - 1),
        ("Bytes=1-1", 1, 1),
    ],
)
def test_one_range(client, sound, asked, first, last):
    response = client.get(sound, headers={"Range": asked})
    assert response.status_code == 206
    assert response.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert response.headers["Content-Length"] == str(last - first + 1)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert body(response) == SOUND[first : last + 1]


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=999999-", "bytes=999999-1000000", "bytes=-0"])
def test_range_that_the_file_does_not_have(client, sound, asked):
    response = client.get(sound, headers={"Range": asked})
    assert response.status_code == 416
    assert response.headers["Content-Range"] == f"bytes */{SIZE}"
    assert response.content == b""


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=5-2",
        "bytes=0-0,5-6",
        "bytes=" + ",".join(f"{n}-{n}" for n in range(500)),
        "bytes=" + "0-," * 1000 + "0-",
        "bytes=-",
        "bytes=",
        "bytes",
        "bytes=a-b",
        "bytes=--1",
        "bytes=1-2-3",
        "bytes=٣-٤",
        "bytes=" + "9" * 5000 + "-",
        "lines=0-1",
        "0-1",
    ],
)
def test_what_is_no_single_range_gives_the_whole_file(client, sound, asked):
    # A header's bytes, as servers hand them on.
    response = client.get(sound, headers={"Range": asked.encode().decode("latin-1")})
    assert (response.status_code, body(response)) == (200, SOUND)
    assert "Content-Range" not in response.headers


def test_range_of_an_empty_file(client):
    address = put("podcast/empty.mp3", b"")
    assert client.get(address, headers={"Range": "bytes=0-"}).status_code == 416
    assert body(client.get(address)) == b""


def test_if_range_gives_the_part_only_of_the_same_file(client, sound):
    headers = client.head(sound).headers
    for same in (headers["ETag"], headers["Last-Modified"]):
        response = client.get(sound, headers={"Range": "bytes=1-2", "If-Range": same})
        assert (response.status_code, body(response)) == (206, SOUND[1:3])
    for other in ('"another"', f"W/{headers['ETag']}", "Tue, 14 Nov 2023 22:13:21 GMT", "rubbish"):
        response = client.get(sound, headers={"Range": "bytes=1-2", "If-Range": other})
        assert (response.status_code, body(response)) == (200, SOUND)


def test_what_a_browser_has_is_not_sent_again(client, sound):
    headers = client.head(sound).headers
    for known in (
        {"If-None-Match": headers["ETag"]},
        {"If-Modified-Since": headers["Last-Modified"]},
        {"If-None-Match": headers["ETag"], "Range": "bytes=1-2"},
    ):
        response = client.get(sound, headers=known)
        assert (response.status_code, response.content) == (304, b"")
        # A browser takes these over for the file that it holds.
        assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    response = client.get(sound, headers={"If-None-Match": '"another"'})
    assert (response.status_code, body(response)) == (200, SOUND)
    assert client.get(sound, headers={"If-Match": '"another"'}).status_code == 412


def test_head_says_the_same_without_the_file(client, sound):
    whole, head = client.get(sound), client.head(sound, headers={"Range": "bytes=1-2"})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(SIZE)
    assert head.headers.items() >= whole.headers.items()
    whole.close()


def test_a_listener_who_leaves_leaves_no_file_open(client, sound):
    response = client.get(sound)
    next(iter(response))
    # An open file is a warning, and warnings fail.
    response.close()

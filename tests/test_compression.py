"""Pages travel packed; what a player asks for in parts does not."""

import gzip

import pytest

from tests.library.podcasts import make_episode
from tests.markup import page_of

pytestmark = pytest.mark.django_db
PACKED = {"Accept-Encoding": "gzip, br"}


def test_a_page_travels_packed_for_who_takes_it(client):
    plain, packed = client.get("/"), client.get("/", headers=PACKED)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 2
    assert gzip.decompress(packed.content) == plain.content
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert page_of(plain).one("h1")


def test_a_part_of_an_episode_stays_as_it_is(client):
    audio = make_episode().audio.url
    part = client.get(audio, headers=PACKED | {"Range": "bytes=0-99"})
    assert (part.status_code, part.headers["Content-Length"]) == (206, "100")
    assert "Content-Encoding" not in part.headers
    assert len(b"".join(part)) == 100

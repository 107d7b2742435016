"""Public pages through nginx's cache: the site says for how long, and packs each once."""

import gzip

import brotli
import pytest

from tests.production.servers import until
from tests.production.test_processes import PUBLISH

PAGES = ["/", "/conditions/sore-elbow/", "/treatments/heat/", "/physiotherapists/in/leeds/", "/about/"]


@pytest.mark.parametrize("path", PAGES)
def test_public_pages_are_kept_and_the_same_for_everybody(site, path):
    first = site.ask(path)
    assert "s-maxage" in first.headers["Cache-Control"]
    assert first.headers["Set-Cookie"] is None
    again = site.ask(path, User_Agent="another", Cookie="a=b")
    assert again.headers["X-Cache"] in {"HIT", "STALE", "UPDATING", "REVALIDATED"}
    assert again.body == first.body


@pytest.mark.parametrize(
    ("accepted", "unpack"), [("gzip, deflate, br", brotli.decompress), ("gzip", gzip.decompress)]
)
def test_pages_go_out_packed(site, accepted, unpack):
    path = "/conditions/sore-elbow/"
    plain, packed = site.ask(path), site.ask(path, Accept_Encoding=accepted)
    assert packed.headers["Content-Encoding"] in accepted
    assert unpack(packed.body) == plain.body
    assert "Accept-Encoding" in packed.headers["Vary"]


def test_a_page_that_has_not_changed_is_not_sent_again(site):
    known = site.ask("/conditions/sore-elbow/").headers["ETag"]
    assert known.startswith('"')
    answer = site.ask("/conditions/sore-elbow/", If_None_Match=known)
    assert (answer.status, answer.body) == (304, b"")


def test_a_change_comes_through(site):
    site.ask("/conditions/sore-elbow/")
    site.run(PUBLISH.format(number=50))
    until(lambda: "Words number 50." in site.ask("/conditions/sore-elbow/").text, "the change shows")

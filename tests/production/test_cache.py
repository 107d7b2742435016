"""What nginx keeps, and what it never does."""

import gzip
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.production.servers import until
from tests.public_pages import BOOK, HELD, MANAGE


def test_what_the_site_lets_it_keep_is_kept(site):
    assert site.ask("/places/?q=kept").headers["X-Cache"] == "MISS"
    again = site.ask("/places/?q=kept")
    assert (again.status, again.headers["X-Cache"]) == (200, "HIT")


@pytest.mark.parametrize("path", [BOOK, HELD, MANAGE, "/admin/login/", "/healthz/", "/readyz/", "/mails/"])
def test_what_is_one_persons_or_of_one_moment_is_never_kept(site, path):
    for _ in range(3):
        assert site.ask(path).headers["X-Cache"] in {None, "MISS", "BYPASS"}


def test_whoever_is_signed_in_is_neither_given_nor_leaves_anything(site):
    path = "/places/?q=signed"
    for _ in range(2):
        assert site.ask(path, Cookie="a=b; sessionid=abcdefgh").headers["X-Cache"] == "BYPASS"
    assert site.ask(path).headers["X-Cache"] == "MISS"


def test_headers_do_not_make_other_entries(site):
    """Nobody fills the disk with one page, or gives others what they asked for themselves."""
    path = "/places/?q=lee"
    whole = site.ask(path)
    for headers in (
        {"X_Forwarded_Host": "evil.example"},
        {"X_Forwarded_Proto": "http"},
        {"User_Agent": "another"},
        {"Accept_Language": "cy"},
        {"Accept_Encoding": "identity;q=0.5"},
        {"Cookie": "theme=dark"},
    ):
        answer = site.ask(path, **headers)
        assert (answer.headers["X-Cache"], answer.body) == ("HIT", whole.body), headers


def test_each_encoding_has_its_own_entry(site):
    path = "/places/?q=encoded"
    plain = site.ask(path)
    packed = site.ask(path, Accept_Encoding="gzip")
    body = gzip.decompress(packed.body) if packed.headers["Content-Encoding"] == "gzip" else packed.body
    assert body == plain.body
    assert packed.headers["X-Cache"] == "MISS"
    assert site.ask(path).headers.get("Content-Encoding") is None


def test_many_at_once_are_one_question_to_the_site(site):
    """On an address that nobody has asked for yet."""
    path = "/places/?q=crowd"
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: site.ask(path), range(40)))
    assert {answer.status for answer in answers} == {200}
    assert [answer.headers["X-Cache"] for answer in answers].count("MISS") == 1


def test_what_is_kept_is_shown_while_both_processes_are_away(site):
    assert site.ask("/places/?q=away").status == 200
    for gunicorn in site.gunicorns:
        gunicorn.kill()
        # A listening socket would let nginx wait for an answer.
        gunicorn.shut()
    try:
        assert site.ask("/places/?q=away").status == 200
        refused = site.ask("/places/?q=not-kept")
        assert refused.status == 502
        assert "Try again in a minute" in refused.text
        shown = re.search(r'id="request-id">([0-9a-f]{32})<', refused.text)
        assert shown, refused.text
        log = Path(site.environment["NGINX_LOGS"], "access.log")
        until(lambda: shown and f'"id":"{shown[1]}"' in log.read_text(), "its number is in the log")
        assert refused.headers["Cache-Control"] is None
    finally:
        for gunicorn in site.gunicorns:
            gunicorn.listen()
            gunicorn.start()
        site.wait_until_ready()
    # Left out for some seconds, and asked again then.
    until(lambda: site.ask("/places/?q=back").status == 200, "nginx asks the processes again")

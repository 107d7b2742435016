"""What is kept, for whom, and until when."""

import gzip
from threading import Event, Thread

import brotli
import pytest
from django.conf import settings as real_settings
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from django.db import connections

from conditions import views
from conditions.models import Page, Version
from conditions.versions import publish, start_draft
from freshness.version import current
from physiosite import page_cache, public_pages
from physiosite.page_cache import PageCache
from tests.factories import make_clinic, make_page, make_physiotherapist
from tests.speed.asking import ask, new_process

ELBOW = "/conditions/sore-elbow/"


@pytest.fixture
def site(db):
    make_page("sore-elbow", title="Sore elbow")
    return new_process()


@pytest.fixture
def made(monkeypatch):
    """The pages on conditions that are made, as they are made."""
    made = []
    make = views.page_context

    def counted(version):
        made.append(version.page.slug)
        return make(version)

    monkeypatch.setattr(views, "page_context", counted)
    return made


def change(words: str) -> None:
    draft = start_draft(Page.objects.get(slug="sore-elbow"), None)
    Version.objects.filter(pk=draft.pk).update(summary=words)
    publish(draft, by=None, unsigned=True)


# --- Once for everybody -----------------------------------------------------------------------


def test_page_is_made_once_and_is_the_same_for_everybody(site, made):
    first = ask(site, ELBOW)
    second = ask(site, ELBOW, HTTP_COOKIE="sessionid=x; theme=dark", HTTP_USER_AGENT="Another")
    assert first.status == 200
    assert first == second
    assert made == ["sore-elbow"]
    assert "Set-Cookie" not in first.headers
    assert first.headers["Vary"] == "Accept-Encoding"


def test_change_shows_at_once_and_the_tag_changes_with_it(site, made):
    before = ask(site, ELBOW)
    change("Other words.")
    after = ask(site, ELBOW)
    assert "Other words." in after.text
    assert before.headers["ETag"] != after.headers["ETag"]
    assert made == ["sore-elbow"] * 2


def test_change_that_changes_nothing_of_a_page_leaves_its_tag(site, made):
    before = ask(site, ELBOW)
    make_page("sore-knee", areas=("knee",))
    after = ask(site, ELBOW)
    assert made == ["sore-elbow"] * 2
    assert before.headers["ETag"] == after.headers["ETag"]


def test_nobody_is_sent_what_they_have(site):
    tag = ask(site, ELBOW).headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = ask(site, ELBOW, HTTP_IF_NONE_MATCH=known)
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers.keys() == {"ETag", "Cache-Control", "Vary"}
    assert ask(site, ELBOW, HTTP_IF_NONE_MATCH='"other"').status == 200


def test_pages_made_for_conditional_requests_are_whole(site):
    answer = ask(
        site, "/blog/feed/", HTTP_IF_MODIFIED_SINCE="Sun, 22 Nov 2099 00:00:00 GMT", HTTP_RANGE="bytes=0-1"
    )
    assert answer.status == 200
    assert b"<feed" in answer.body
    assert ask(site, "/blog/feed/").body == answer.body


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("br;q=0, gzip;q=0", ""),
        ("*", "br"),
        ("identity", ""),
        ("nonsense;;q==,", ""),
        ("", ""),
    ],
)
def test_page_comes_in_the_coding_that_is_asked_for(site, accepted, coding):
    plain = ask(site, ELBOW)
    answer = ask(site, ELBOW, HTTP_ACCEPT_ENCODING=accepted)
    opened = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}[coding](answer.body)
    assert answer.headers.get("Content-Encoding", "") == coding
    assert opened == plain.body
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert (answer.headers["ETag"] == plain.headers["ETag"]) == (coding == "")


def test_each_coding_is_made_once(site, monkeypatch):
    times = []
    compress = brotli.compress

    def counted(*args, **named):
        times.append(1)
        return compress(*args, **named)

    monkeypatch.setattr(brotli, "compress", counted)
    for _ in range(3):
        ask(site, ELBOW, HTTP_ACCEPT_ENCODING="br")
    assert len(times) == 1


def test_head_is_get_without_the_body(site):
    got, head = ask(site, ELBOW), ask(site, ELBOW, "HEAD")
    assert (head.status, head.headers, head.body) == (got.status, got.headers, b"")


# --- What is not kept -------------------------------------------------------------------------


def test_lost_pages_are_not_kept(site):
    assert ask(site, "/conditions/none/").status == 404
    assert site.memory.bytes == 0


def test_addresses_with_a_query_are_kept_when_they_come_again(site):
    for number in range(3):
        ask(site, f"/search/?q=elbow{number}")
    assert site.memory.bytes == 0
    ask(site, "/search/?q=elbow1")
    assert site.memory.get("/search/?q=elbow1")


def test_unknown_parameters_make_no_other_page(site, made):
    for extra in ("", "?utm_source=a", "?utm_source=b&x=y", "?%00", "?q=1"):
        assert ask(site, ELBOW + extra).status == 200
    assert made == ["sore-elbow"]


def test_what_was_sent_beside_the_address_reaches_no_page(site):
    """Whoever asks first writes nothing into what the others get."""
    poison = "poison.example"
    first = ask(
        site,
        f"{ELBOW}?utm={poison}",
        HTTP_X_FORWARDED_HOST=poison,
        HTTP_X_FORWARDED_FOR=poison,
        HTTP_X_FORWARDED_PROTO="https",
        HTTP_X_HTTP_METHOD_OVERRIDE="POST",
        HTTP_X_ORIGINAL_URL=f"/{poison}",
        HTTP_FORWARDED=f"host={poison}",
        HTTP_ACCEPT=poison,
        HTTP_ACCEPT_LANGUAGE="de",
        HTTP_RANGE="bytes=0-10",
        HTTP_REFERER=f"https://{poison}/",
        HTTP_USER_AGENT=poison,
        HTTP_COOKIE=f"a={poison}",
        HTTP_IF_NONE_MATCH=f'"{poison}"',
    )
    assert first.status == 200
    assert poison not in first.text + str(first.headers)
    assert new_process_answer(first) == first.body


def new_process_answer(first):
    return ask(new_process(), ELBOW).body


def test_other_hosts_are_refused_though_the_page_is_kept(site):
    assert ask(site, ELBOW).status == 200
    assert ask(site, ELBOW, HTTP_HOST="evil.example").status == 400
    assert ask(site, ELBOW, HTTP_HOST="testserver, evil.example").status == 400


def test_plain_http_is_sent_on_though_the_page_is_kept(site, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Django reads these settings when it is set up.
    process = PageCache(get_wsgi_application())
    assert ask(process, ELBOW, HTTP_X_FORWARDED_PROTO="https").status == 200
    assert ask(process, ELBOW, HTTP_X_FORWARDED_PROTO="http").status == 301
    assert ask(process, ELBOW).status == 301


def test_position_is_kept_by_nobody(site):
    address = "/physiotherapists/?lat=53.8&lng=-1.55"
    for _ in range(3):
        answer = ask(site, address)
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == public_pages.OWN
    assert site.memory.bytes == 0


def test_page_with_a_cookie_or_for_nobody_else_is_not_kept(site, monkeypatch):
    for header, value in (("Set-Cookie", "a=b"), ("Cache-Control", "private, no-store")):

        def other(environ, start, header=header, value=value):
            start(
                "200 OK",
                [("Content-Type", "text/html"), ("Cache-Control", "public, max-age=1"), (header, value)],
            )
            return closable([b"own"])

        process = PageCache(other)
        assert ask(process, ELBOW).body == b"own"
        assert process.memory.bytes == 0


class closable(list):  # noqa: N801
    def close(self):
        pass


def test_letters_beyond_ascii_arrive_as_they_were_sent(site):
    sent = "/search/?q=" + "Ménière".encode().decode("latin-1")
    assert "Ã" not in ask(site, sent).text
    assert ask(site, sent) == ask(site, "/search/?q=M%C3%A9ni%C3%A8re")


def test_memory_is_bounded_and_the_longest_unused_goes_first():
    memory = page_cache.Memory(50_000)
    page = page_cache.KeptPage("200 OK", [("Content-Type", "text/html")], b"x" * 5000, "1", 0.0)
    for number in range(20):
        memory.put(str(number), page)
        assert memory.get("0")
    assert memory.bytes <= 50_000
    assert memory.get("1") is None
    assert memory.get("19")


# --- Several at once --------------------------------------------------------------------------


def test_page_that_many_ask_for_at_once_is_made_once(committed_db, monkeypatch):
    make_page("sore-elbow")
    # So that no thread goes on with the version of another test.
    assert current()
    site, made, more_than_one = new_process(), [], Event()
    make = views.page_context

    def slowly(version):
        made.append(1)
        if len(made) > 1:
            more_than_one.set()
        # Without a lock the others come here meanwhile; with it, this ends by itself.
        more_than_one.wait(0.5)
        return make(version)

    monkeypatch.setattr(views, "page_context", slowly)
    answers = []
    threads = [Thread(target=lambda: answers.append(_ask_and_close(site))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert {answer.status for answer in answers} == {200}
    assert len(answers) == 8


def test_while_a_page_is_made_anew_others_get_the_one_of_before(committed_db, monkeypatch):
    make_page("sore-elbow")
    site, is_making, may_end = new_process(), Event(), Event()
    before = ask(site, ELBOW)
    make = views.page_context

    def slowly(version):
        is_making.set()
        assert may_end.wait(30)
        return make(version)

    change("Other words.")
    assert current()
    monkeypatch.setattr(views, "page_context", slowly)
    answers = []
    thread = Thread(target=lambda: answers.append(_ask_and_close(site)))
    thread.start()
    assert is_making.wait(30)
    try:
        assert ask(site, ELBOW).body == before.body
    finally:
        may_end.set()
        thread.join()
    assert "Other words." in answers[0].text
    assert ask(site, ELBOW).body == answers[0].body


def _ask_and_close(site):
    try:
        return ask(site, ELBOW)
    finally:
        connections.close_all()


# --- Several processes ------------------------------------------------------------------------


@pytest.fixture
def shared_cache(settings, tmp_path):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(tmp_path),
        }
    }
    yield
    cache.clear()


@pytest.mark.usefixtures("shared_cache")
def test_what_one_process_has_made_the_others_have(site, made):
    one, other = site, new_process()
    first = ask(one, ELBOW, HTTP_ACCEPT_ENCODING="br")
    assert ask(other, ELBOW, HTTP_ACCEPT_ENCODING="br") == first
    change("Other words.")
    assert "Other words." in ask(other, ELBOW).text
    assert "Other words." in ask(one, ELBOW).text
    assert made == ["sore-elbow"] * 2


@pytest.mark.usefixtures("shared_cache")
def test_process_waits_for_the_page_that_another_one_makes(committed_db, monkeypatch):
    make_page("sore-elbow")
    assert current()
    one, other, is_making, made = new_process(), new_process(), Event(), []
    make = views.page_context

    def slowly(version):
        made.append(1)
        is_making.set()
        # Long enough for the other to ask, which would come here too if it did not wait.
        Event().wait(0.3)
        return make(version)

    monkeypatch.setattr(views, "page_context", slowly)
    answers = []
    thread = Thread(target=lambda: answers.append(_ask_and_close(one)))
    thread.start()
    assert is_making.wait(30)
    assert ask(other, ELBOW).status == 200
    thread.join()
    assert made == [1]


def test_pages_with_times_are_made_anew_within_seconds(db, monkeypatch):
    make_physiotherapist((make_clinic("LS1 4AP"),), slug="ada")
    site = new_process()
    ask(site, "/physiotherapists/ada/")
    page = site.memory.get("/physiotherapists/ada/")
    assert page
    page.made_at -= public_pages.TIMES
    ask(site, "/physiotherapists/ada/")
    assert site.memory.get("/physiotherapists/ada/") is not page


def test_while_developing_nothing_is_kept(db, settings):
    settings.PAGE_CACHE_MB = 0
    make_page("sore-elbow")
    site = new_process()
    assert "ETag" not in ask(site, ELBOW).headers
    assert site.memory.bytes == 0
    assert real_settings.PAGE_CACHE_MB == 0

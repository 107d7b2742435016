"""Pages that are not there, or not any more, search for what was meant."""

import pytest
from django.db import OperationalError, connection

from conditions.versions import change_address, unpublish
from library.models import UrgentPhrases
from physiosite import lost
from physiosite.lost import words_of_address
from physiosite.search.results import search
from tests.factories import make_card, make_clinic, make_page, make_physiotherapist
from tests.markup import page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def content():
    make_page("sciatica", title="Sciatica", areas=("lower-back",))
    make_page("frozen-shoulder", title="Frozen shoulder", areas=("shoulder",))
    for number in range(8):
        make_page(f"sore-knee-{number}", title=f"Sore knee {number}", areas=("knee",))


def lost_page(client, path, status=404):
    response = client.get(path)
    assert response.status_code == status
    page = page_of(response)
    assert "noindex" in page.one("meta", name="robots")["content"]
    return page


def offered(page) -> list[str]:
    found = page.all("section", aria_labelledby="meant")
    return list(found[0].links) if found else []


def box(page) -> str:
    form = page.one("main").one("form", action="/search/")
    return form.one("input", name="q")["value"]


@pytest.mark.parametrize(
    ("path", "words", "first"),
    [
        ("/conditions/siatica/", "sciatica", "/conditions/sciatica/"),
        ("/sciatica", "sciatica", "/conditions/sciatica/"),
        ("/conditions/frozen_sholder.html", "frozen shoulder", "/conditions/frozen-shoulder/"),
        ("/blog/2019/05/frozen-shoulder/", "frozen shoulder", "/conditions/frozen-shoulder/"),
        ("/treatments/Frozen%20Shoulder/", "frozen shoulder", "/conditions/frozen-shoulder/"),
    ],
)
def test_address_is_searched_for(client, content, path, words, first):
    page = lost_page(client, path)
    assert offered(page)[0] == first
    assert box(page) == words


def test_five_are_offered_at_most(client, content):
    assert len(offered(lost_page(client, "/sore-knees/"))) == 5


def test_withdrawn_page_offers_others_and_what_to_read_instead_once(client, content):
    instead = make_page("sore-elbow", title="Sore elbow", areas=("elbow",))
    unpublish(make_page("sore-knee", areas=("knee",)).page, reason="It was wrong.", instead=instead.page)
    page = lost_page(client, "/conditions/sore-knee/", status=410)
    assert "It was wrong." in page.one("main").text
    assert 0 < len(offered(page)) <= 5
    assert {"/conditions/sore-knee/", "/conditions/sore-elbow/"}.isdisjoint(offered(page))
    assert "/conditions/sore-elbow/" in page.one("main").links


def test_name_finds_the_person(client):
    make_physiotherapist((make_clinic(),), name="Ada Lovelace", slug="ada-lovelace-2")
    assert offered(lost_page(client, "/physiotherapists/ada-lovelace/")) == [
        "/physiotherapists/ada-lovelace-2/"
    ]


def test_town_without_a_page_leads_to_the_search_there_and_to_nothing_else(client):
    make_page("york", title="York", areas=("knee",))
    links = offered(lost_page(client, "/physiotherapists/in/york/"))
    assert links == ["/physiotherapists/?location=York"]


def test_urgent_words_show_what_to_do(client):
    UrgentPhrases.objects.create(card=make_card(heading="Call 999 now if:"), phrases="chest pain")
    assert "Call 999 now if:" in lost_page(client, "/conditions/chest-pain/").one("main").text


def test_nothing_found_still_fills_in_the_box(client):
    page = lost_page(client, "/conditions/qqqqqq/")
    assert (offered(page), box(page)) == ([], "qqqqqq")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", ""),
        ("/conditions/", ""),
        ("/conditions/neck-pain/changes/", "neck pain"),
        ("/resources/neck pain/", "neck pain"),
        ("/a-b-c-1234/", ""),
        ("/one/two/three/four/five/six/seven/eight/", "one two three four five six"),
        ("/conditions/" + "x" * 500 + "/", ""),
        ("/appointments/abcdef:ghijkl/", ""),
        ("/physiotherapists/ada-sample/book/abcdef:ghijkl/", "ada sample"),
        ("/preview/neck-pain/", ""),
        ("/static-posture/", "static posture"),
        ("/podcast/preview/neck-pain/", ""),
        ("/media/podcast/neck-pain.mp3", ""),
        ("/static/neck-pain.css", ""),
        ("/admin/neck-pain/", ""),
        ("/wp-login.php", ""),
        ("/wp-admin/setup/", ""),
        ("/.env", ""),
        ("/.git/config", ""),
        ("/neck-pain.php", ""),
        ("/<script>alert(1)</script>/", ""),
        ("/\x00neck/\u202epain/", ""),
    ],
)
def test_words_of_an_address(path, words):
    assert words_of_address(path) == words


@pytest.mark.parametrize("bad", ["<script>alert(1)</script>", '"><b>x</b>', "' onfocus='x", "{{ 1|add:1 }}"])
def test_nothing_of_an_address_does_anything(client, bad):
    page = lost_page(client, f"/conditions/{bad}/")
    assert not [script for script in page.all("script") if not script.get("src")]
    assert page.one("main").all("b") == []
    assert all("onfocus" not in element.attributes for element in page.walk())


@pytest.mark.parametrize("path", ["/conditions/siatica/", "/conditions/sore-knee/"])
def test_one_search_at_most(client, content, monkeypatch, path):
    unpublish(make_page("sore-knee", areas=("knee",)).page, reason="It was wrong.")
    asked = []

    def counted(words):
        asked.append(words)
        return search(words)

    monkeypatch.setattr(lost, "search", counted)
    client.get(path)
    assert len(asked) == 1


@pytest.mark.parametrize("method", ["head", "post"])
def test_only_who_reads_the_page_has_it_searched(client, monkeypatch, method):
    monkeypatch.setattr(lost, "search", lambda words: pytest.fail("searched"))
    assert getattr(client, method)("/conditions-of-old/siatica/").status_code == 404


def test_address_that_has_moved_is_not_searched_for(client, content, monkeypatch):
    change_address(make_page("old", areas=("knee",)).page, "new")
    monkeypatch.setattr(lost, "search", lambda words: pytest.fail("searched"))
    assert client.get("/conditions/old/").status_code == 301


def test_search_that_fails_leaves_the_page_and_is_logged(client, monkeypatch, caplog):
    def broken(words):
        raise RuntimeError("the index is gone")

    monkeypatch.setattr(lost, "search", broken)
    page = lost_page(client, "/conditions/siatica/")
    assert (offered(page), box(page)) == ([], "siatica")
    assert "The search for a lost page failed" in caplog.text
    assert "the index is gone" not in page.text


def test_database_that_fails_leaves_the_page(client, monkeypatch):
    def cursor(*args, **kwargs):
        raise OperationalError("gone")

    monkeypatch.setattr(connection, "cursor", cursor)
    page = lost_page(client, "/no-such/siatica/")
    assert page.one("h1").text == "We cannot find that page"
    assert box(page) == "no such siatica"

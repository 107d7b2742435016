"""Titles, descriptions, canonical addresses, and what is shown where somebody shares a link."""

from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.db import transaction
from django.test import Client
from PIL import Image

from conditions.models import Page
from conditions.pictures import LONGEST_SIDE
from conditions.templatetags.machines import HEIGHT, PICTURES, WIDTH
from tests.factories import make_page, make_physiotherapist
from tests.library.podcasts import make_episode
from tests.markup import page_of
from tests.whole_site import is_indexed, make_site, walked

pytestmark = pytest.mark.django_db
HOST = "http://testserver"
LARGEST = 60_000


@pytest.fixture(scope="module")
def pages(django_db_setup, django_db_blocker):
    """Every page of the site, asked for once."""
    with django_db_blocker.unblock(), transaction.atomic():
        make_site()
        found = walked(Client())
        transaction.set_rollback(True)
    return found


@pytest.fixture(scope="module")
def indexed(pages):
    return {path: page for path, page in pages.items() if is_indexed(page)}


def title(page):
    return page.one("head").one("title").children[0]


def description(page):
    return page.one("meta", name="description")["content"]


def shared(page):
    found = page.all("meta")
    named = [(meta["property"], meta["content"]) for meta in found if meta.get("property")]
    assert len(named) == len(dict(named))
    return dict(named)


def test_walk_finds_every_kind_of_page(indexed):
    assert {
        "/", "/conditions/", "/conditions/areas/knee/", "/conditions/sore-knee/", "/treatments/heat/changes/",
        "/blog/", "/blog/plain-post/", "/resources/", "/resources/glossary/", "/resources/organisations/",
        "/resources/neck-sheet/", "/podcast/backs/", "/physiotherapists/", "/physiotherapists/in/leeds/",
        "/about/", "/sources/",
    } <= indexed.keys()  # fmt: skip


# --- Titles and descriptions ----------------------------------------------------------------------


@pytest.mark.parametrize("told", [title, description])
def test_every_page_has_its_own(indexed, told):
    by_words: dict[str, list[str]] = {}
    for path, page in indexed.items():
        by_words.setdefault(told(page), []).append(path)
    assert {words: paths for words, paths in by_words.items() if len(paths) > 1 or not words.strip()} == {}


def test_pages_that_nobody_indexes_have_both_too(client):
    make_page("bad", areas=("knee",))
    person = make_physiotherapist(name="Ada").get_absolute_url()
    for path in ("/no-such-page/", "/physiotherapists/compare/", f"{person}correction/", f"{person}book/"):
        page = page_of(client.get(path))
        assert title(page).strip(), path
        assert len(description(page)) > 20, path


def test_people_of_one_name_are_told_apart(client):
    pages = [page_of(client.get(make_physiotherapist(name="Bo").get_absolute_url())) for _ in range(2)]
    assert len({title(page) for page in pages}) == len({description(page) for page in pages}) == 2


def test_pages_of_the_blog_differ(client):
    for number in range(21):
        make_page(f"post-{number}", kind=Page.Kind.POST, areas=())
    first, second = (page_of(client.get("/blog/", {"page": number})) for number in (1, 2))
    assert title(first) != title(second)
    assert description(first) != description(second)
    canonical = [page.one("link", rel="canonical")["href"] for page in (first, second)]
    assert canonical == [f"{HOST}/blog/", f"{HOST}/blog/?page=2"]
    assert shared(second)["og:url"] == f"{HOST}/blog/?page=2"


# --- Canonical addresses --------------------------------------------------------------------------


def test_every_page_for_the_index_names_one_address(indexed):
    for path, page in indexed.items():
        assert page.one("link", rel="canonical")["href"] == HOST + path


@pytest.mark.parametrize(
    "path",
    ["/conditions/sore-knee/?near=LS1", "/?utm_source=x", "/podcast/talk/?t=1", "/conditions/?x=%22%3E"],
)
def test_what_stands_behind_the_path_changes_nothing(client, path):
    make_page("sore-knee", areas=("knee",))
    make_episode(slug="talk")
    page = page_of(client.get(path))
    assert page.one("link", rel="canonical")["href"] == HOST + urlsplit(path).path


def test_name_is_the_sites_whichever_was_asked_for(client, settings):
    settings.SITE_URL = "https://www.example.org"
    settings.ALLOWED_HOSTS = ["other.example.org"]
    page = page_of(client.get("/conditions/", headers={"host": "other.example.org"}))
    assert page.one("link", rel="canonical")["href"] == "https://www.example.org/conditions/"
    assert shared(page)["og:url"] == "https://www.example.org/conditions/"
    assert "other.example.org" not in "".join(shared(page).values())


def test_page_for_nobodys_index_names_none(client):
    sample = make_physiotherapist(sample=True).get_absolute_url()
    for path in ("/no-such-page/", "/search/?q=knee", sample, f"{sample}correction/"):
        page = page_of(client.get(path))
        assert not is_indexed(page), path
        assert page.all("link", rel="canonical") == [], path
        assert shared(page) == {}, path


# --- Sharing --------------------------------------------------------------------------------------


def test_shared_page_looks_as_it_says_itself(indexed):
    for path, page in indexed.items():
        told = shared(page)
        assert told["og:title"] == " ".join(title(page).split())
        assert told["og:description"] == " ".join(description(page).split())
        assert told["og:url"] == HOST + path
        assert told["og:type"] in {"website", "article", "profile"}
        assert (told["og:site_name"], told["og:locale"]) == ("The Physiotherapy Site", "en_GB")
        assert page.one("meta", name="twitter:card")["content"] == "summary_large_image"
        assert told["og:image"].startswith(f"{HOST}/")
        assert told["og:image:alt"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "site"),
        ("/about/", "site"),
        ("/conditions/", "condition"),
        ("/conditions/sore-knee/", "condition"),
        ("/treatments/heat/", "treatment"),
        ("/blog/plain-post/", "post"),
        ("/resources/neck-sheet/", "sheet"),
        ("/podcast/backs/", "episode"),
        ("/physiotherapists/", "directory"),
        ("/physiotherapists/in/leeds/", "directory"),
    ],
)
def test_each_kind_has_its_picture(pages, path, kind):
    assert shared(pages[path])["og:image"] == f"{HOST}/static/img/og/{kind}.png"


@pytest.mark.parametrize("kind", PICTURES)
def test_pictures_are_there_large_enough_and_light(kind):
    found = finders.find(f"img/og/{kind}.png")
    assert isinstance(found, str)
    with Image.open(found) as image:
        assert (image.size, image.format) == ((WIDTH, HEIGHT), "PNG")
        assert len(image.getcolors() or []) > 2
    with open(found, "rb") as file:  # noqa: PTH123
        assert len(file.read()) < LARGEST


def test_post_with_a_picture_shows_that_one(pages):
    told = shared(pages["/blog/signed-post/"])
    assert told["og:image"].startswith(f"{HOST}/media/pictures/")
    assert told["og:image:alt"] == "A knee."
    assert told["og:image:width"] == told["og:image:height"] == str(LONGEST_SIDE)
    assert told["og:type"] == "article"


def test_marks_in_words_are_told_once_and_run_nothing(client):
    make_page("bad", title='A "knee" & <b>more</b>', summary='Say "no" & <i>so</i>.', areas=("knee",))
    page = page_of(client.get("/conditions/bad/"))
    assert shared(page)["og:title"].startswith('A "knee" & <b>more</b>: symptoms')
    assert shared(page)["og:description"] == 'Say "no" & <i>so</i>.'
    assert page.one("head").all("b", "i") == []


def test_word_noindex_in_a_title_hides_nothing(client):
    make_page("bad", title='" <meta name="robots" content="noindex">', areas=("knee",))
    assert page_of(client.get("/conditions/bad/")).one("link", rel="canonical")

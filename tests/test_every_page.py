"""What holds on every public page, by walking every public address."""

import re
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.urls import URLPattern, URLResolver, get_resolver

from tests.markup import page_of
from tests.public_pages import ADDRESSES, ELSEWHERE, LOST, MACHINES, PAGES, STATUS, WITHDRAWN

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("public_content")]


@pytest.fixture(params=[*ADDRESSES, *STATUS])
def response(request, get):
    response = get(request.param)
    assert response.status_code == STATUS.get(request.param, 200)
    return response


@pytest.fixture
def page(response):
    return page_of(response)


def named_patterns(resolver, namespace=""):
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver) and pattern.namespace != "admin":
            yield from named_patterns(pattern, f"{pattern.namespace}:" if pattern.namespace else namespace)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"


def test_every_public_address_is_walked():
    assert set(named_patterns(get_resolver())) == PAGES.keys() | MACHINES.keys() | ELSEWHERE


def test_page_is_british_english_with_one_main_heading(response, page):
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.one("html")["lang"] == "en-GB"
    assert page.one("h1").text
    assert page.one("h1") in page.one("main").all("h1")


def test_first_link_skips_to_the_main_text(page):
    skip = page.one("body").all("a")[0]
    assert skip.text.startswith("Skip to")
    assert page.one(id=skip["href"].removeprefix("#")).tag == "main"


def test_every_page_says_what_to_do_in_an_emergency(page):
    assert "In an emergency call 999. For urgent advice call 111." in page.one("footer").text


def test_ids_are_unique_and_those_that_are_named_are_there(page):
    ids = [element["id"] for element in page.walk() if "id" in element.attributes]
    assert sorted(ids) == sorted(set(ids))
    named = {
        name
        for element in page.walk()
        for attribute in ("for", "aria-labelledby", "aria-describedby")
        for name in element.get(attribute).split()
    }
    named |= {href[1:] for href in page.links if href.startswith("#")}
    assert named - set(ids) == set()


def test_every_field_has_a_label(page):
    labelled = {label.get("for") for label in page.all("label")}
    for field in page.all("input", "select", "textarea"):
        if field.get("type") not in {"hidden", "submit"}:
            in_label = field.parent and field.parent.tag == "label"
            assert in_label or field.get("id") in labelled, field


def test_titles_name_the_site_and_differ_from_page_to_page(get):
    titles: dict[str, str] = {}
    # The faces of one page may share a title.
    for address in [faces[0] for faces in PAGES.values()] + [LOST, WITHDRAWN, PAGES["conditions:area"][1]]:
        title = page_of(get(address)).one("head").one("title").text
        assert "The Physiotherapy Site" in title
        assert titles.setdefault(title, address) == address


def test_every_page_says_in_a_sentence_what_it_is(get):
    for address in [faces[0] for faces in PAGES.values()] + [LOST, WITHDRAWN]:
        assert len(page_of(get(address)).one("meta", name="description")["content"]) > 15, address


def test_nothing_on_the_page_runs_or_colours_but_files_of_the_site(page):
    assert page.all("style") == []
    for element in page.walk():
        handlers = {name for name in element.attributes if name == "style" or name.startswith("on")}
        assert handlers == set(), element
        assert not element.get("href").lower().startswith(("javascript:", "data:")), element
        # Data, which no browser runs.
        if element.tag == "script" and element.get("type") != "application/ld+json":
            assert element.get("src"), element
            assert element.children == []


def resources(page):
    """Addresses that a browser fetches by itself."""
    for element in page.all("link", "script", "img", "iframe", "source", "video", "audio", "object", "embed"):
        if element.tag != "link" or element.get("rel") not in {"canonical", "alternate", "next", "prev"}:
            for attribute in ("src", "href", "srcset", "data", "poster"):
                if element.get(attribute):
                    yield element[attribute]


def test_every_file_that_the_page_needs_is_one_of_the_sites_own(page):
    found = list(resources(page))
    assert len(found) >= 3
    for address in found:
        if address.startswith("/media/"):
            # An editor's file: tests/library has them.
            continue
        assert address.startswith("/static/"), address
        assert finders.find(address.removeprefix("/static/")), address


def test_icon_is_named_and_there(page):
    icon = page.one("link", rel="icon")
    assert icon["type"] == "image/svg+xml"
    assert finders.find(icon["href"].removeprefix("/static/"))


def test_every_link_of_the_site_leads_somewhere(get, page):
    for href in page.links:
        parts = urlsplit(href)
        if parts.netloc:
            assert parts.scheme in {"https", "http"}, href
        elif parts.scheme:
            assert parts.scheme in {"mailto", "tel"}, href
        elif parts.path:
            assert get(href).status_code == 200, href


def test_page_with_only_words_asks_the_database_nothing_but_what_has_changed(
    client, django_assert_num_queries
):
    with django_assert_num_queries(1):
        assert re.search(rb"<h1>.+</h1>", client.get("/sources/").content)


@pytest.mark.parametrize("name", ["about", "privacy", "accessibility"])
def test_simple_pages_ask_the_database_little(client, django_assert_max_num_queries, name):
    # Two of them for the foot.
    with django_assert_max_num_queries(11):
        assert re.search(rb"<h1>.+</h1>", client.get(PAGES[name][0]).content)

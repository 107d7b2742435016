"""The blog: its list, its years, a post and its feed."""

from datetime import timedelta

import feedparser
import pytest
from django.utils import timezone
from lxml import etree

from conditions.models import Author, Page
from conditions.versions import publish, start_draft, unpublish
from tests.factories import make_draft, make_page
from tests.markup import page_of

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


def make_post(slug, days_ago=0, **values):
    author = Author.objects.get_or_create(name="Ann Example", credentials="Physiotherapist")[0]
    post = make_page(slug, kind=Page.Kind.POST, areas=(), author=author, **values)
    at = timezone.now() - timedelta(days=days_ago)
    type(post).objects.filter(pk=post.pk).update(publish_at=at)
    post.refresh_from_db()
    return post


def titles(client, path="/blog/"):
    return [link.text for link in page_of(client.get(path)).one("ul", class_="line-list").all("a")]


def test_without_posts_it_says_so_and_leads_on(client):
    page = page_of(client.get("/blog/"))
    assert "There are no posts yet" in page.text
    assert client.get("/blog/feed/").status_code == 200
    assert client.get("/blog/2026/").status_code == 404


def test_the_newest_comes_first_and_a_draft_not_at_all(client):
    make_post("older", 10)
    make_post("newer", 1)
    make_draft("draft", kind=Page.Kind.POST, areas=())
    later = make_draft("later", kind=Page.Kind.POST, areas=())
    publish(later, by=None, at=timezone.now() + timedelta(hours=1), unsigned=True)
    assert titles(client) == ["Newer", "Older"]
    assert client.get("/blog/draft/").status_code == client.get("/blog/later/").status_code == 404


def test_a_post_keeps_its_first_date_when_it_is_changed(client):
    post = make_post("post", 40)
    make_post("between", 20)
    again = start_draft(post.page, None)
    type(again).objects.filter(pk=again.pk).update(overview="<p>New words.</p>")
    again.refresh_from_db()
    publish(again, by=None, unsigned=True)
    page = page_of(client.get("/blog/post/"))
    assert f"{timezone.localtime(post.publish_at):%-d %B %Y}" in page.one("p", class_="byline").text
    assert f"Last updated: {timezone.localtime():%-d %B %Y}" in page.text
    assert titles(client) == ["Between", "Post"]


def test_a_post_names_who_wrote_it_its_sources_and_what_it_is_about(client):
    sciatica = make_page("sciatica", title="Sciatica")
    draft = make_draft(
        "post", kind=Page.Kind.POST, areas=(), author=Author.objects.create(name="Ann <Example>")
    )
    draft.related_pages.create(position=1, page=sciatica.page)
    publish(draft, by=None, unsigned=True)
    page = page_of(client.get("/blog/post/"))
    assert "By Ann <Example>" in page.text
    assert "Not yet clinically reviewed" in page.text
    assert page.one("a", href="/conditions/sciatica/").text == "Sciatica"
    assert len(page.one("ul", class_="sources").all("li")) == 2
    assert page.one("link", rel="alternate")["href"] == "/blog/feed/"


def test_the_archive_has_the_posts_of_a_year_in_london(client):
    make_post("now")
    old = make_post("new-year")
    # Half past midnight on 1 July in London is the day before in UTC.
    type(old).objects.filter(pk=old.pk).update(publish_at="2024-12-31T23:59:59Z")
    assert titles(client, "/blog/2024/") == ["New year"]
    assert client.get("/blog/2023/").status_code == client.get("/blog/0000/").status_code == 404
    years = [
        link.text for link in page_of(client.get("/blog/")).one("nav", aria_label="Posts by year").all("a")
    ]
    assert years == [str(timezone.localdate().year), "2024"]


def test_many_posts_have_pages(client):
    for number in range(23):
        make_post(f"post-{number}", number)
    assert len(titles(client)) == 20
    assert titles(client, "/blog/?page=2") == ["Post 20", "Post 21", "Post 22"]
    for page in ("0", "99", "x", "-1", "1e3"):
        assert client.get("/blog/", {"page": page}).status_code == 200


@pytest.mark.parametrize("slug", ["feed", "2026"])
def test_an_address_of_the_blogs_own_is_no_address_for_a_post(admin_client, slug):
    author = Author.objects.create(name="Ann")
    response = admin_client.post(
        "/admin/conditions/version/add/?kind=post",
        {"title": "A post", "slug": slug, "summary": "S.", "overview": "<p>O.</p>", "author": author.pk},
    )
    assert response.status_code == 200
    assert "is taken by another part of the site" in response.text
    assert not Page.objects.exists()


def test_the_feed_is_atom_with_the_whole_text(client, settings):
    settings.SITE_URL = "https://physio.example.org"
    make_post("older", 5, overview='<p>See <a href="/conditions/sciatica/">sciatica</a> &amp; more.</p>')
    make_post("newer", 1, title="A <b>bold</b> title \x0b& more")
    response = client.get("/blog/feed/")
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = etree.fromstring(response.content)
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["A <b>bold</b> title & more", "Older"]
    for entry in entries:
        for name in ("id", "title", "updated", "content"):
            assert len(entry.findall(ATOM + name)) == 1, name
        assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Ann Example"
    content = entries[1].findtext(f"{ATOM}content") or ""
    assert 'href="https://physio.example.org/conditions/sciatica/"' in content
    assert "<h3>In pregnancy</h3>" in content
    parsed = feedparser.parse(response.content)
    assert not parsed.bozo
    assert parsed.entries[0].link == "https://physio.example.org/blog/newer/"


def test_the_feed_is_sent_once_and_an_entry_keeps_its_identity(client):
    post = make_post("post", 3)
    response = client.get("/blog/feed/")
    again = client.get("/blog/feed/", headers={"if-modified-since": response.headers["Last-Modified"]})
    assert again.status_code == 304
    before = feedparser.parse(response.content).entries[0].id
    draft = start_draft(post.page, None)
    draft.title = "Another title"
    draft.save()
    publish(draft, by=None, unsigned=True)
    entry = feedparser.parse(client.get("/blog/feed/").content).entries[0]
    assert (entry.id, entry.title) == (before, "Another title")
    unpublish(post.page)
    assert feedparser.parse(client.get("/blog/feed/").content).entries == []

"""The blog: its list, its archive by year, and its Atom feed. A post's own page is a page like the others."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.http import http_date
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from conditions.models import Version

PER_PAGE = 20
IN_FEED = 20
TITLE = "The Physiotherapy Site: blog"
SUBTITLE = "Plain advice on pain in muscles, joints and nerves, and on finding help."


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    posts = Version.objects.live().posts().select_related("author", "picture")
    shown = Paginator(posts, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "library/blog.html", {"posts": shown, "years": _years()})


@require_safe
def archive(request: HttpRequest, year: int) -> HttpResponse:
    """404 for a year without posts."""
    every: Any = Version.objects.live().posts().select_related("author", "picture")
    posts = [post for post in every if localtime(post.first_at).year == year]
    if not posts:
        raise Http404
    return render(request, "library/archive.html", {"posts": posts, "year": year, "years": _years()})


def _years() -> list[int]:
    """The years that have a post, in London, the last one first."""
    posts: Any = Version.objects.live().posts()
    return sorted({localtime(at).year for at in posts.values_list("first_at", flat=True)}, reverse=True)


class _FullTextFeed(Atom1Feed):
    """Django's own has summaries only."""

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """The newest posts, each with its whole text and an identity that never changes."""
    live = Version.objects.live().posts().select_related("author", "page")
    posts: list[Any] = list(live.prefetch_related("sections")[:IN_FEED])
    written = _FullTextFeed(
        title=TITLE,
        link=_address(reverse("posts:index")),
        feed_url=_address(reverse("posts:feed")),
        description="",
        subtitle=SUBTITLE,
        language=settings.LANGUAGE_CODE,
    )
    for post in posts:
        written.add_item(
            title=_tidy(post.title),
            link=_address(post.get_absolute_url()),
            unique_id=f"{settings.SITE_URL}/#post-{post.page_id}",
            description=_tidy(post.summary),
            content=_tidy(_text(post)),
            author_name=_tidy(str(post.author or "")),
            pubdate=post.first_at,
            updateddate=post.publish_at,
        )
    response = HttpResponse(written.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    if posts:
        newest = max(post.publish_at for post in posts if post.publish_at)
        response.headers["Last-Modified"] = http_date(newest.timestamp())
        return get_conditional_response(request, None, int(newest.timestamp()), response) or response
    return response


def _address(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def _text(post: Version) -> str:
    """The whole post, with addresses that work outside the site."""
    sections = "".join(f"<h3>{escape(section.heading)}</h3>{section.body}" for section in post.sections.all())
    return (post.overview + sections).replace('href="/', f'href="{settings.SITE_URL}/')


def _tidy(text: str) -> str:
    """Without what XML cannot hold."""
    return "".join(c for c in text if c in "\t\n" or c >= " ")

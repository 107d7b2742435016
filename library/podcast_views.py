"""The podcast's pages, and what podcast apps fetch: the feed, transcripts and chapters."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.core.signing import BadSignature
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from library.models import Episode, Show, the_show
from library.podcast_feed import CONTENT_TYPE, written_feed
from library.podcast_moments import clock
from library.podcast_preview import episode_of
from library.podcast_transcripts import paragraphs, written

# When the words were written that stand for a show which nobody has filled in.
WRITTEN_AT = datetime(2026, 1, 1, tzinfo=UTC)
# Players that run in other sites' pages fetch these.
FOR_EVERYBODY = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=300",
}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    context = {"show": the_show(), "episodes": Episode.objects.published()}
    return render(request, "podcast/index.html", context)


@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, _published(slug))


@require_safe
@never_cache
def preview(request: HttpRequest, token: str) -> HttpResponse:
    try:
        episode = episode_of(token)
    except BadSignature:
        raise Http404 from None
    if episode is None:
        why = "This link has expired, or the draft has been deleted. Links to drafts work for 14 days."
        return _kept_out(render(request, "conditions/preview_gone.html", {"why": why}, status=410))
    response = _page(request, episode, is_preview=True)
    # The address is the key to the draft: a page that is followed from it must not be told.
    response["Referrer-Policy"] = "no-referrer"
    return _kept_out(response)


def _published(slug: str) -> Episode:
    return get_object_or_404(Episode.objects.published(), slug=slug)


def _page(request: HttpRequest, episode: Episode, **context: Any) -> HttpResponse:
    """With the player at the time that the address names, if it does."""
    at = _moment(request.GET.get("t", ""), episode)
    context |= {
        "episode": episode,
        "show": the_show(),
        "at": at,
        "at_clock": clock(at),
        "chapters": [(chapter, clock(chapter.start)) for chapter in episode.chapters.all()],
        "people": episode.people.all(),
        "transcript": [(part, clock(part.second)) for part in paragraphs(episode.cues)],
    }
    response = render(request, "podcast/detail.html", context)
    if episode.audio_host:
        # physiosite.headers lets the player fetch from there.
        vars(response)["media_host"] = episode.audio_host
    return response


def _moment(text: str, episode: Episode) -> int:
    """0 for what is no second of it."""
    second = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
    return second if second < (episode.seconds or 0) else 0


def _kept_out(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@require_safe
def transcript(request: HttpRequest, slug: str) -> HttpResponse:
    """For podcast apps, which read these few tags alone; people read it on the episode's own page.

    https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/examples/transcripts/transcripts.md
    """
    episode = _published(slug)
    spoken = [(part, clock(part.second)) for part in paragraphs(episode.cues)]
    response = render(request, "podcast/transcript.html", {"episode": episode, "transcript": spoken})
    return _for_everybody(_kept_out(response))


@require_safe
def transcript_vtt(request: HttpRequest, slug: str) -> HttpResponse:
    text = written(_published(slug).cues)
    return _for_everybody(_kept_out(HttpResponse(text, content_type="text/vtt; charset=utf-8")))


@require_safe
def chapters(request: HttpRequest, slug: str) -> HttpResponse:
    """404 for an episode without chapters, as the feed names none for it."""
    episode = _published(slug)
    rows = [_chapter(chapter) for chapter in episode.chapters.all()]
    if not rows:
        raise Http404
    found = {"version": "1.2.0", "title": episode.title, "podcastName": the_show().title, "chapters": rows}
    return _for_everybody(_kept_out(JsonResponse(found, content_type="application/json+chapters")))


def _chapter(chapter: Any) -> dict[str, Any]:
    named = {"startTime": chapter.start, "title": chapter.title}
    return named | {"url": chapter.url} if chapter.url else named


def _for_everybody(response: HttpResponse) -> HttpResponse:
    for name, value in FOR_EVERYBODY.items():
        response[name] = value
    return response


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """Valid and empty where no episode is out: apps that have subscribed would take a 404 for its end."""
    show = the_show()
    now = timezone.now()
    episodes = Episode.objects.published(now).prefetch_related("people", "chapters")
    changed = _changed(show, now)
    text = written_feed(show, episodes, changed)
    etag, seconds = f'"{sha256(text.encode()).hexdigest()[:32]}"', int(changed.timestamp())
    response = HttpResponse(text, content_type=CONTENT_TYPE)
    response["ETag"], response["Last-Modified"] = etag, http_date(seconds)
    answer = get_conditional_response(request, etag=etag, last_modified=seconds, response=response)
    assert answer is not None  # noqa: S101 - for the type checker
    return _for_everybody(answer)


def _changed(show: Show, now: datetime) -> datetime:
    """When the feed's words last did. Drafts count too: one that is taken back changes the feed."""
    edited = Episode.objects.aggregate(newest=Max("updated_at"))["newest"]
    out = Episode.objects.published(now).order_by().aggregate(newest=Max("publish_at"))["newest"]
    return max(moment for moment in (WRITTEN_AT, show.updated_at, edited, out) if moment)

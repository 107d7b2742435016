from itertools import groupby
from typing import Any

from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from conditions.areas import Area
from conditions.compare import Change, changes_between
from conditions.models import OldAddress, Page, Version

# The public history compares this many versions with the one before.
COMPARED = 20
TEMPLATES: dict[str, str] = {
    Page.Kind.CONDITION: "conditions/detail.html",
    Page.Kind.TREATMENT: "conditions/treatment.html",
    Page.Kind.SIMPLE: "conditions/simple.html",
}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    pages = sorted(Version.objects.live().conditions(), key=lambda page: page.title.casefold())
    letters = [
        (letter, list(group)) for letter, group in groupby(pages, key=lambda page: page.title[:1].upper())
    ]
    return render(request, "conditions/index.html", {"letters": letters, "areas": areas_with_pages()})


@require_safe
def treatments(request: HttpRequest) -> HttpResponse:
    pages = Version.objects.live().treatments().order_by("title")
    return render(request, "conditions/treatments.html", {"pages": pages})


@require_safe
def area(request: HttpRequest, area: str) -> HttpResponse:
    if area not in Area.values:
        raise Http404
    pages = Version.objects.live().conditions().filter(page__areas__area=area).order_by("title")
    return render(request, "conditions/area.html", {"area": Area(area), "pages": pages})


@require_safe
def detail(request: HttpRequest, slug: str, kind: str = Page.Kind.CONDITION) -> HttpResponse:
    """A page of any kind: what is live, or where it went, or why it is gone."""
    version = (
        Version.objects.live().filter(page__kind=kind, page__slug=slug).select_related("signature").first()
    )
    if version:
        return render(request, TEMPLATES[version.page.kind], page_context(version))
    moved = OldAddress.objects.filter(kind=kind, slug=slug).select_related("page").first()
    if moved:
        return HttpResponsePermanentRedirect(moved.page.get_absolute_url())
    page = Page.objects.filter(kind=kind, slug=slug).exclude(withdrawn_reason="").first()
    if page:
        instead = Version.objects.live().filter(page=page.instead_id).first()
        title = page.versions.values_list("title", flat=True)[0]
        context = {"page": page, "instead": instead, "title": title}
        return render(request, "conditions/withdrawn.html", context, status=410)
    raise Http404


def page_context(version: Version) -> dict[str, Any]:
    """All that the page's template needs, for a live page and for a preview alike."""
    citations = list(version.citations.select_related("source"))
    treatments = list(version.treatments.select_related("page"))
    used = [treatment.page_id for treatment in treatments if treatment.page_id]
    areas = [Area(row.area) for row in version.page.areas.all()]
    context = {
        "version": version,
        "areas": areas,
        "red_flags": version.red_flags.all(),
        "causes": version.causes.all(),
        "treatments": treatments,
        # Asked once for all of them: a treatment's name is a link only if its page can be read.
        "live_treatments": set(Version.objects.live().filter(page__in=used).values_list("page", flat=True)),
        "sections": version.sections.all(),
        "cited": [citation for citation in citations if not citation.further_reading],
        "further_reading": [citation for citation in citations if citation.further_reading],
        "related": related_pages(version, areas),
        "is_overdue": is_overdue(version),
    }
    if version.page.kind == Page.Kind.TREATMENT:
        context["used_for"] = (
            Version.objects.live()
            .conditions()
            .filter(treatments__page=version.page)
            .order_by("title")
            .distinct()
        )
    return context


def is_overdue(version: Version) -> bool:
    return bool(version.signature and version.signature.next_review_on < timezone.localdate())


def related_pages(version: Version, areas: list[Area]) -> list[tuple[Version, str]]:
    """Those that editors named, with how they differ; then the others of the same parts of the body."""
    named = {part.page_id: part.difference for part in version.related_pages.all()}
    live = Version.objects.live().exclude(page=version.page)
    first = {other.page_id: other for other in live.filter(page__in=named)}
    same_areas = live.conditions().filter(page__areas__area__in=areas).order_by("title").distinct()
    return [
        *((first[page], difference) for page, difference in named.items() if page in first),
        *((other, "") for other in same_areas if other.page_id not in named),
    ]


def areas_with_pages() -> list[Area]:
    """The parts of the body that have a page, from the head down."""
    used = set(Version.objects.live().conditions().values_list("page__areas__area", flat=True))
    return [area for area in Area if area.value in used]


@require_safe
def changes(request: HttpRequest, slug: str, kind: str = Page.Kind.CONDITION) -> HttpResponse:
    """Every version that readers have seen, newest first, each with what changed since the one before."""
    live = Version.objects.live().filter(page__kind=kind, page__slug=slug).first()
    if not live:
        return detail(request, slug, kind)
    seen = list(
        live.page.versions.filter(publish_at__lte=timezone.now())
        .exclude(withdrawn_at__lt=F("publish_at"))
        .select_related("signature")
        .order_by("-publish_at", "-pk")
    )
    return render(request, "conditions/changes.html", {"live": live, "history": _with_changes(seen)})


def _with_changes(seen: list[Version]) -> list[tuple[Version, list[Change]]]:
    """Only the newest twenty are compared; the rest are listed with their notes."""
    pairs = zip(seen, [*seen[1:], None], strict=True)
    return [
        (version, changes_between(before, version) if before and number < COMPARED else [])
        for number, (version, before) in enumerate(pairs)
    ]

from typing import Any

from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from conditions.areas import Area
from conditions.compare import Change, changes_between
from conditions.finding import a_to_z, areas_with_pages, conditions_of, red_flags_of, treatments_of
from conditions.live_pages import live_pages
from conditions.models import OldAddress, Page, Version

# The public history compares this many versions with the one before.
COMPARED = 20
MOST_RELATED = 8
TEMPLATES: dict[str, str] = {
    Page.Kind.CONDITION: "conditions/detail.html",
    Page.Kind.TREATMENT: "conditions/treatment.html",
    Page.Kind.SIMPLE: "conditions/simple.html",
    Page.Kind.POST: "library/post.html",
    Page.Kind.SHEET: "library/sheet.html",
}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "conditions/index.html", {"letters": a_to_z(), "areas": areas_with_pages()})


@require_safe
def treatments(request: HttpRequest) -> HttpResponse:
    pages = Version.objects.live().treatments().order_by("title")
    return render(request, "conditions/treatments.html", {"pages": pages})


@require_safe
def area(request: HttpRequest, area: str) -> HttpResponse:
    if area not in Area.values:
        raise Http404
    shown = Area(area)
    pages = conditions_of(shown)
    context = {
        "area": shown,
        "areas": [shown],
        "pages": pages,
        "red_flags": red_flags_of(shown),
        "treatments": treatments_of(pages),
    }
    return render(request, "conditions/area.html", context)


@require_safe
def detail(request: HttpRequest, slug: str, kind: str = Page.Kind.CONDITION) -> HttpResponse:
    """A page of any kind: what is live, or where it went, or why it is gone."""
    known = live_pages().by_address.get((kind, slug))
    version = known and Version.objects.select_related("page", "signature").filter(pk=known.pk).first()
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
    live = live_pages()
    areas = live.areas.get(version.page_id)
    if areas is None:
        areas = [Area(row.area) for row in version.page.areas.all()]
    named = something_else(version)
    context = {
        "version": version,
        "areas": areas,
        "red_flags": list(version.red_flags.all()),
        "causes": list(version.causes.all()),
        "treatments": treatments,
        # A treatment's name is a link only if its page can be read.
        "live_treatments": live.versions.keys() & used,
        "exercises": version.exercises.all(),
        "checklists": version.checklists.all(),
        "tables": version.tables.all(),
        "sections": list(version.sections.all()),
        "cited": [citation for citation in citations if not citation.further_reading],
        "further_reading": [citation for citation in citations if citation.further_reading],
        "something_else": named,
        "related": related_pages(version, areas, named),
        "is_overdue": is_overdue(version),
    }
    if version.page.kind == Page.Kind.POST:
        seen = version.page.versions.approved().order_by("publish_at").values_list("publish_at", flat=True)
        context["first_at"] = seen.first()
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


def something_else(version: Version) -> list[tuple[Version, str]]:
    """The pages that editors named, each with how it differs."""
    live = live_pages()
    named = live.named.get(version.pk)
    if named is None:
        named = [(part.page_id, part.difference) for part in version.related_pages.all()]
    return [(live.versions[page], difference) for page, difference in named if page in live.versions]


def related_pages(version: Version, areas: list[Area], named: list[tuple[Version, str]]) -> list[Version]:
    """Others of the same parts of the body, the most common first."""
    told = {version.page_id, *(other.page_id for other, _ in named)}
    others = [other for other in live_pages().of(areas) if other.page_id not in told]
    return others[:MOST_RELATED]


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

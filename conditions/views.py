from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from conditions.areas import Area
from conditions.models import ConditionVersion


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    pages = sorted(ConditionVersion.objects.live(), key=lambda page: page.title.casefold())
    letters = [
        (letter, list(group)) for letter, group in groupby(pages, key=lambda page: page.title[:1].upper())
    ]
    return render(request, "conditions/index.html", {"letters": letters, "areas": areas_with_pages()})


@require_safe
def area(request: HttpRequest, area: str) -> HttpResponse:
    if area not in Area.values:
        raise Http404
    pages = ConditionVersion.objects.live().filter(condition__areas__area=area).order_by("title")
    return render(request, "conditions/area.html", {"area": Area(area), "pages": pages})


@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    version = get_object_or_404(ConditionVersion.objects.live(), condition__slug=slug)
    return render(request, "conditions/detail.html", page_context(version))


def page_context(version: ConditionVersion) -> dict:
    """All that the page's template needs, for a live page and for a preview alike."""
    sources = list(version.sources.all())
    areas = [row.area for row in version.condition.areas.all()]
    related = (
        ConditionVersion.objects.live()
        .filter(condition__areas__area__in=areas)
        .exclude(condition=version.condition)
        .order_by("title")
        .distinct()
    )
    return {
        "version": version,
        "areas": [Area(area) for area in areas],
        "red_flags": version.red_flags.all(),
        "causes": version.causes.all(),
        "treatments": version.treatments.all(),
        "sections": version.sections.all(),
        "cited": [source for source in sources if not source.further_reading],
        "further_reading": [source for source in sources if source.further_reading],
        "related": related,
    }


def areas_with_pages() -> list[Area]:
    """The parts of the body that have a page, from the head down."""
    used = set(ConditionVersion.objects.live().values_list("condition__areas__area", flat=True))
    return [area for area in Area if area.value in used]

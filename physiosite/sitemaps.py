"""What search engines are told: /sitemap.xml with its sections, and /robots.txt."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap as django_section
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe

from conditions.areas import Area
from conditions.models import Version
from conditions.models.page import SIMPLE_ADDRESSES, Page
from conditions.own_address import own_address
from directory.models import Physiotherapist
from directory.town_pages import address_of, town_pages
from library.models import Episode, Organisation, Term
from places.towns import Town, town_index


class OwnSitemap(Sitemap):
    """A section, made for one request: its addresses are those of the site itself."""

    # A file of 50,000 would be allowed; a fifth of it is still quick to make and to send.
    limit = 10_000

    def __init__(self) -> None:
        self.protocol, self.domain = own_address("").split("://")

    def get_domain(self, site: Any = None) -> str:
        return self.domain


class Pages(OwnSitemap):
    """Those that are there once: lists, the search before it is asked, and what editors wrote of the site."""

    def items(self) -> list[tuple[str, datetime | None]]:
        return self._listed

    # Asked for twice for the index.
    @cached_property
    def _listed(self) -> list[tuple[str, datetime | None]]:
        live = Version.objects.live()
        changed = dict(live.filter(page__kind=Page.Kind.SIMPLE).values_list("page__slug", "publish_at"))
        newest: dict[str, datetime] = dict(live.values_list("page__kind").annotate(Max("publish_at")))
        filled = {
            "posts:index": newest.get(Page.Kind.POST),
            "podcast:index": _newest(Episodes().items().order_by(), "publish_at"),
            "sheets:index": newest.get(Page.Kind.SHEET),
            "sheets:glossary": _newest(Term.objects.all(), "changed_at"),
            "sheets:organisations": _newest(Organisation.objects.all(), "changed_at"),
        }
        return [
            (reverse("home"), None),
            (reverse("conditions:index"), newest.get(Page.Kind.CONDITION)),
            (reverse("treatments:index"), newest.get(Page.Kind.TREATMENT)),
            (reverse("directory:search"), None),
            # Those that say only that they are still empty are left out.
            *((reverse(name), at) for name, at in filled.items() if at),
            *((reverse(slug), changed[slug]) for slug in SIMPLE_ADDRESSES if slug in changed),
            (reverse("sources"), None),
        ]

    def location(self, item: tuple[str, datetime | None]) -> str:
        return item[0]

    def lastmod(self, item: tuple[str, datetime | None]) -> datetime | None:
        return item[1]


def _newest(rows: QuerySet[Any], field: str) -> datetime | None:
    return rows.aggregate(newest=Max(field))["newest"]


class Conditions(OwnSitemap):
    def items(self) -> QuerySet[Version]:
        return Version.objects.live().conditions().order_by("page__slug")

    def lastmod(self, item: Version) -> datetime | None:
        return item.publish_at


class Treatments(Conditions):
    def items(self) -> QuerySet[Version]:
        return Version.objects.live().treatments().order_by("page__slug")


class Posts(Conditions):
    def items(self) -> QuerySet[Version]:
        return Version.objects.live().posts()


class Sheets(Conditions):
    def items(self) -> QuerySet[Version]:
        return Version.objects.live().sheets()


class Areas(OwnSitemap):
    """The parts of the body that have a condition's page."""

    def items(self) -> list[tuple[Area, datetime]]:
        rows = (
            Version.objects.live().conditions().values_list("page__areas__area").annotate(Max("publish_at"))
        )
        newest = dict(rows)
        return [(area, newest[area.value]) for area in Area if area.value in newest]

    def location(self, item: tuple[Area, datetime]) -> str:
        return reverse("conditions:area", args=[item[0].value])

    def lastmod(self, item: tuple[Area, datetime]) -> datetime:
        return item[1]


class Towns(OwnSitemap):
    """Those that have a page even where invented people are not counted."""

    def items(self) -> list[tuple[Town, datetime]]:
        by_slug = town_index().by_slug
        return [(by_slug[slug], changed) for slug, changed in sorted(town_pages(samples=False).items())]

    def location(self, item: tuple[Town, datetime]) -> str:
        return address_of(item[0])

    def lastmod(self, item: tuple[Town, datetime]) -> datetime:
        return item[1]


class Profiles(OwnSitemap):
    def items(self) -> QuerySet[Physiotherapist]:
        return Physiotherapist.objects.listed().filter(sample=False).only("slug", "updated_at").order_by("pk")

    def lastmod(self, item: Physiotherapist) -> datetime:
        return item.updated_at

    def get_latest_lastmod(self) -> datetime | None:
        # Asked for all at once: there may be a million.
        return self.items().order_by().aggregate(newest=Max("updated_at"))["newest"]


class Episodes(OwnSitemap):
    def items(self) -> QuerySet[Episode]:
        return Episode.objects.published().filter(sample=False).only("slug", "updated_at")

    def lastmod(self, item: Episode) -> datetime:
        return item.updated_at


SECTIONS: dict[str, type[OwnSitemap]] = {
    "pages": Pages,
    "conditions": Conditions,
    "treatments": Treatments,
    "posts": Posts,
    "sheets": Sheets,
    "areas": Areas,
    "towns": Towns,
    "profiles": Profiles,
    "episodes": Episodes,
}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Of the sections that have something in them."""
    listed: list[dict[str, Any]] = []
    for name, section_class in SECTIONS.items():
        sitemap = section_class()
        pages = sitemap.paginator
        if not pages.count:
            continue
        address = own_address(reverse("sitemap-section", args=[name]))
        changed = sitemap.get_latest_lastmod()
        addresses = [address, *(f"{address}?p={page}" for page in pages.page_range if page > 1)]
        listed += [{"location": each, "last_mod": changed} for each in addresses]
    return TemplateResponse(
        request,
        "sitemap_index.xml",
        {"sitemaps": listed},
        content_type="application/xml",
        headers={"X-Robots-Tag": "noindex"},
    )


@require_safe
def section(request: HttpRequest, section: str) -> HttpResponse:
    """404 for one that there is not, and for a page beyond its last."""
    return django_section(request, dict(SECTIONS), section)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse("\n".join([*_robots(), ""]), content_type="text/plain; charset=utf-8")


def _robots() -> Iterable[str]:
    if settings.SAMPLE_DATA_ALLOWED:
        # A machine for trying things out: its people are invented, and the rest of it is a copy of what the
        # real site says. Kept out as a whole and not by noindex, so that nobody fetches it at all.
        return ["User-agent: *", "Disallow: /"]
    # Nothing is shut. Filtered searches say noindex themselves, which only somebody who may read
    # them can see, and the admin's address is not to be told to everybody.
    return ["User-agent: *", "Disallow:", "", f"Sitemap: {own_address(reverse('sitemap'))}"]

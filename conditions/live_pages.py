"""What every page needs to know of the others: read once a content version in each process."""

from typing import NamedTuple

from conditions.areas import Area
from conditions.models import Page, PageArea, RelatedPage, Version
from freshness.version import kept


class LivePages(NamedTuple):
    """``versions`` by their page, the most common first, with no more than their names and addresses;
    ``named`` are the pages that a version names, each with how it differs."""

    versions: dict[int, Version]
    by_address: dict[tuple[str, str], Version]
    areas: dict[int, list[Area]]
    named: dict[int, list[tuple[int, str]]]

    def of(self, areas: list[Area]) -> list[Version]:
        """The conditions of these parts of the body."""
        wanted = set(areas)
        return [
            version
            for page, version in self.versions.items()
            if version.page.kind == Page.Kind.CONDITION and wanted & set(self.areas[page])
        ]


_NEEDED = ("title", "page__kind", "page__slug", "page__how_common")


@kept
def live_pages() -> LivePages:
    rows = Version.objects.live().only(*_NEEDED).order_by("page__how_common", "title")
    versions = {version.page_id: version for version in rows}
    areas: dict[int, list[Area]] = {page: [] for page in versions}
    for page, area in PageArea.objects.values_list("page", "area"):
        if page in areas:
            areas[page].append(Area(area))
    named: dict[int, list[tuple[int, str]]] = {version.pk: [] for version in versions.values()}
    for version, page, difference in RelatedPage.objects.values_list("version", "page", "difference"):
        if version in named:
            named[version].append((page, difference))
    by_address = {(version.page.kind, version.page.slug): version for version in versions.values()}
    return LivePages(versions, by_address, areas, named)

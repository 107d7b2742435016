"""Finding a page: from A to Z by every name, and by the part of the body."""

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from conditions.areas import Area
from conditions.models import RedFlag, TreatmentUse, Urgency, Version


class Entry(NamedTuple):
    """A line of the A to Z: a page under its title, or under another name (``see``)."""

    name: str
    version: Version
    see: bool


def a_to_z() -> list[tuple[str, list[Entry]]]:
    """The letters that something begins with, each with its entries in order."""
    live = list(Version.objects.live().conditions())
    titles = {version.title.casefold() for version in live}
    entries = [Entry(version.title, version, False) for version in live]
    for version in live:
        # Somebody who looks for a title finds the page of that title there already.
        names = {name.casefold(): name for name in version.other_name_list if name.casefold() not in titles}
        entries += [Entry(_capitalised(name), version, True) for name in names.values()]
    entries.sort(key=lambda entry: (entry.name.casefold(), entry.version.title))

    by_letter = groupby(entries, key=lambda entry: entry.name[:1].upper())
    return [(letter, list(group)) for letter, group in by_letter]


def _capitalised(name: str) -> str:
    return name[:1].upper() + name[1:]


def common_conditions(limit: int) -> list[Version]:
    """From the head down, the most common condition filed under each part of the body.

    With more parts than ``limit``, the rarer conditions give way.
    """
    by_area: dict[str, Version] = {}
    live = Version.objects.live().conditions().order_by("page__how_common", "title")
    for version in live.prefetch_related("page__areas"):
        # A page is filed under the first part that it names.
        for row in list(version.page.areas.all())[:1]:
            by_area.setdefault(row.area, version)
    chosen = [by_area[area] for area in Area if area in by_area]
    shown = sorted(chosen, key=lambda version: version.page.how_common)[:limit]
    return [version for version in chosen if version in shown]


def areas_with_pages() -> list[Area]:
    """The parts of the body that have a page, from the head down."""
    used = set(Version.objects.live().conditions().values_list("page__areas__area", flat=True))
    return [area for area in Area if area.value in used]


def conditions_of(area: Area) -> list[Version]:
    """The most common first."""
    live = Version.objects.live().conditions().filter(page__areas__area=area)
    return list(live.order_by("page__how_common", "title"))


def red_flags_of(area: Area) -> list[RedFlag]:
    """The library's cards for an area, by urgency, in words that are published on some page."""
    published = (
        RedFlag.objects.filter(version__in=Version.objects.live(), card__areas__area=area)
        .select_related("version")
        .order_by("version__publish_at", "pk")
    )
    # Two pages may have been published with different words of one card: the newest are shown.
    newest = {flag.card_id: flag for flag in published}
    order = list(Urgency)
    return sorted(newest.values(), key=lambda flag: (order.index(Urgency(flag.urgency)), flag.card_id))


class AreaTreatment(NamedTuple):
    """A treatment page, and for which of an area's conditions the evidence is how good."""

    version: Version
    evidence: list[tuple[str, list[str]]]


def treatments_of(conditions: Iterable[Version]) -> list[AreaTreatment]:
    """What is used for these conditions, of what has a page; the most used first, then the best supported."""
    uses = (
        TreatmentUse.objects.filter(version__in=[version.pk for version in conditions], page__isnull=False)
        .select_related("version")
        .order_by("version__page__how_common", "version__title", "position")
    )
    by_page: dict[int, dict[str, str]] = {}
    best = TreatmentUse.Evidence.values
    for use in uses:
        # A page may name two uses of one treatment; the better supported one speaks for it.
        held = by_page.setdefault(use.page_id or 0, {})
        before = held.get(use.version.title)
        held[use.version.title] = min(before or use.evidence, use.evidence, key=best.index)

    def order(version: Version) -> tuple[int, int, str]:
        evidence = [best.index(value) for value in by_page[version.page_id].values()]
        return -len(evidence), sum(evidence), version.title

    live = sorted(Version.objects.live().treatments().filter(page__in=by_page), key=order)
    return [AreaTreatment(version, _by_evidence(by_page[version.page_id])) for version in live]


def _by_evidence(conditions: dict[str, str]) -> list[tuple[str, list[str]]]:
    return [
        (str(label), titles)
        for value, label in TreatmentUse.Evidence.choices
        if (titles := [title for title, evidence in conditions.items() if evidence == value])
    ]

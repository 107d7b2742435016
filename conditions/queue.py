"""What waits for a person: a few queries, however many pages and versions there are."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count, Q, QuerySet, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from conditions.admin.common import page_url, version_url
from conditions.models import Page, Signature, Source, Version
from conditions.source_check import Outcome, current_versions
from conditions.versions import digest_of

DUE_SOON = timedelta(days=90)


class Item(NamedTuple):
    text: str
    url: str
    detail: str


class Waiting(NamedTuple):
    heading: str
    items: list[Item]


class OpenVersion(NamedTuple):
    version: Version
    # The newest under exactly these words.
    holding: Signature | None
    has_fallen: bool


def work_queue(user: User | AnonymousUser, at: datetime) -> list[Waiting]:
    """What the person's permissions let them do something about, without lists that are empty."""
    lists: list[Waiting] = []
    if user.has_perm("conditions.view_version"):
        found = _open_versions()
        if user.has_perm("conditions.change_version"):
            lists += _to_write(found, user)
        if user.has_perm("conditions.sign_version"):
            lists.append(_to_review(found, user))
        if user.has_perm("conditions.publish_version"):
            lists.append(_to_publish(found))
        lists += _to_check(at)
    if user.has_perm("conditions.view_source"):
        lists.append(_dead_sources(at))
    return [waiting for waiting in lists if waiting.items]


def _open_versions() -> list[OpenVersion]:
    versions = list(
        Version.objects.filter(status__in=Version.OPEN)
        .select_related("page", "created_by", "edited_by")
        .prefetch_related("signatures")
        .order_by("updated_at", "pk")
    )
    signed = [version for version in versions if version.signatures.all()]
    # All the words that a signature may hold for, in one query a kind of part.
    prefetch_related_objects(signed, *Version.PARTS)
    return [_with_signature(version) for version in versions]


def _with_signature(version: Version) -> OpenVersion:
    signatures = list(version.signatures.all())
    digest = digest_of(version) if signatures else ""
    holding = next((signature for signature in signatures if signature.digest == digest), None)
    return OpenVersion(version, holding, has_fallen=bool(signatures) and holding is None)


def _to_write(found: list[OpenVersion], user: User | AnonymousUser) -> list[Waiting]:
    mine = [
        Item(version.title, version_url(version), f"last saved on {_day(version.updated_at)}")
        for version, _, has_fallen in found
        if version.status == Version.Status.DRAFT
        and user.pk in (version.created_by_id, version.edited_by_id)
        and not has_fallen
    ]
    fallen = [
        Item(version.title, version_url(version), f"changed since it was signed, {_saved(version)}")
        for version, _, has_fallen in found
        if has_fallen
    ]
    return [Waiting("Your drafts", mine), Waiting("Drafts whose signature has fallen", fallen)]


def _to_review(found: list[OpenVersion], user: User | AnonymousUser) -> Waiting:
    unsigned = [
        version
        for version, holding, _ in found
        if version.status == Version.Status.IN_REVIEW and holding is None
    ]
    # Another's eyes are worth more than one's own: what they wrote themselves comes last.
    unsigned.sort(key=lambda version: version.created_by_id == user.pk)
    return Waiting(
        "To review",
        [
            Item(
                version.title,
                version_url(version, "sign"),
                _saved(version) + (", written by you" if version.created_by_id == user.pk else ""),
            )
            for version in unsigned
        ],
    )


def _to_publish(found: list[OpenVersion]) -> Waiting:
    return Waiting(
        "To publish",
        [
            Item(
                version.title,
                version_url(version, "publish"),
                f"signed by {holding.name} on {_day(holding.signed_at)}",
            )
            for version, holding, _ in found
            if version.status == Version.Status.IN_REVIEW and holding
        ],
    )


def _to_check(at: datetime) -> list[Waiting]:
    """Live pages whose review is due or was never done. Simple pages have nothing clinical to review."""
    today = timezone.localdate(at)
    live: QuerySet[Version] = (
        Version.objects.live(at)
        .filter(Q(signature__next_review_on__lte=today + DUE_SOON) | Q(signature=None))
        .exclude(Q(signature=None) & Q(page__kind=Page.Kind.SIMPLE))
        .select_related("signature")
        .defer("overview", "symptoms", "self_care")
        .order_by("signature__next_review_on", "title")
    )
    overdue = Waiting("Overdue for review", [])
    due = Waiting(f"Review due within {DUE_SOON.days} days", [])
    never = Waiting("Never reviewed", [])
    for version in live:
        signature, url = version.signature, page_url(version.page)
        if signature is None:
            # A live version has a time; the type checker cannot know.
            since = f"published on {_day(version.publish_at)}" if version.publish_at else ""
            never.items.append(Item(version.title, url, since))
            continue
        waiting = overdue if signature.next_review_on < today else due
        due_on = date_format(signature.next_review_on, "j F Y")
        waiting.items.append(Item(version.title, url, f"due by {due_on}"))
    return [overdue, due, never]


def _dead_sources(at: datetime) -> Waiting:
    sources = (
        Source.objects.filter(
            fault__startswith=Outcome.DEAD.value, citations__version__in=current_versions(at).values("pk")
        )
        .annotate(pages=Count("citations__version__page", distinct=True))
        .order_by("publisher", "title")
    )
    return Waiting(
        "Dead sources",
        [
            Item(
                str(source),
                reverse("admin:conditions_source_change", args=[source.pk]),
                f"{source.fault}; pages that rely on it: {source.pages}",
            )
            for source in sources
        ],
    )


def _saved(version: Version) -> str:
    by = f" by {version.edited_by.get_username()}" if version.edited_by else ""
    return f"last saved{by} on {_day(version.updated_at)}"


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j F Y")

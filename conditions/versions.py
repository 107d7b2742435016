"""What happens to versions: a draft is a copy, publishing makes it the newest approved one.

Each function is one transaction: it happens whole or not at all. Where two people are at it at
once, the first wins and the second gets a ValidationError that says what happened.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from conditions.models import OldAddress, Page, Signature, Version
from conditions.models.page import check_address_is_free

SOURCES_TO_SIGN = 2
_OWN_TO_A_VERSION = {
    "id",
    "page",
    "status",
    "note",
    "revision",
    "publish_at",
    "withdrawn_at",
    "signature",
    "created_at",
    "updated_at",
    "created_by",
    "edited_by",
    "published_by",
    "starter_digest",
}


def locked(version: Version) -> Version:
    """The version as it is now, held until the transaction ends, so that nobody else changes it meanwhile."""
    held = Version.objects.select_for_update(of=("self",)).select_related("page").filter(pk=version.pk)
    if not held:
        raise ValidationError("This draft was deleted in the meantime. Nothing was changed.")
    return held[0]


@transaction.atomic
def start_draft(page: Page, by: User | None) -> Version:
    """The page's open draft; if there is none, a copy of its newest version."""
    # The lock makes a second editor wait here and then find the first one's draft.
    page = Page.objects.select_for_update().get(pk=page.pk)
    if draft := open_draft(page):
        return draft
    newest = live_version(page) or page.versions.first()
    if newest is None:
        raise ValidationError("This page has no version to copy.")
    return copy_version(newest, by)


def live_version(page: Page) -> Version | None:
    return Version.objects.live().filter(page=page).first()


def open_draft(page: Page) -> Version | None:
    return page.versions.filter(status__in=Version.OPEN).first()


@transaction.atomic
def restore(version: Version, by: User | None) -> Version:
    """A new draft with an earlier version's words. Raises ValidationError if a draft is open."""
    Page.objects.select_for_update().get(pk=version.page_id)
    if open_draft(version.page):
        raise ValidationError("This page has an open draft. Publish or delete that one first.")
    draft = copy_version(version, by)
    return draft


@transaction.atomic
def copy_version(version: Version, by: User | None) -> Version:
    """A new draft with the same words and parts."""
    words = {
        field.name: getattr(version, field.name)
        for field in version._meta.concrete_fields
        if field.name not in _OWN_TO_A_VERSION
    }
    draft = Version.objects.create(page=version.page, created_by=by, edited_by=by, **words)
    for name in Version.PARTS:
        parts = list(getattr(version, name).all())
        for part in parts:
            part.pk = None
            part._state.adding = True
            part.version = draft
        getattr(draft, name).bulk_create(parts)
    return draft


@transaction.atomic
def delete_draft(version: Version) -> None:
    """Delete an open draft; with the only one of a page that was never published, the page goes too.

    Raises ValidationError, with the pages that name it, if others rely on such a page.
    """
    version = locked(version)
    page = version.page
    is_only_one = not page.versions.exclude(pk=version.pk).exists()
    if is_only_one and (users := pages_that_name(page)):
        names = ", ".join(str(user) for user in users)
        raise ValidationError(
            f"This page was never published, but others name it: {names}. Change those first."
        )
    version.delete()
    if is_only_one:
        page.delete()


def pages_that_name(page: Page) -> QuerySet[Page]:
    """Pages of which some version names this one as a treatment or as related."""
    named = Q(versions__treatments__page=page) | Q(versions__related_pages__page=page)
    return Page.objects.filter(named).exclude(pk=page.pk).distinct()


def words_of(version: Version) -> dict[str, Any]:
    """Every word of a version that a reader sees: its own, and each part's in order."""
    words: dict[str, Any] = {name: getattr(version, name) for name in Version.WORDS}
    for name in Version.PARTS:
        words[name] = [
            {word: getattr(part, word) for word in part.WORDS} for part in getattr(version, name).all()
        ]
    return {name: value for name, value in words.items() if value or name not in Version.LATER}


def digest_of(version: Version) -> str:
    """SHA-256 of the words, in hexadecimal."""
    return hashlib.sha256(json.dumps(words_of(version), sort_keys=True).encode()).hexdigest()


def holding_signature(version: Version) -> Signature | None:
    """The newest signature under exactly these words."""
    return version.signatures.filter(digest=digest_of(version)).first()


def fallen_signature(version: Version) -> Signature | None:
    """The newest signature, if the words have changed since and none holds."""
    return None if holding_signature(version) else version.signatures.first()


@transaction.atomic
def send_to_review(version: Version, by: User | None) -> None:
    _move(version, {Version.Status.DRAFT}, by, "It is not a draft any more", status=Version.Status.IN_REVIEW)


@transaction.atomic
def back_to_draft(version: Version, by: User | None) -> None:
    _move(
        version, {Version.Status.IN_REVIEW}, by, "It is not in review any more", status=Version.Status.DRAFT
    )


def _move(version: Version, since: set[str], by: User | None, otherwise: str, **values: Any) -> None:
    moved = Version.objects.filter(pk=version.pk, status__in=since).update(
        updated_at=timezone.now(), edited_by=by, **values
    )
    if not moved:
        raise ValidationError(f"{otherwise}: somebody was faster. Nothing was changed.")
    version.refresh_from_db()


@transaction.atomic
def sign(version: Version, signature: Signature, by: User, revision: int) -> Signature:
    """Put a filled-in signature under the words. ``revision`` is that of the words the reviewer saw.

    Raises ValidationError if the words have changed since, or lack what every signed page has.
    """
    version = locked(version)
    if version.status != Version.Status.IN_REVIEW:
        raise ValidationError("Only a version that is in review can be signed.")
    if version.revision != revision:
        raise ValidationError("The words have changed since you opened them. Read them again, then sign.")
    cited = version.citations.filter(further_reading=False).values("source").distinct().order_by()
    if version.page.kind != Page.Kind.SIMPLE and cited.count() < SOURCES_TO_SIGN:
        raise ValidationError(f"A page needs at least {SOURCES_TO_SIGN} sources before it can be signed.")
    signature.version = version
    signature.digest = digest_of(version)
    signature.signed_by = by
    signature.full_clean()
    signature.save()
    return signature


@transaction.atomic
def publish(version: Version, by: User | None, at: datetime | None = None, unsigned: bool = False) -> Version:
    """Make an open version the live one from a time on (now if not given).

    ``unsigned``: the publisher has said that it may go out without a signature. Raises
    ValidationError if it may not, if the time has passed, or if somebody else was first.
    """
    now = timezone.now()
    if at and at < now:
        raise ValidationError("That time has passed. Choose a later one, or publish now.")
    version = locked(version)
    if not version.is_open:
        raise ValidationError("This draft was published or withdrawn in the meantime. Nothing was changed.")
    signature = holding_signature(version)
    if not signature and not unsigned:
        raise ValidationError(
            "No clinical reviewer has signed these words. Say so if they are to go out unsigned."
        )
    Version.objects.filter(pk=version.pk).update(
        status=Version.Status.APPROVED,
        publish_at=at or now,
        published_by=by,
        signature=signature,
        updated_at=now,
    )
    if not at:
        # Until a later time comes, a withdrawn page's address still says why.
        Page.objects.filter(pk=version.page_id).update(withdrawn_reason="", instead=None)
    version.refresh_from_db()
    return version


@transaction.atomic
def unpublish(page: Page, reason: str = "", instead: Page | None = None) -> int:
    """Take a page from readers: every approved version, scheduled ones too. Returns how many there were.

    With a ``reason`` the page is withdrawn: its address answers 410 with the reason and where to
    go ``instead``. Raises ValidationError if nothing was published.
    """
    now = timezone.now()
    was_live = live_version(page) is not None
    taken = page.versions.filter(status=Version.Status.APPROVED).update(
        status=Version.Status.WITHDRAWN, withdrawn_at=now, updated_at=now
    )
    if not taken:
        raise ValidationError("Nothing of this page is published.")
    # A withdrawn page of which a scheduled version is taken back stays withdrawn as it was.
    if reason or was_live:
        page.withdrawn_reason, page.instead = reason, instead
        page.full_clean()
        page.save(update_fields=["withdrawn_reason", "instead"])
    return taken


@transaction.atomic
def change_address(page: Page, slug: str) -> None:
    """Move a page; its old address leads to it for good. Raises ValidationError if the new one is taken."""
    page = Page.objects.select_for_update().get(pk=page.pk)
    if slug == page.slug:
        return
    check_address_is_free(page.kind, slug, page)
    # Going back to an address of its own makes that the page's address again.
    page.old_addresses.filter(slug=slug).delete()
    if page.versions.filter(publish_at__isnull=False).exists():
        OldAddress.objects.get_or_create(kind=page.kind, slug=page.slug, defaults={"page": page})
    page.slug = slug
    page.full_clean()
    page.save()

"""What happens to versions: a draft is a copy, publishing makes it the newest approved one."""

from datetime import datetime

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from conditions.models import Condition, ConditionVersion

_OWN_TO_A_VERSION = {
    "id",
    "condition",
    "status",
    "note",
    "publish_at",
    "created_at",
    "updated_at",
    "created_by",
    "published_by",
    "starter_digest",
    # A review holds for the words that were reviewed, not for the next ones.
    "reviewed_by",
    "reviewed_on",
}


@transaction.atomic
def start_draft(condition: Condition, by: User | None) -> ConditionVersion:
    """The page's open draft; if there is none, a copy of its newest version."""
    # The lock makes a second editor wait here and then find the first one's draft.
    condition = Condition.objects.select_for_update().get(pk=condition.pk)
    if draft := condition.open_draft():
        return draft
    newest = condition.live_version() or condition.versions.first()
    if newest is None:
        raise ValidationError("This page has no version to copy.")
    return copy_version(newest, by)


@transaction.atomic
def copy_version(version: ConditionVersion, by: User | None) -> ConditionVersion:
    """A new draft with the same words and parts."""
    words = {
        field.name: getattr(version, field.name)
        for field in version._meta.concrete_fields
        if field.name not in _OWN_TO_A_VERSION
    }
    draft = ConditionVersion.objects.create(condition=version.condition, created_by=by, **words)
    for name in ConditionVersion.CHILDREN:
        children = list(getattr(version, name).all())
        for child in children:
            child.pk = None
            child._state.adding = True
            child.version = draft
        getattr(draft, name).bulk_create(children)
    return draft


@transaction.atomic
def publish(version: ConditionVersion, by: User | None, at: datetime | None = None) -> ConditionVersion:
    """Make a draft the live version from a time on (now if not given).

    Raises ValidationError if it is no open draft any more, as when somebody else was first.
    """
    published = ConditionVersion.objects.filter(pk=version.pk, status__in=ConditionVersion.OPEN).update(
        status=ConditionVersion.Status.APPROVED,
        publish_at=at or timezone.now(),
        published_by=by,
        updated_at=timezone.now(),
    )
    if not published:
        raise ValidationError("This draft was published or withdrawn in the meantime. Nothing was changed.")
    version.refresh_from_db()
    return version

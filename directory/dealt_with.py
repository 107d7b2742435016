"""Visitors' notes that a profile is wrong: open, dealt with, and deleted 12 months later."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone

from directory.models import Correction

_MONTHS_KEPT = 12


def kept_corrections() -> QuerySet[Correction]:
    """Without those whose time is over, also where no save has deleted them yet."""
    return Correction.objects.exclude(_over())


def _over() -> Q:
    now = timezone.localtime()
    # A leap day is over on the last day of February.
    day = now.replace(year=now.year - _MONTHS_KEPT // 12, day=min(now.day, 28) if now.month == 2 else now.day)
    return Q(dealt_with_at__lt=day)


@transaction.atomic
def deal_with(ids: Iterable[int], by: User) -> int:
    """Note who dealt with them, and when; returns how many were still open."""
    found = Correction.objects.select_for_update().filter(pk__in=list(ids), dealt_with_at=None)
    number = found.update(dealt_with_at=timezone.now(), dealt_with_by=by)
    delete_old_corrections()
    return number


def open_again(ids: Iterable[int]) -> int:
    """For those that were marked by mistake; returns how many there were."""
    found = Correction.objects.filter(pk__in=list(ids)).exclude(dealt_with_at=None)
    return found.update(dealt_with_at=None, dealt_with_by=None)


def delete_old_corrections() -> None:
    Correction.objects.filter(_over()).delete()


@receiver(post_save, sender=Correction)
def correction_saved(**kwargs: Any) -> None:
    """A new one takes the old ones with it: no clock process is needed."""
    delete_old_corrections()

"""Whose registration is to be looked up: due soon, lapsed, or never done."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from directory.history import begin_history, hold
from directory.models import Physiotherapist, a_year_after

DUE_SOON = timedelta(days=30)


class State(models.TextChoices):
    LAPSED = "lapsed", "Lapsed"
    DUE = "due", f"Due within {DUE_SOON.days} days"
    NEVER = "never", "Never checked"
    IN_DATE = "in-date", "In date"


def in_state(people: QuerySet[Physiotherapist], state: str) -> QuerySet[Physiotherapist]:
    """Of the real people who are meant to be shown; those who were unlisted need no check."""
    today = timezone.localdate()
    condition = {
        State.LAPSED: Q(check_due_on__lt=today),
        State.DUE: Q(check_due_on__gte=today, check_due_on__lte=today + DUE_SOON),
        State.NEVER: Q(check_due_on=None),
        State.IN_DATE: Q(check_due_on__gte=today),
    }
    return people.filter(condition[State(state)], listed=True, sample=False)


def state_of(person: Physiotherapist, today: date) -> State:
    if person.check_due_on is None:
        return State.NEVER
    if person.check_due_on < today:
        return State.LAPSED
    return State.DUE if person.check_due_on <= today + DUE_SOON else State.IN_DATE


@transaction.atomic
def checked_today(ids: Iterable[int], by: User) -> int:
    """Their registration was looked up today, and is due in 12 months; returns how many there were.

    Invented people have none and are left out.
    """
    today = timezone.localdate()
    people = Physiotherapist.objects.filter(pk__in=list(ids), sample=False)
    number = 0
    for person in hold(Physiotherapist, *people.values_list("pk", flat=True)):
        begin_history(person)
        person.checked_on, person.check_due_on, person.checked_by = today, a_year_after(today), by
        vars(person)["_history_user"] = by
        person.save(update_fields=["checked_on", "check_due_on", "checked_by", "updated_at"])
        number += 1
    return number

"""Back to a former state of a listing, as a new change of today."""

from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from directory.history import (
    Names,
    State,
    hold,
    moment,
    newest_record_id,
    people_cut_from,
    shown_fields,
    signed,
    state_of,
    states_of,
    successors,
)
from directory.models import Clinic, FormerProfile, Merged, Physiotherapist

# What was found on the register holds for a number and a day, and no click brings it back or takes it away.
CHECK = {"checked_by", "checked_on", "check_due_on"}
_CHANGED_SINCE = (
    "Somebody changed this listing since you opened this page. Look at what differs now, then decide."
)
_NAMES = 20
_NOT_RESTORED = {"id", "slug", "sample", "created_at", "updated_at"}


class Plan(NamedTuple):
    """The state that a restore leads to, and what of the former one cannot be had any more."""

    state: State
    notes: list[str]


def plan_restore(model: type[models.Model], record: Any, now: State | None) -> Plan:
    """``now`` is the listing as it is; None where it was deleted."""
    former = states_of(model, [record])[record.history_id]
    state = dict(former)
    notes = []
    if now:
        kept = set(_NOT_RESTORED)
        if now.get("slug") != former.get("slug"):
            notes.append("The profile’s address stays as it is: other people link to it.")
        if state.keys() >= CHECK and former["hcpc_number"] == now["hcpc_number"]:
            kept |= CHECK
            if any(former[name] != now[name] for name in CHECK):
                notes.append("The registration’s check stays as it is today.")
        state |= {name: now[name] for name in kept & state.keys()}
    for field in shown_fields(model):
        if isinstance(field, models.ManyToManyField):
            state[field.name], missing = _still_there(model, field, former)
            notes += missing
        elif field.is_relation and not _exists(field.related_model, state[field.name]):
            state[field.name] = None
    if model is Clinic and not now:
        notes.append(_who_comes_back(people_cut_from(record.id)))
    return Plan(state, notes)


def _who_comes_back(people: list[Physiotherapist]) -> str:
    if not people:
        return "Nobody is listed at it: choose it again on the forms of those who work there."
    names = [person.name for person in people[:_NAMES]]
    more = [f"{len(people) - _NAMES} more"] if len(people) > _NAMES else []
    return f"Listed at it again, as before it was deleted: {', '.join(names + more)}."


def _exists(model: type[models.Model], pk: int | None) -> bool:
    return model._base_manager.filter(pk=pk).exists()


def _still_there(
    model: type[models.Model], field: models.ManyToManyField, former: State
) -> tuple[list[int], list[str]]:
    related: Any = field.related_model
    kind = related._meta.model_name
    there, notes = set(), []
    names = Names(model, [former])
    merged = successors(kind, former[field.name])
    for key in former[field.name]:
        successor = merged.get(key, key)
        row = related._base_manager.filter(pk=successor).first()
        if row is None:
            notes.append(f"{names.of(related, key)} is not there any more, so it is left out.")
            continue
        if successor != key:
            notes.append(f"{names.of(related, key)} was merged into {row}, which is named instead.")
        there.add(successor)
    return sorted(there), notes


@transaction.atomic
def restore(model: type[models.Model], record: Any, by: User, seen: int) -> list[str]:
    """Make the listing what it was at a record; returns notes on what could not be had.

    ``seen``: the newest record when the editor looked. Raises ValidationError if the listing was
    changed since, or if the former state breaks a rule of today.
    """
    pk = record.id
    listing: Any = next(iter(hold(model, pk)), None)
    if newest_record_id(model, pk) != seen:
        raise ValidationError(_CHANGED_SINCE)
    is_new = listing is None
    cut = people_cut_from(pk) if is_new and model is Clinic else []
    if listing is None:
        listing = model(pk=pk)
    plan = plan_restore(model, record, None if is_new else state_of(listing))
    many = {field.name for field in model._meta.many_to_many}
    for field in model._meta.concrete_fields:
        if field.name not in {"created_at", "updated_at"}:
            setattr(listing, field.attname, plan.state[field.name])
    if is_new:
        Merged.objects.filter(kind=model._meta.model_name, gone=pk).delete()
        if isinstance(listing, Physiotherapist):
            # The address is theirs again, and leads nowhere else.
            FormerProfile.objects.filter(slug=listing.slug).delete()
    listing.full_clean()
    signed(listing, by, f"Restored as it was on {moment(record.history_date)}")
    try:
        with transaction.atomic():
            listing.save(force_insert=is_new)
    except IntegrityError as error:
        # Of a listing that is gone there is no row to wait for: somebody else was quicker.
        raise ValidationError(_CHANGED_SINCE) from error
    for name in many:
        getattr(listing, name).set(plan.state[name])
    for person in cut:
        signed(person, by, f"Restored: {listing}").clinics.add(listing)
    return plan.notes

"""Who changed what on a listing, in words, and the way back to a former state.

django-simple-history keeps a record of a listing at each save, and of its many-to-many fields
(docs/decisions says why). One save of a form writes several such records; here they are one entry.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import Max, QuerySet
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils import timezone
from django.utils.formats import date_format

from conditions.compare import ADDED, REMOVED, Change, Run, compare_paragraphs, plain_paragraphs
from conditions.models import Page, Version
from conditions.richtext import RichTextField
from directory.fields import ChoiceListField
from directory.models import Clinic, Merged, Physiotherapist
from directory.search_table import hold_clinics

Listing = Physiotherapist | Clinic
# Values by the names of fields; keys of what many-to-many fields name.
State = dict[str, Any]

# The records that one save writes follow each other within moments.
_ONE_SAVE = timedelta(minutes=1)
BEGINS = "As it was before its first change that is kept"
_DELETED = "Deleted: "
# More records than one save writes: its own, and two for each many-to-many field.
_MOST_OF_ONE_SAVE = 20


class Entry(NamedTuple):
    """One save. ``record`` is the state after it, as django-simple-history keeps it; ``who`` is empty
    where nobody was signed in."""

    record: Any
    did: str
    who: str
    at: datetime
    reason: str
    changes: list[Change]


def shown_fields(model: type[models.Model]) -> list[Any]:
    """What editors fill in, and so what a history tells, in the order of the model."""
    own = [field for field in model._meta.concrete_fields if field.editable and not field.primary_key]
    return [*own, *model._meta.many_to_many]


def newest_record_id(model: type[models.Model], pk: int) -> int:
    """Grows with every change of the listing; 0 before its history begins."""
    records = records_of(model).filter(id=pk).order_by("-history_id")
    return records.values_list("history_id", flat=True).first() or 0


def hold(model: type[models.Model], *pks: int) -> list[Any]:
    """Lock listings until the end of the transaction, in the order of ``directory.search_table``; returns
    those that are there, by their numbers. Not against new rows that refer to them: whoever writes one
    while saving somebody else's listing would wait for this one, and this one for them."""
    if model is Clinic:
        hold_clinics(pks)
    return list(model._base_manager.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk"))


def begin_history(listing: Listing) -> None:
    """Before a first change: keep the state of a listing that was loaded without a history.

    Of invented ones, where they must not be, none is kept: all that can be done with them is to delete them.
    """
    model = type(listing)
    if newest_record_id(model, listing.pk) or (listing.sample and not settings.SAMPLE_DATA_ALLOWED):
        return
    as_it_was = model._default_manager.get(pk=listing.pk)
    vars(as_it_was).update(_history_user=None, _change_reason=BEGINS)
    as_it_was.save()


def signed(listing: Any, by: User | None, reason: str = "") -> Any:
    """The listing, with who is changing it and why for the records of the saves to come."""
    vars(listing).update(_history_user=by, _change_reason=reason[:100] or None)
    return listing


def state_of(listing: Any) -> State:
    """The listing as its instance is, many-to-many fields as they are in the database."""
    model = type(listing)
    state: State = {field.name: getattr(listing, field.attname) for field in model._meta.concrete_fields}
    for field in model._meta.many_to_many:
        rows = getattr(listing, field.name).order_by("pk")
        state[field.name] = list(rows.values_list("pk", flat=True)) if listing.pk else []
    return state


def states_of(model: type[models.Model], records: list[Any]) -> dict[int, State]:
    """The states that some records of one model keep, by ``history_id``."""
    states: dict[int, State] = {
        record.history_id: {
            field.name: getattr(record, field.attname) for field in model._meta.concrete_fields
        }
        for record in records
    }
    for field in model._meta.many_to_many:
        for state in states.values():
            state[field.name] = []
        kept = getattr(records_of(model).model, field.name).model._default_manager
        other = field.m2m_reverse_field_name()
        for history_id, key in kept.filter(history__in=list(states)).values_list("history_id", f"{other}_id"):
            states[history_id][field.name].append(key)
        for state in states.values():
            state[field.name].sort()
    return states


def page_of_records(records: QuerySet, start: int, end: int) -> tuple[list[Any], bool]:
    """Of records, newest first: those of the saves whose newest lies from ``start`` to before ``end``, and
    the one before them to compare with; and whether the last one is the oldest there is."""
    first = max(0, start - 1)
    found = list(records[first : end + _MOST_OF_ONE_SAVE])
    start, end = start - first, min(end - first, len(found))
    # Of a save that the page before tells, all of it is told there.
    while 0 < start < end and _is_same_save(found[start - 1], found[start]):
        start += 1
    if start == end:
        return [], False
    while 0 < end < len(found) and _is_same_save(found[end - 1], found[end]):
        end += 1
    return found[start : end + 1], end >= len(found)


def entries_of(model: type[models.Model], records: list[Any], at_the_start: bool) -> list[Entry]:
    """Records, newest first, as entries. ``at_the_start``: the last one is the oldest there is.

    Otherwise the last record is only what the one before it is compared with.
    """
    states = states_of(model, records)
    names = Names(model, states.values())
    entries = []
    position = 0
    while position < len(records):
        newest = last = records[position]
        position += 1
        while position < len(records) and _is_same_save(last, records[position]):
            last = records[position]
            position += 1
        before = records[position] if position < len(records) else None
        if before is None and not at_the_start:
            break
        # A deleted listing that was brought back starts anew.
        base = states[before.history_id] if before and before.history_type != "-" else {}
        gone = newest.history_type == "-"
        found = [] if gone else changes_between(model, base, states[newest.history_id], names)
        reason = newest.history_change_reason or ""
        if found or gone or reason:
            who = newest.history_user.get_username() if newest.history_user else ""
            entries.append(Entry(newest, _did(last), who, newest.history_date, reason, found))
    return entries


def _is_same_save(newer: Any, older: Any) -> bool:
    """Whether ``newer`` was written for a many-to-many field after the save that wrote ``older``."""
    return (
        newer.history_type == "~"
        and older.history_type != "-"
        and newer.history_user_id == older.history_user_id
        and (newer.history_change_reason or "") == (older.history_change_reason or "")
        and hasattr(newer, "updated_at")
        and newer.updated_at == older.updated_at
        and newer.history_date - older.history_date < _ONE_SAVE
    )


def _did(record: Any) -> str:
    if record.history_change_reason == BEGINS:
        return "history begins"
    return {"+": "added", "~": "changed", "-": "deleted"}[record.history_type]


def changes_between(model: type[models.Model], before: State, after: State, names: "Names") -> list[Change]:
    """What differs, field by field, in the words that editors know."""
    changes = []
    for field in shown_fields(model):
        old, new = (words_of(field, state.get(field.name), names) for state in (before, after))
        if old == new or (not before and is_no_statement(field, new)):
            continue
        if isinstance(field, RichTextField):
            runs = list(compare_paragraphs(old, new))
        else:
            runs = [[Run(REMOVED, line)] for line in old if line not in new]
            runs += [[Run(ADDED, line)] for line in new if line not in old]
        # Nothing for a reader differs where only the mark-up does.
        if runs:
            changes.append(Change(label_of(field), runs))
    return changes


def is_no_statement(field: Any, lines: list[str]) -> bool:
    """A box that is not ticked says nothing; where "not known" can be chosen, "No" was said."""
    return isinstance(field, models.BooleanField) and not field.null and lines == ["No"]


def label_of(field: Any) -> str:
    label = str(field.verbose_name)
    return label[:1].upper() + label[1:]


def words_of(field: Any, value: Any, names: "Names") -> list[str]:
    """A field's value as lines to read; none where nothing is said."""
    if value is None or value == "" or value == []:
        return []
    if field.is_relation:
        keys = value if isinstance(value, list) else [value]
        return [names.of(field.related_model, key) for key in keys]
    if isinstance(field, RichTextField):
        return plain_paragraphs(value)
    if isinstance(field, ChoiceListField):
        labels = dict(field.of.choices) if field.of else {}
        return [str(labels.get(item, item)) for item in value]
    if field.choices:
        return [str(dict(field.flatchoices).get(value, value))]
    if isinstance(value, bool):
        return ["Yes" if value else "No"]
    if isinstance(value, date):
        return [date_format(value, "j F Y")]
    if isinstance(value, Decimal):
        return [f"{value:.2f}"]
    return [str(value)]


class Names:
    """What the rows are called that some states of a model name, also of those that are gone."""

    def __init__(self, model: type[models.Model], states: Iterable[State]) -> None:
        self._names: dict[tuple[type[models.Model], int], str] = {}
        named: dict[Any, set[int]] = {}
        for field in shown_fields(model):
            if field.is_relation:
                for state in states:
                    value = state.get(field.name)
                    keys = value if isinstance(value, list) else [value]
                    named.setdefault(field.related_model, set()).update(key for key in keys if key)
        for related, wanted in named.items():
            for key, name in _names_of(related, wanted).items():
                self._names[related, key] = name

    def of(self, model: type[models.Model], key: int) -> str:
        return self._names.get((model, key), f"{model._meta.verbose_name} number {key}")


def _names_of(model: type[models.Model], keys: set[int]) -> dict[int, str]:
    if model is Page:
        titles = Version.objects.live().filter(page__in=keys).values_list("page_id", "title")
        return {page.pk: str(page) for page in Page.objects.filter(pk__in=keys)} | dict(titles)
    names = {key: str(row) for key, row in model._base_manager.in_bulk(keys).items()}
    if model is Clinic and (gone := keys - names.keys()):
        # Newest last, so that the last name they had is the one that stays.
        for record in records_of(Clinic).filter(id__in=gone).order_by("history_id"):
            names[record.id] = f"{record.name}, {record.postcode} (deleted)"
    return names


def records_of(model: Any) -> Any:
    return model.history.all()


def successors(kind: str, gone: Iterable[int]) -> dict[int, int]:
    """Of listings that were merged into others, also in several steps, into which in the end."""
    merged: dict[int, int] = {}
    further = set(gone)
    while further:
        found = dict(Merged.objects.filter(kind=kind, gone__in=further).values_list("gone", "kept"))
        merged |= found
        further = set(found.values()) - merged.keys()
    return {pk: _last(merged, pk) for pk in merged}


def _last(merged: dict[int, int], pk: int) -> int:
    seen = set()
    while pk in merged and pk not in seen:
        seen.add(pk)
        pk = merged[pk]
    return pk


@receiver(pre_delete, sender=Clinic)
def clinic_leaves_its_people(instance: Clinic, **kwargs: Any) -> None:
    """So that each person's history tells it; the database alone would cut the links without a word."""
    with transaction.atomic():
        for person in instance.physiotherapists.order_by("pk"):
            begin_history(person)
            vars(person)["_change_reason"] = f"{_DELETED}{instance}"[:100]
            person.clinics.remove(instance)


def people_cut_from(clinic: int) -> list[Physiotherapist]:
    """Whose link to a clinic that is gone was cut by its deletion, and by nobody."""
    kept = records_of(Physiotherapist).model.clinics.model._default_manager
    linked = kept.filter(clinic=clinic).values_list("history__id").annotate(last=Max("history_id"))
    last_linked = dict(linked)
    told = records_of(Physiotherapist).filter(id__in=last_linked).order_by("-history_id")
    reasons = told.values_list("id", "history_id", "history_change_reason")
    after = {pk: reason for pk, number, reason in reasons if number > last_linked[pk]}
    cut = {pk for pk, reason in after.items() if (reason or "").startswith(_DELETED)}
    return list(Physiotherapist.objects.filter(pk__in=cut).order_by("pk"))


def moment(at: datetime) -> str:
    """ "22 November 2026, 10:31" in London."""
    return date_format(timezone.localtime(at), "j F Y, H:i")

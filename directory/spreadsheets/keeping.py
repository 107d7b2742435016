"""Writing many listings at once, with their links, their histories and their rows for the search.

What a save does one by one with signals, for a batch: the same rows come out of it.
"""

from collections.abc import Iterable
from copy import copy
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from directory.history import BEGINS
from directory.models import Clinic, Physiotherapist
from directory.search_table import lock, rebuild
from directory.spreadsheets.at_hand import batched

# Links are rows of two numbers; of these many fit into a statement.
_LINKS = 10_000


def keep_new(model: Any, drafts: list[Any], user: User | None, reason: str) -> None:
    model.objects.bulk_create([draft.listing for draft in drafts])
    _keep_links(model, drafts)
    _keep_history(model, drafts, user, reason, history_type="+")
    if model is Physiotherapist:
        rebuild([draft.listing.pk for draft in drafts])


def keep_changed(model: Any, drafts: list[Any], user: User | None, reason: str) -> None:
    _begin_histories(model, drafts)
    if hasattr(model, "updated_at"):
        now = timezone.now()
        for draft in drafts:
            draft.listing.updated_at = now
    _update(model, drafts)
    _keep_links(model, drafts)
    _keep_history(model, drafts, user, reason, history_type="~")
    ids = [draft.listing.pk for draft in drafts]
    if model is not Physiotherapist:
        works_at = Physiotherapist.clinics.through.objects.filter(clinic_id__in=ids)
        ids = list(works_at.values_list("physiotherapist_id", flat=True).distinct())
    rebuild(ids)


def _update(model: Any, drafts: list[Any]) -> None:
    """Only the columns that differ; ``bulk_update`` took longer for this than all the rest of an import."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    alike: dict[tuple[str, ...], list[Any]] = {}
    for draft in drafts:
        alike.setdefault(tuple(sorted(draft.changed_fields)), []).append(draft.listing)
    quoted = connection.ops.quote_name
    for names, listings in alike.items():
        if names:
            columns = ", ".join(f"{quoted(fields[name].column)} = %s" for name in names)
            table, key = quoted(model._meta.db_table), quoted(model._meta.pk.column)
            rows = [
                [
                    *(fields[name].get_db_prep_save(getattr(listing, name), connection) for name in names),
                    listing.pk,
                ]
                for listing in listings
            ]
            with connection.cursor() as cursor:
                # Names from the models, values as parameters.
                cursor.executemany(f"UPDATE {table} SET {columns} WHERE {key} = %s", rows)  # noqa: S608


def _keep_links(model: Any, drafts: list[Any]) -> None:
    """Make and remove links; afterwards ``link_rows`` of each draft are the rows that there are."""
    if model is Physiotherapist:
        # As for one link at a time: who is moving a clinic does not know of its new people yet.
        lock(Clinic, {key for draft in drafts for key in draft.links["clinics"]})
    for field in model._meta.many_to_many:
        through = field.remote_field.through
        this, other = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
        gone, made = [], []
        for draft in drafts:
            rows = draft.link_rows[field.name]
            keys = draft.links[field.name]
            gone += [rows.pop(key) for key in rows.keys() - set(keys)]
            made += [
                (draft, through(**{this: draft.listing.pk, other: key})) for key in keys if key not in rows
            ]
        if gone:
            through.objects.filter(pk__in=gone).delete()
        for part in batched(made, _LINKS):
            through.objects.bulk_create([row for _, row in part])
            for draft, row in part:
                draft.link_rows[field.name][getattr(row, other)] = row.pk


def _keep_history(model: Any, drafts: list[Any], user: User | None, reason: str, history_type: str) -> None:
    records = model.history.bulk_history_create(
        [draft.listing for draft in drafts],
        update=history_type == "~",
        default_user=user,
        default_change_reason=reason,
        default_date=timezone.now(),
    )
    _keep_links_in_history(model, zip(drafts, records or [], strict=False))


def _keep_links_in_history(model: Any, recorded: Iterable[tuple[Any, Any]]) -> None:
    """Which django-simple-history leaves out when it writes many records."""
    recorded = list(recorded)
    for field in model._meta.many_to_many:
        kept = getattr(model.history.model, field.name).model
        this, other = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
        rows = (
            kept(**{"history": record, "id": pk, this: draft.listing.pk, other: key})
            for draft, record in recorded
            for key, pk in draft.link_rows[field.name].items()
        )
        for part in batched(rows, _LINKS):
            kept.objects.bulk_create(part)


def _begin_histories(model: Any, drafts: list[Any]) -> None:
    """As ``directory.history.begin_history``: the state of listings that were loaded without a history."""
    ids = [draft.listing.pk for draft in drafts]
    begun = set(model.history.filter(id__in=ids).values_list("id", flat=True))
    new = [draft for draft in drafts if draft.listing.pk not in begun]
    if not new:
        return
    records = model.history.bulk_history_create(
        [_as_it_was(draft) for draft in new], update=True, default_change_reason=BEGINS
    )
    _keep_links_in_history(model, zip(new, records or [], strict=False))


def _as_it_was(draft: Any) -> Model:
    listing = copy(draft.listing)
    vars(listing).update(draft.before, _history_user=None)
    return listing

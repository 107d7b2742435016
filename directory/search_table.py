"""Keeping the search table in step: rebuilt in the transaction of whatever changed a listing.

Those who change one listing at the same time take turns, by locks that last until the end of their
transactions (on PostgreSQL; SQLite has one writer at a time anyway). Everybody locks people first and
clinics after them, each in the order of their keys, so that no two wait for each other.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import reduce
from math import floor
from operator import or_
from typing import Any, NamedTuple

from django.db import connection, models, transaction
from django.db.models import Prefetch
from django.db.models.signals import m2m_changed, post_save, pre_delete, pre_save
from django.dispatch import receiver

from directory.choices import PRICES, Gender
from directory.models import (
    Clinic,
    Physiotherapist,
    SearchPoint,
    condition_bit,
    insurer_bit,
    language_bit,
    price_bit,
)

_BATCH = 2000
# What no row needs is not read.
_NOT_OF_A_PERSON = ("name", "slug", "biography", "visit_postcode", "website", "phone", "email", "updated_at")
_NOT_OF_A_CLINIC = ("name", "address", "postcode", "phone", "access_note")


class Row(NamedTuple):
    """A row of ``SearchPoint``, by the names of its columns."""

    physiotherapist_id: int
    clinic_id: int | None
    band: int
    latitude: float
    longitude: float
    flags: int
    languages: int
    conditions: int
    shown_until: int
    visit_miles: int


_COPY = f"COPY {SearchPoint._meta.db_table} ({', '.join(Row._fields)}) FROM STDIN"
_INSERT = (
    f"INSERT INTO {SearchPoint._meta.db_table} ({', '.join(Row._fields)}) "  # noqa: S608 - names of columns
    f"VALUES ({', '.join(['%s'] * len(Row._fields))})"
)


@transaction.atomic
def rebuild(physiotherapists: Iterable[int]) -> int:
    """Rebuild the rows of these physiotherapists (by primary key); returns how many rows there are now."""
    ids = list(physiotherapists)
    lock(Physiotherapist, ids)
    SearchPoint.objects.filter(physiotherapist__in=ids).delete()
    people = Physiotherapist.objects.filter(pk__in=ids, listed=True).defer(*_NOT_OF_A_PERSON)
    clinics = Prefetch("clinics", Clinic.objects.defer(*_NOT_OF_A_CLINIC))
    treated: dict[int, int] = defaultdict(int)
    links = Physiotherapist.conditions_treated.through._default_manager.filter(physiotherapist__in=ids)
    for person_id, page_id in links.values_list("physiotherapist_id", "page_id"):
        treated[person_id] |= condition_bit(page_id)
    rows = [row for person in people.prefetch_related(clinics) for row in rows_of(person, treated[person.pk])]
    _write(rows)
    return len(rows)


def rebuild_all(progress: Callable[[int], Any] = int) -> int:
    """Rebuild the whole table in batches, each in step with the listings; returns how many rows it has.

    ``progress`` is told how many people each batch had.
    """
    ids = list(Physiotherapist.objects.order_by("pk").values_list("pk", flat=True))
    rows = 0
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        rows += rebuild(batch)
        progress(len(batch))
    return rows


def _write(rows: list[Row]) -> None:
    with connection.cursor() as cursor:
        # Through models a million rows would take half as long again.
        if connection.vendor == "postgresql":
            with cursor.copy(_COPY) as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.executemany(_INSERT, rows)


def rows_of(person: Physiotherapist, treated: int) -> Iterator[Row]:
    """None for somebody whose registration was never checked: they are never shown.

    ``treated``: the bits of the conditions.
    """
    if not person.sample and person.check_due_on is None:
        return
    flags = (
        SearchPoint.NEURO * person.is_neuro
        | SearchPoint.FEMALE * (person.gender == Gender.FEMALE)
        | SearchPoint.SAMPLE * person.sample
        | SearchPoint.ONLINE * person.online
        | SearchPoint.EVENINGS * person.evenings
        | SearchPoint.WEEKENDS * person.weekends
        | _sum(insurer_bit(insurer) for insurer in person.insurers)
    )
    languages = _sum(language_bit(language) for language in person.languages)
    # Of invented people there is nothing to check.
    last_day = date.max if person.sample or not person.check_due_on else person.check_due_on

    def row(
        clinic_id: int | None, latitude: float | None, longitude: float | None, own_flags: int, miles: int = 0
    ) -> Row:
        if latitude is None or longitude is None:
            raise ValueError(f"{person} has a place without a point, which the database refuses.")
        band = floor(latitude * 100)
        bits = (flags | own_flags, languages, treated)
        return Row(person.pk, clinic_id, band, latitude, longitude, *bits, last_day.toordinal(), miles)

    for clinic in person.clinics.all():
        of_clinic = (
            SearchPoint.WHEELCHAIR * clinic.is_wheelchair_accessible
            | SearchPoint.HOIST * bool(clinic.hoist)
            | _price_bits(person.fee_first)
        )
        yield row(clinic.pk, clinic.latitude, clinic.longitude, of_clinic)
    if person.home_visits:
        of_visit = (
            SearchPoint.VISITS
            # At home nobody has to get into a clinic.
            | SearchPoint.WHEELCHAIR
            | SearchPoint.HOIST * person.hoist_at_home
            | _price_bits(person.price_of_visit)
        )
        base = coarse(person.visit_latitude), coarse(person.visit_longitude)
        yield row(None, *base, of_visit, person.visit_miles or 0)


def coarse(degrees: float | None) -> float | None:
    """To a hundredth, at most 0.4 miles off. The base of visits is often the visitor's own home, and searches
    from points round it, which find them or do not, would tell it to a few metres."""
    return None if degrees is None else round(degrees, 2)


def _price_bits(price: Decimal | None) -> int:
    return 0 if price is None else _sum(price_bit(pounds) for pounds in PRICES if price <= pounds)


def _sum(bits: Iterable[int]) -> int:
    return reduce(or_, bits, 0)


def lock(model: type[models.Model], ids: Iterable[int]) -> None:
    """Until the end of the transaction; who waited sees what the one before has written."""
    if connection.features.has_select_for_update:
        # Not against new rows that refer to these, for which PostgreSQL locks their keys.
        rows = model._default_manager.select_for_update(no_key=True).filter(pk__in=list(ids))
        list(rows.order_by("pk").values_list("pk"))


def _people_of(clinic: Clinic) -> list[int]:
    return list(clinic.physiotherapists.values_list("pk", flat=True))


def hold_clinics(clinics: Iterable[int]) -> None:
    """Lock them, after everybody who works there."""
    ids = list(clinics)
    links = Physiotherapist.clinics.through._default_manager.filter(clinic__in=ids)
    is_held = not ids or not connection.features.has_select_for_update
    while not is_held:
        with transaction.atomic():
            people = set(links.values_list("physiotherapist_id", flat=True))
            lock(Physiotherapist, people)
            lock(Clinic, ids)
            # From here on nobody can be added. Where somebody was while this one waited, the locks are
            # let go, and it begins again.
            is_held = set(links.values_list("physiotherapist_id", flat=True)) <= people
            transaction.set_rollback(not is_held)


@receiver(pre_delete, sender=Physiotherapist)
def physiotherapist_goes(instance: Physiotherapist, **kwargs: Any) -> None:
    lock(Physiotherapist, [instance.pk])


@receiver(post_save, sender=Physiotherapist)
def physiotherapist_saved(instance: Physiotherapist, **kwargs: Any) -> None:
    rebuild([instance.pk])


@receiver([pre_save, pre_delete], sender=Clinic)
def clinic_changes(instance: Clinic, **kwargs: Any) -> None:
    hold_clinics([instance.pk] if instance.pk else [])


@receiver(post_save, sender=Clinic)
def clinic_saved(instance: Clinic, **kwargs: Any) -> None:
    rebuild(_people_of(instance))


@receiver(m2m_changed, sender=Physiotherapist.conditions_treated.through)
def conditions_changed(instance: Physiotherapist, action: str, **kwargs: Any) -> None:
    if action.startswith("post_"):
        rebuild([instance.pk])
    else:
        lock(Physiotherapist, [instance.pk])


@receiver(m2m_changed, sender=Physiotherapist.clinics.through)
def clinics_changed(
    instance: Physiotherapist | Clinic, action: str, pk_set: set[int] | None, **kwargs: Any
) -> None:
    others = list(pk_set or [])
    if isinstance(instance, Physiotherapist):
        people, clinics = [instance.pk], others
    else:
        people, clinics = others, [instance.pk]
        if action == "pre_clear":
            # After the clearing nobody could tell whose clinic it was.
            vars(instance)["cleared_from"] = people = _people_of(instance)
        elif action == "post_clear":
            people = vars(instance).pop("cleared_from")
    if action.startswith("post_"):
        rebuild(people)
        return
    lock(Physiotherapist, people)
    if action == "pre_add":
        # Somebody who is moving the clinic does not know yet that it is this person's, and this
        # transaction not yet where to.
        lock(Clinic, clinics)

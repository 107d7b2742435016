"""Keeping the search table in step: rebuilt in the transaction of whatever changed a listing."""

from collections.abc import Iterable, Iterator
from math import floor
from typing import Any

from django.db import transaction
from django.db.models.signals import m2m_changed, post_save
from django.dispatch import receiver

from directory.choices import Gender
from directory.models import Clinic, Physiotherapist, SearchPoint

_BATCH = 2000


@transaction.atomic
def rebuild(physiotherapists: Iterable[int]) -> int:
    """Rebuild the rows of these physiotherapists (by primary key); returns how many rows there are now."""
    ids = list(physiotherapists)
    # Two savers of one listing take turns: the second must see what the first has written.
    list(Physiotherapist.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
    SearchPoint.objects.filter(physiotherapist__in=ids).delete()
    people = Physiotherapist.objects.filter(pk__in=ids, listed=True).prefetch_related("clinics")
    return len(SearchPoint.objects.bulk_create([row for person in people for row in rows_of(person)]))


def rebuild_all() -> int:
    """Rebuild the whole table in batches, each in step with the listings; returns how many rows it has."""
    ids = list(Physiotherapist.objects.order_by("pk").values_list("pk", flat=True))
    return sum(rebuild(ids[start : start + _BATCH]) for start in range(0, len(ids), _BATCH))


def rows_of(person: Physiotherapist) -> Iterator[SearchPoint]:
    flags = (
        SearchPoint.NEURO * person.is_neuro
        | SearchPoint.FEMALE * (person.gender == Gender.FEMALE)
        | SearchPoint.SAMPLE * person.sample
    )
    for clinic in person.clinics.all():
        yield _row(person, clinic.latitude, clinic.longitude, flags, clinic=clinic)
    if person.home_visits:
        yield _row(
            person,
            person.visit_latitude,
            person.visit_longitude,
            flags | SearchPoint.VISITS,
            visit_miles=person.visit_miles or 0,
        )


def _row(
    person: Physiotherapist, latitude: float | None, longitude: float | None, flags: int, **values: Any
) -> SearchPoint:
    if latitude is None or longitude is None:
        raise ValueError(f"{person} has a place without a point, which the database refuses.")
    return SearchPoint(
        physiotherapist=person,
        latitude=latitude,
        longitude=longitude,
        band=floor(latitude * 100),
        flags=flags,
        **values,
    )


@receiver(post_save, sender=Physiotherapist)
def physiotherapist_saved(instance: Physiotherapist, raw: bool = False, **kwargs: Any) -> None:
    rebuild([instance.pk])


@receiver(post_save, sender=Clinic)
def clinic_saved(instance: Clinic, **kwargs: Any) -> None:
    rebuild(instance.physiotherapists.values_list("pk", flat=True))


@receiver(m2m_changed, sender=Physiotherapist.clinics.through)
def clinics_changed(
    instance: Physiotherapist | Clinic, action: str, pk_set: set[int] | None, **kwargs: Any
) -> None:
    if isinstance(instance, Clinic) and action == "pre_clear":
        # After the clearing nobody could tell whose clinic it was.
        vars(instance)["cleared_from"] = list(instance.physiotherapists.values_list("pk", flat=True))
    if action not in {"post_add", "post_remove", "post_clear"}:
        return
    if isinstance(instance, Physiotherapist):
        rebuild([instance.pk])
    else:
        rebuild(pk_set or vars(instance).pop("cleared_from", []))

"""The search table as it is, and as it should be."""

from math import floor
from typing import Any

from directory.models import Physiotherapist, SearchPoint

Row = tuple[int, int | None, int, float, float, int, int]


def held_rows() -> list[Row]:
    return sorted(map(as_row, SearchPoint.objects.all()), key=str)


def as_row(point: SearchPoint) -> Row:
    return (
        point.physiotherapist_id,
        point.clinic_id,
        point.band,
        point.latitude,
        point.longitude,
        point.flags,
        point.visit_miles,
    )


def rows_there_should_be() -> list[Row]:
    """From the listings themselves, by another way than the code's."""
    rows: list[Row] = []
    for person in Physiotherapist.objects.filter(listed=True).prefetch_related("clinics"):
        flags = 1 * ("neuro" in person.specialisms) + 2 * (person.gender == "female") + 8 * person.sample
        places: list[tuple[Any, Any, int | None, int, int]] = [
            (clinic.latitude, clinic.longitude, clinic.pk, flags, 0) for clinic in person.clinics.all()
        ]
        if person.home_visits:
            base = (person.visit_latitude, person.visit_longitude, None)
            places.append((*base, flags + 4, person.visit_miles or 0))
        rows += [
            (person.pk, clinic, floor(latitude * 100), latitude, longitude, flags, miles)
            for latitude, longitude, clinic, flags, miles in places
        ]
    return sorted(rows, key=str)


def assert_in_step() -> None:
    assert held_rows() == rows_there_should_be()

from datetime import date, timedelta
from itertools import cycle
from typing import Any

from django.utils import timezone

from directory.models import Clinic, Physiotherapist
from directory.search_table import rebuild

# Far from the numbers of ``make_physiotherapist`` and of the sample listings; none has seven digits.
_thousands = cycle(range(500_000, 899_000, 1000))


def in_date() -> dict[str, Any]:
    """Of a check of today, as the form takes it."""
    today = timezone.localdate()
    return {"checked_on": today, "check_due_on": today + timedelta(days=300)}


def make_crowd(number: int, clinic: Clinic, **values: Any) -> list[Physiotherapist]:
    """Many people at one clinic, with few statements."""
    first = next(_thousands)
    values = {"checked_on": date(2026, 1, 1), "check_due_on": date(2100, 1, 1)} | values
    people = Physiotherapist.objects.bulk_create(
        Physiotherapist(
            **{"name": f"Person {first + i}", "slug": f"crowd-{first + i}", "hcpc_number": f"PH{first + i}"}
            | values
        )
        for i in range(number)
    )
    works_at = Physiotherapist.clinics.through
    works_at.objects.bulk_create(works_at(physiotherapist_id=p.pk, clinic_id=clinic.pk) for p in people)
    rebuild([person.pk for person in people])
    return people

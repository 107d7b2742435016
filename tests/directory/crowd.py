from itertools import count
from typing import Any

from directory.models import Clinic, Physiotherapist
from directory.search_table import rebuild

# Far from the numbers of ``make_physiotherapist`` and of the sample listings.
_thousands = count(500_000, 1000)


def make_crowd(number: int, clinic: Clinic, **values: Any) -> list[Physiotherapist]:
    """Many people at one clinic, with few statements."""
    first = next(_thousands)
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

"""Synthetic listings for the benchmarks, at real postcodes: as dense as people live."""

import random
from collections.abc import Iterator
from datetime import date

from django.db import connection, transaction

from conditions.models import Page
from directory.choices import Language, Specialism
from directory.models import Clinic, Physiotherapist
from directory.search_table import rebuild
from places.codepoint import E4
from places.models import Postcode
from places.postcodes import text_of_key

BATCH = 5000
# One in 2,000 speaks it, and one in 2,000 treats it, for the worst of rare filters.
RARE_LANGUAGE, RARE_CONDITION, RARE_SHARE = Language.YORUBA, "vertigo", 2000
_TREATED_BY_EACH = 4


def grow_to(number: int) -> None:
    """Listings up to this many (at most a million: as many HCPC numbers there are), one place of work each.

    Three in ten visit homes too. Every postcode is as likely as any other.
    """
    begin = Physiotherapist.objects.count()
    pick = random.Random(begin)
    keys = list(Postcode.objects.order_by("key").values_list("key", "latitude_e4", "longitude_e4"))
    pages = dict(Page.objects.filter(kind=Page.Kind.CONDITION).values_list("slug", "pk"))
    rare = pages.pop(RARE_CONDITION)
    common = list(pages.values())
    works_at, treats = Physiotherapist.clinics.through, Physiotherapist.conditions_treated.through
    for numbers in _batches(range(begin, number)):
        spots = [pick.choice(keys) for _ in numbers]
        with transaction.atomic():
            clinics = Clinic.objects.bulk_create(
                Clinic(
                    name=f"Clinic {index}",
                    address="1 Sample Street",
                    postcode=text_of_key(key),
                    latitude=latitude / E4,
                    longitude=longitude / E4,
                    sample=True,
                )
                for index, (key, latitude, longitude) in zip(numbers, spots, strict=True)
            )
            people = Physiotherapist.objects.bulk_create(
                _person(index, clinic, pick) for index, clinic in zip(numbers, clinics, strict=True)
            )
            works_at.objects.bulk_create(
                works_at(physiotherapist_id=person.pk, clinic_id=clinic.pk)
                for person, clinic in zip(people, clinics, strict=True)
            )
            treats.objects.bulk_create(
                treats(physiotherapist_id=person.pk, page_id=page)
                for index, person in zip(numbers, people, strict=True)
                for page in [*pick.sample(common, _TREATED_BY_EACH), *([] if index % RARE_SHARE else [rare])]
            )
            rebuild([person.pk for person in people])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _batches(numbers: range) -> Iterator[list[int]]:
    for start in range(numbers.start, numbers.stop, BATCH):
        yield list(range(start, min(start + BATCH, numbers.stop)))


def _person(index: int, clinic: Clinic, pick: random.Random) -> Physiotherapist:
    visits = pick.random() < 0.3
    return Physiotherapist(
        name=f"Person {index}",
        slug=f"person-{index}",
        gender=pick.choice(("female", "female", "female", "male", "male")),
        hcpc_number=f"PH{index}",
        specialisms=[Specialism.NEURO] if pick.random() < 0.12 else [Specialism.MUSCULOSKELETAL],
        languages=[Language.ENGLISH, *([RARE_LANGUAGE] if index % RARE_SHARE == 0 else [])],
        online=pick.random() < 0.3,
        fee_first=pick.choice(range(40, 101, 5)),
        home_visits=visits,
        visit_postcode=clinic.postcode if visits else "",
        visit_latitude=clinic.latitude if visits else None,
        visit_longitude=clinic.longitude if visits else None,
        visit_miles=pick.choice((3, 5, 10, 20)) if visits else None,
        checked_on=date(2026, 1, 1),
        check_due_on=date(2099, 1, 1),
        sample=True,
    )

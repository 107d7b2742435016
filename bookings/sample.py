"""Diaries for the sample physiotherapists, so that a booking can be tried."""

import random
from datetime import time

from django.db import transaction

from bookings.bank_holidays import Jurisdiction
from bookings.models import Diary, Kind, Offer, Where, WorkingHours
from bookings.soonest import refresh
from directory.models import Physiotherapist

# Of three people two take bookings here; the others are telephoned.
SHARE = 2 / 3
_MORNING, _DAY, _LATE = (time(9), time(13)), (time(9), time(17)), (time(12), time(20))
# The first letters of postcodes outside England and Wales (Royal Mail's areas).
_SCOTLAND = {"AB", "DD", "DG", "EH", "FK", "G", "HS", "IV", "KA", "KW", "KY", "ML", "PA", "PH", "TD", "ZE"}


@transaction.atomic
def load_sample_diaries(seed: int = 2026) -> int:
    """In place of those that sample people have; returns how many were made."""
    pick = random.Random(seed)  # noqa: S311 - invented people, not secrets
    Diary.objects.filter(physiotherapist__sample=True).delete()
    people = Physiotherapist.objects.filter(sample=True).order_by("pk").prefetch_related("clinics")
    diaries = []
    for person in people:
        if pick.random() < SHARE and (person.home_visits or person.online or person.clinics.all()):
            diaries.append(_diary_of(person, pick))
    Diary.objects.bulk_create(diaries)
    Offer.objects.bulk_create(offer for diary in diaries for offer in _offers(diary, pick))
    WorkingHours.objects.bulk_create(hours for diary in diaries for hours in _hours(diary, pick))
    for diary in diaries:
        refresh(diary)
    return len(diaries)


def _diary_of(person: Physiotherapist, pick: random.Random) -> Diary:
    clinics = person.clinics.all()
    postcode = clinics[0].postcode if clinics else person.visit_postcode
    area = "".join(letter for letter in postcode[:2] if letter.isalpha())
    kept = Jurisdiction.SCOTLAND if area in _SCOTLAND else Jurisdiction.ENGLAND_AND_WALES
    return Diary(
        physiotherapist=person,
        bank_holidays=Jurisdiction.NORTHERN_IRELAND if area == "BT" else kept,
        notice_hours=pick.choice([2, 12, 24, 48]),
        days_ahead=pick.choice([30, 60, 90]),
    )


def _offers(diary: Diary, pick: random.Random) -> list[Offer]:
    kinds = {Kind.FIRST: pick.choice([45, 60]), Kind.FOLLOW_UP: 30}
    if diary.physiotherapist.online:
        kinds[Kind.ONLINE] = 30
    gap = pick.choice([0, 5, 15])
    return [
        Offer(diary=diary, kind=kind, minutes=length, break_minutes=gap) for kind, length in kinds.items()
    ]


def _hours(diary: Diary, pick: random.Random) -> list[WorkingHours]:
    person = diary.physiotherapist
    places: list[tuple[str, int | None]] = [(Where.CLINIC, clinic.pk) for clinic in person.clinics.all()]
    if person.home_visits:
        places.append((Where.HOME, None))
    if not places:
        places.append((Where.ONLINE, None))
    days = pick.sample(range(5), pick.randint(2, 5)) + ([5] if person.weekends else [])
    made = []
    for day in days:
        where, clinic = pick.choice(places)
        starts, ends = (
            _MORNING if day == 5 else pick.choice([_DAY, _DAY, _LATE if person.evenings else _MORNING])
        )
        made.append(
            WorkingHours(
                diary=diary,
                weekday=day,
                starts=starts,
                ends=ends,
                where=where,
                clinic_id=clinic,
                online_too=person.online,
            )
        )
    return made

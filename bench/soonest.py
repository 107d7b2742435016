"""The soonest times: of all in range for sorting, from what is held, and of a page, worked out."""

import random
from collections.abc import Callable
from datetime import datetime, time, timedelta

from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.crowd import grow_to
from bench.measure import p50_p99, times_ms
from bookings.models import Appointment, Diary, Kind, Offer, State, Where, WorkingHours
from bookings.slots import Slot
from bookings.soonest import refresh, soonest, soonest_held
from directory.models import Clinic, Physiotherapist

PEOPLE, PAGE = 5000, 20
LIMIT_MS, MOST_QUERIES = 150, 3


def run() -> None:
    call_command("load_starter_content", verbosity=0)
    Physiotherapist.objects.all().delete()
    Clinic.objects.all().delete()
    grow_to(PEOPLE)
    people = list(Physiotherapist.objects.order_by("pk").values_list("pk", flat=True))
    _keep_diaries(people)
    now = timezone.now()
    pick = random.Random(5)

    def sort(minutes: int) -> None:
        held = soonest_held(people, now + timedelta(minutes=minutes))
        assert len(sorted(held, key=held.__getitem__)) == PEOPLE

    p50, p99 = p50_p99(times_ms(sort, [pick.randrange(600) for _ in range(100)]))
    print(
        f"{connection.vendor}: sorting {PEOPLE:,} by the soonest time: p50 {p50:.1f} ms, p99 {p99:.1f} ms "
        f"(at most {LIMIT_MS}), {_queries(lambda: sort(0))} query"
    )
    pages = [pick.sample(people, PAGE) for _ in range(100)]
    page_p50, page_p99 = p50_p99(times_ms(lambda page: soonest(page, now), pages))
    queries = _queries(lambda: soonest(pages[0], now))
    print(
        f"the soonest of {PAGE}, worked out: p50 {page_p50:.1f} ms, p99 {page_p99:.1f} ms, {queries} queries"
    )
    refreshed = list(Diary.objects.order_by("pk")[:100])
    p50_refresh, p99_refresh = p50_p99(times_ms(refresh, refreshed))
    print(f"what is held of one made anew: p50 {p50_refresh:.1f} ms, p99 {p99_refresh:.1f} ms")
    assert queries <= MOST_QUERIES
    assert p50 < LIMIT_MS
    Diary.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM bookings_appointment")


@transaction.atomic
def _keep_diaries(people: list[int]) -> None:
    """At the clinic and online on five days, with a third of the next fortnight taken."""
    pick = random.Random(5)
    diaries = Diary.objects.bulk_create(
        Diary(physiotherapist_id=person, notice_hours=pick.choice([2, 12, 24, 48])) for person in people
    )
    Offer.objects.bulk_create(
        Offer(diary=diary, kind=kind, minutes=minutes, break_minutes=pick.choice([0, 5, 15]))
        for diary in diaries
        for kind, minutes in ((Kind.FIRST, 45), (Kind.FOLLOW_UP, 30), (Kind.ONLINE, 30))
    )
    works_at = dict(Physiotherapist.clinics.through.objects.values_list("physiotherapist_id", "clinic_id"))
    WorkingHours.objects.bulk_create(
        WorkingHours(
            diary=diary,
            weekday=day,
            starts=pick.choice([time(8), time(9), time(12)]),
            ends=pick.choice([time(13), time(17), time(20)]),
            clinic_id=works_at[diary.physiotherapist_id],
            online_too=pick.random() < 0.5,
        )
        for diary in diaries
        for day in pick.sample(range(7), 5)
    )
    today = timezone.localtime().replace(hour=8, minute=0, second=0, microsecond=0)
    Appointment.objects.bulk_create(
        (
            _appointment(diary, works_at, today + timedelta(days=day, hours=hour))
            for diary in diaries
            for day in range(14)
            for hour in range(0, 12, 2)
            if pick.random() < 1 / 3
        ),
        batch_size=5000,
    )
    for diary in Diary.objects.all():
        refresh(diary)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _appointment(diary: Diary, works_at: dict[int, int], starts: datetime) -> Appointment:
    ends = starts + timedelta(hours=1)
    return Appointment(
        physiotherapist_id=diary.physiotherapist_id,
        kind=Kind.FIRST,
        where=Where.CLINIC,
        clinic_id=works_at[diary.physiotherapist_id],
        starts=starts,
        ends=ends,
        busy_until=ends,
        state=State.BOOKED,
    )


def _queries(call: Callable[[], dict[int, Slot] | None]) -> int:
    with CaptureQueriesContext(connection) as queries:
        call()
    return len(queries)

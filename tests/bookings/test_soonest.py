"""The soonest time, worked out and held for speed: the same, whatever happens in between."""

import random
from datetime import time, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection, transaction

from bookings.booking import Details, book, cancel, hold, move
from bookings.diaries import free_slots, open_diary
from bookings.models import Actor, Appointment, Diary, Kind, NextTimes, Offer, Where
from bookings.models.soonest import time_of, unpacked
from bookings.soonest import FIRST_READ, HELD, refresh, refresh_stale, soonest, soonest_held
from directory.models import Physiotherapist
from tests.bookings.factories import (
    add_hours,
    add_offer,
    add_time_off,
    local,
    make_appointment,
    make_diary,
    make_place,
)
from tests.factories import make_physiotherapist

pytestmark = pytest.mark.django_db
# A Monday.
NOW = local("2026-11-23 08:00")
PLACES = [(Where.CLINIC,), (Where.HOME,), (Where.ONLINE,), (Where.CLINIC, Where.HOME), Where.values]


@pytest.fixture(autouse=True)
def clock():
    """What saving goes by; a test may set it to another time."""
    with patch("django.utils.timezone.now", return_value=NOW) as now:
        yield now


def worked_out(people, now, places=Where.values):
    return {person: slot.starts for person, slot in soonest(people, now, places).items()}


def assert_in_step(people, now=NOW):
    for places in PLACES:
        assert soonest_held(people, now, places) == worked_out(people, now, places), places


def the_soonest(diary, now=NOW):
    """As it is held, which must be as it is."""
    people = [diary.physiotherapist_id]
    assert_in_step(people, now)
    return soonest_held(people, now).get(diary.physiotherapist_id)


def random_diary(pick: random.Random) -> Diary:
    hours = []
    for _ in range(pick.randint(0, 6)):
        where = pick.choice([Where.CLINIC, Where.CLINIC, Where.HOME, Where.ONLINE])
        begins, ends = sorted(pick.sample(range(0, 24), 2))
        hours.append(
            {
                "weekday": pick.randrange(7),
                "starts": time(begins, pick.choice([0, 20, 30])),
                "ends": time(ends, 45),
                "where": where,
                "online_too": pick.random() < 0.5,
            }
        )
    kinds = pick.sample([Kind.FIRST, Kind.ONLINE, Kind.FOLLOW_UP], pick.randint(1, 3))
    offers = [
        {"kind": kind, "minutes": pick.choice([30, 45, 60]), "break_minutes": pick.choice([0, 5, 20])}
        for kind in kinds
    ]
    diary = make_diary(
        hours=hours,
        offers=offers,
        notice_hours=pick.choice([0, 1, 12, 48]),
        days_ahead=pick.choice([1, 7, 60]),
        bank_holidays=pick.choice(["", "scotland"]),
        is_open=pick.random() < 0.9,
    )
    for _ in range(pick.randint(0, 3)):
        away = NOW + timedelta(hours=pick.randrange(200))
        add_time_off(diary, away, away + timedelta(hours=pick.choice([1, 30])))
    return diary


def test_what_is_held_is_what_is_worked_out_at_random_moments_of_random_lives(clock):
    pick = random.Random(6)
    diaries = [random_diary(pick) for _ in range(25)]
    people = [diary.physiotherapist_id for diary in diaries]
    now = NOW
    booked = []
    for _ in range(20):
        now += timedelta(minutes=pick.choice([0, 7, 90, 60 * 20]), seconds=pick.choice([0, 1]))
        clock.return_value = now
        # A command does this every day.
        refresh_stale(now)
        for person in pick.sample(people, 6):
            if slot := soonest([person], now).get(person):
                values: dict[str, Any] = {"where": slot.place.where, "clinic_id": slot.place.clinic_id}
                kind = Kind.ONLINE if slot.place.where == Where.ONLINE else Kind.FIRST
                values |= {"kind": kind, "ends": slot.ends, "busy_until": slot.busy_until}
                diary = next(each for each in diaries if each.physiotherapist_id == person)
                booked.append(make_appointment(diary.physiotherapist, slot.starts, **values))
        if booked:
            cancelled = pick.choice(booked)
            cancelled.state = "cancelled"
            cancelled.save()
        assert_in_step(people, now)
    assert len(booked) > 30


def test_at_later_moments_of_the_day_it_needs_nothing_made_anew(django_assert_num_queries):
    pick = random.Random(7)
    diaries = [random_diary(pick) for _ in range(40)]
    people = [diary.physiotherapist_id for diary in diaries]
    with django_assert_num_queries(1):
        assert len(soonest_held(people, NOW)) > 10
    for minutes in pick.sample(range(16 * 60), 40):
        assert_in_step(people, NOW + timedelta(minutes=minutes, seconds=pick.choice([0, 30])))


def test_three_queries_for_the_twenty_of_a_page(django_assert_num_queries):
    people = [make_diary().physiotherapist_id for _ in range(20)]
    with django_assert_num_queries(3):
        assert len(soonest(people, NOW)) == 20
    with django_assert_num_queries(1):
        assert len(soonest_held(people, NOW)) == 20


def test_each_change_of_the_diary_shows_at_once():
    diary = make_diary()
    assert the_soonest(diary) == local("2026-11-23 09:00")
    diary.notice_hours = 3
    diary.save()
    assert the_soonest(diary) == local("2026-11-23 11:00")
    diary.bank_holidays = "scotland"
    diary.days_ahead = 1
    diary.save()
    assert the_soonest(diary, NOW + timedelta(days=1)) == local("2026-11-24 11:00")
    diary.is_open = False
    diary.save()
    assert the_soonest(diary) is None and not NextTimes.objects.exists()
    diary.is_open = True
    diary.save()
    assert the_soonest(diary) == local("2026-11-23 11:00")


def test_each_change_of_its_rules_shows_at_once():
    diary = make_diary(hours=[], offers=[])
    assert the_soonest(diary) is None
    rule = add_hours(diary, weekday=2, online_too=True)
    assert the_soonest(diary) is None
    offer = add_offer(diary)
    assert the_soonest(diary) == local("2026-11-25 09:00")
    online = add_offer(diary, kind=Kind.ONLINE, minutes=30)
    assert soonest_held([diary.physiotherapist_id], NOW, [Where.ONLINE])
    rule.weekday = 1
    rule.save()
    assert the_soonest(diary) == local("2026-11-24 09:00")
    off = add_time_off(diary, local("2026-11-24 00:00"), local("2026-11-24 10:02"))
    assert the_soonest(diary) == local("2026-11-24 10:05")
    off.ends = local("2026-11-25 00:00")
    off.save()
    assert the_soonest(diary) == local("2026-12-01 09:00")
    off.delete()
    assert the_soonest(diary) == local("2026-11-24 09:00")
    offer.minutes = 480
    offer.save()
    online.delete()
    make_appointment(diary.physiotherapist, local("2026-11-24 16:30"), 30)
    assert the_soonest(diary) == local("2026-12-01 09:00")
    rule.delete()
    assert the_soonest(diary) is None


def test_each_change_of_an_appointment_shows_at_once():
    diary = make_diary()
    person = diary.physiotherapist
    details = Details("Ann Patient", "ann@example.com", "07700 900123")
    held = hold(person, Kind.FIRST, local("2026-11-23 09:00"), NOW)
    # For ten minutes only, which is not held for sorting; the page of times leaves it out.
    assert soonest_held([person.pk], NOW)[person.pk] == held.starts
    assert worked_out([person.pk], NOW)[person.pk] == local("2026-11-23 10:00")
    booked = book(held.key, details, NOW)
    assert the_soonest(diary) == local("2026-11-23 10:00")
    opened = open_diary(person.pk, NOW)
    assert opened
    move(booked.pk, next(free_slots(opened, Kind.FIRST, NOW)), opened, Actor.PATIENT, NOW)
    assert the_soonest(diary) == local("2026-11-23 09:00")
    cancel(booked.pk, Actor.PATIENT, NOW)
    assert the_soonest(diary) == local("2026-11-23 09:00")
    other = make_appointment(person, local("2026-11-23 09:00"))
    assert the_soonest(diary) == local("2026-11-23 10:00")
    other.delete()
    assert the_soonest(diary) == local("2026-11-23 09:00")


def test_it_never_names_a_time_that_a_booking_took():
    diary = make_diary(days_ahead=1)
    person = diary.physiotherapist
    seen = set()
    while starts := soonest_held([person.pk], NOW).get(person.pk):
        assert starts not in seen
        seen.add(starts)
        held = hold(person, Kind.FIRST, starts, NOW)
        book(held.key, Details("Ann Patient", f"ann{len(seen)}@example.com", "07700 900123"), NOW)
    # Two days of eight hours.
    assert len(seen) == 16


@pytest.mark.parametrize("what", ["diary", "offer", "hours", "time off", "appointment", "deleted"])
def test_it_is_rolled_back_with_what_changed_it(what):
    diary = make_diary()
    before = list(NextTimes.objects.values("where", "minutes", "notice_minutes"))
    changes = {
        "diary": lambda: Diary(pk=diary.pk, physiotherapist=diary.physiotherapist, notice_hours=9).save(),
        "offer": lambda: (
            add_offer(diary, kind=Kind.ONLINE)
            and add_hours(diary, starts=time(18), ends=time(20), where=Where.ONLINE)
        ),
        "hours": lambda: add_hours(diary, starts=time(8), ends=time(9)),
        "time off": lambda: add_time_off(diary, NOW, NOW + timedelta(hours=4)),
        "appointment": lambda: make_appointment(diary.physiotherapist, local("2026-11-23 09:00")),
        "deleted": lambda: diary.hours.get(weekday=0).delete(),
    }
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        changes[what]()
        assert list(NextTimes.objects.values("where", "minutes", "notice_minutes")) != before
        raise ZeroDivisionError
    assert list(NextTimes.objects.values("where", "minutes", "notice_minutes")) == before


@pytest.mark.parametrize("what", ["diary", "hours", "appointment"])
def test_what_changed_it_is_rolled_back_with_it(what):
    """A change whose times cannot be held is not made."""
    diary = make_diary()
    changes = {
        "diary": lambda: Diary(pk=diary.pk, physiotherapist=diary.physiotherapist, notice_hours=9).save(),
        "hours": lambda: add_hours(diary, starts=time(8), ends=time(9)),
        "appointment": lambda: make_appointment(diary.physiotherapist, local("2026-11-23 09:00")),
    }
    with (
        patch("bookings.soonest._write_next_times", side_effect=ZeroDivisionError),
        pytest.raises(ZeroDivisionError),
    ):
        # Within the test's own transaction, which shows what the change's own one took back.
        changes[what]()
    diary.refresh_from_db()
    assert diary.notice_hours == 0
    assert diary.hours.count() == 7
    assert not Appointment.objects.exists()


def test_stale_ones_are_made_anew(clock):
    diary = make_diary(days_ahead=1, hours=[{"weekday": 2}])
    fresh = make_diary()
    assert the_soonest(diary) is None
    # On Tuesday the diary reaches to Wednesday.
    clock.return_value = tomorrow = NOW + timedelta(hours=24)
    refresh(fresh)
    assert soonest_held([diary.physiotherapist_id], tomorrow) == {}
    # Of the one that was made anew this minute nothing is stale.
    assert refresh_stale(tomorrow) == 1
    assert the_soonest(diary, tomorrow) == local("2026-11-25 09:00")
    assert refresh_stale(tomorrow) == 0
    Diary.objects.update(is_open=False)
    assert refresh_stale(tomorrow + timedelta(days=3)) == 0


def test_so_many_are_held_and_who_has_run_out_is_left_out(clock):
    """Ninety-six of five minutes in a day of eight hours, and a few of the next."""
    diary = make_diary(offers=[{"minutes": 5}])
    assert len(NextTimes.objects.get().minutes) // 4 == HELD
    assert soonest_held([diary.physiotherapist_id], NOW + timedelta(days=2)) == {}
    clock.return_value = NOW + timedelta(days=2)
    refresh_stale(NOW + timedelta(days=2))
    assert the_soonest(diary, NOW + timedelta(days=2)) == local("2026-11-25 09:00")


def test_where_the_first_few_have_passed_the_others_are_read(django_assert_num_queries):
    late, early = make_diary(), make_diary()
    people = [late.physiotherapist_id, early.physiotherapist_id]
    NextTimes.objects.filter(diary=early).update(notice_minutes=0)
    held = unpacked(NextTimes.objects.get(diary=late).minutes)
    # Just after the last of those that are read at first.
    now = time_of(held[FIRST_READ - 1]) + timedelta(minutes=1)
    NextTimes.objects.filter(diary=late).update(notice_minutes=0)
    with django_assert_num_queries(2):
        found = soonest_held(people, now)
    assert found == dict.fromkeys(people, time_of(held[FIRST_READ]))


def test_with_the_clock_set_back_it_names_only_times_that_are_free(clock):
    diary = make_diary()
    make_appointment(diary.physiotherapist, local("2026-11-23 09:00"))
    before = NOW - timedelta(days=3)
    (held,) = soonest_held([diary.physiotherapist_id], before).values()
    opened = open_diary(diary.physiotherapist_id, before)
    assert opened and held in [slot.starts for slot in free_slots(opened, Kind.FIRST, before)]


@pytest.mark.parametrize("what", ["diary", "diaries", "physiotherapist", "physiotherapists"])
def test_deleting_a_diary_leaves_nothing_behind(what):
    diary = make_diary(make_physiotherapist((make_place(),), sample=True))
    other = make_diary()
    add_time_off(diary, NOW, NOW + timedelta(hours=2))
    make_appointment(diary.physiotherapist, local("2026-11-23 11:00"))
    people = Physiotherapist.objects.filter(pk=diary.physiotherapist_id)
    {
        "diary": diary.delete,
        "diaries": Diary.objects.filter(pk=diary.pk).delete,
        "physiotherapist": diary.physiotherapist.delete,
        "physiotherapists": people.delete,
    }[what]()
    connection.check_constraints()
    assert [row.diary for row in NextTimes.objects.all()] == [other]


def test_a_clinic_that_is_deleted_shows_at_once():
    here = make_place(name="Ouse Rooms")
    diary = make_diary()
    diary.physiotherapist.clinics.add(here)
    add_hours(diary, starts=time(7, 30), ends=time(8, 30), clinic=here)
    add_hours(diary, starts=time(8, 30), ends=time(9), clinic=here)
    Offer.objects.filter(kind=Kind.FIRST).update(minutes=30)
    refresh(diary)
    assert the_soonest(diary) == local("2026-11-23 08:00")
    here.delete()
    assert the_soonest(diary) == local("2026-11-23 09:00")


def test_a_full_diary_is_not_worked_out_again_each_minute(clock):
    diary = make_diary(hours=[])
    assert not NextTimes.objects.exists()
    assert refresh_stale(NOW + timedelta(minutes=1)) == 0
    assert refresh_stale(NOW + timedelta(days=1)) == 1
    assert refresh_stale(NOW + timedelta(days=1, minutes=1)) == 0
    assert not soonest_held([diary.physiotherapist_id], NOW + timedelta(days=1))

"""Free times of diaries in the database: notice, how far ahead, kinds and places."""

from datetime import date, time, timedelta

import pytest

from bookings.diaries import (
    free_slots,
    kinds_offered,
    nearest_slots,
    offered_slot,
    open_diaries,
    open_diary,
)
from bookings.models import Diary, Kind, State, Where
from bookings.slots import LOCAL
from tests.bookings.factories import (
    add_hours,
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
SHORT = [{"weekday": day, "starts": time(9), "ends": time(11)} for day in range(7)]


def times(diary, kind=Kind.FIRST, now=NOW, **narrower):
    opened = open_diary(diary.physiotherapist_id, now)
    assert opened
    return [f"{s.starts.astimezone(LOCAL):%d %H:%M}" for s in free_slots(opened, kind, now, **narrower)]


@pytest.mark.parametrize(
    ("notice", "first"),
    [
        (0, "23 09:00"),
        (1, "23 09:00"),
        (2, "23 10:00"),
        (3, "24 09:00"),
        (24, "24 09:00"),
        (25, "24 09:00"),
        (26, "24 10:00"),
        (48, "25 09:00"),
    ],
)
def test_notice(notice, first):
    assert times(make_diary(hours=SHORT, notice_hours=notice))[0] == first


def test_a_time_that_has_begun_is_past():
    diary = make_diary(hours=SHORT)
    assert times(diary, now=local("2026-11-23 09:00"))[0] == "23 09:00"
    assert times(diary, now=local("2026-11-23 09:01"))[0] == "23 10:00"
    assert times(diary, now=local("2026-11-23 10:01"))[0] == "24 09:00"


def test_notice_is_hours_that_pass_and_not_of_the_clock():
    """The night of 28 March 2026 has an hour less."""
    diary = make_diary(hours=SHORT, notice_hours=24)
    assert times(diary, now=local("2026-03-28 09:00"))[0] == "29 10:00"
    assert times(diary, now=local("2026-10-24 10:00"))[0] == "25 09:00"


@pytest.mark.parametrize(("ahead", "last"), [(1, "24 10:00"), (2, "25 10:00"), (7, "30 10:00")])
def test_how_far_ahead(ahead, last):
    assert times(make_diary(hours=SHORT, days_ahead=ahead))[-1] == last
    # On that day until its end, whatever the hour is now.
    assert times(Diary.objects.get(), now=NOW + timedelta(hours=15))[-1] == last


def test_the_day_is_londons():
    """At half past midnight in summer it is still yesterday in UTC."""
    diary = make_diary(hours=SHORT, days_ahead=1)
    assert times(diary, now=local("2026-07-07 00:30")) == ["07 09:00", "07 10:00", "08 09:00", "08 10:00"]


def test_from_day_to_day():
    diary = make_diary(hours=SHORT, days_ahead=30)
    wanted = times(diary, first=date(2026, 11, 25), last=date(2026, 11, 26))
    assert wanted == ["25 09:00", "25 10:00", "26 09:00", "26 10:00"]
    assert times(diary, first=date(2026, 11, 1), last=date(2026, 11, 23)) == ["23 09:00", "23 10:00"]
    assert times(diary, first=date(2027, 11, 1), last=date(2027, 12, 1)) == []
    assert times(diary, first=date(2026, 11, 26), last=date(2026, 11, 25)) == []


def test_whichever_days_are_asked_for_the_times_are_the_same():
    """With a break that reaches into the hours of the day after."""
    hours = [{"weekday": day, "starts": time(22), "ends": time(0)} for day in range(7)]
    hours += [{"weekday": day, "starts": time(0), "ends": time(2)} for day in range(7)]
    diary = make_diary(hours=hours, offers=[{"break_minutes": 30}], days_ahead=3)
    opened = open_diary(diary.physiotherapist_id, NOW)
    assert opened
    every = list(free_slots(opened, Kind.FIRST, NOW))
    days = [slot.starts.astimezone(LOCAL).date() for slot in every]
    by_day = [list(free_slots(opened, Kind.FIRST, NOW, day, day)) for day in sorted(set(days))]
    assert [slot for of_day in by_day for slot in of_day] == every
    assert all(offered_slot(opened, Kind.FIRST, slot.starts, NOW) == slot for slot in every)


def test_closed_on_the_bank_holidays_of_somewhere():
    christmas = {"first": date(2026, 12, 24), "last": date(2026, 12, 28)}
    diary = make_diary(hours=SHORT, bank_holidays="england-and-wales")
    assert times(diary, **christmas) == ["24 09:00", "24 10:00", "27 09:00", "27 10:00"]
    Diary.objects.update(bank_holidays="")
    assert len(times(diary, **christmas)) == 10


def test_each_kind_has_its_length_and_its_break():
    offers = [
        {"kind": Kind.FOLLOW_UP, "minutes": 30, "break_minutes": 10},
        {"kind": Kind.FIRST, "minutes": 45},
    ]
    diary = make_diary(hours=SHORT, offers=offers, days_ahead=1)
    assert times(diary)[:2] == ["23 09:00", "23 09:45"]
    assert times(diary, Kind.FOLLOW_UP)[:3] == ["23 09:00", "23 09:40", "23 10:20"]
    assert times(diary, Kind.ONLINE) == []
    opened = open_diary(diary.physiotherapist_id, NOW)
    assert opened and [offer.kind for offer in kinds_offered(opened)] == ["first", "follow-up"]


def test_at_a_clinic_at_home_and_online():
    diary = make_diary(hours=[], offers=[{}, {"kind": Kind.ONLINE, "minutes": 30}], days_ahead=6)
    add_hours(diary, ends=time(10), online_too=True)
    add_hours(diary, starts=time(11), ends=time(12), where=Where.HOME)
    add_hours(diary, starts=time(13), ends=time(14), where=Where.ONLINE)
    assert times(diary) == ["23 09:00", "23 11:00"]
    assert times(diary, where=Where.CLINIC) == ["23 09:00"]
    assert times(diary, where=Where.HOME) == ["23 11:00"]
    assert times(diary, where=Where.ONLINE) == []
    online = ["23 09:00", "23 09:30", "23 13:00", "23 13:30"]
    assert times(diary, Kind.ONLINE) == times(diary, Kind.ONLINE, where=Where.ONLINE) == online
    opened = open_diary(diary.physiotherapist_id, NOW)
    assert opened
    slot = next(free_slots(opened, Kind.ONLINE, NOW))
    assert slot.place == (Where.ONLINE, None)


def test_an_appointment_at_one_place_takes_the_time_at_all():
    diary = make_diary(hours=[], offers=[{}, {"kind": Kind.ONLINE, "minutes": 60}], days_ahead=6)
    add_hours(diary, ends=time(11), online_too=True)
    make_appointment(diary.physiotherapist, local("2026-11-23 09:30"), 30, where=Where.HOME)
    assert times(diary) == times(diary, Kind.ONLINE) == ["23 10:00"]


def test_which_appointments_take_time():
    diary = make_diary(hours=SHORT, days_ahead=1)
    person, at = diary.physiotherapist, local("2026-11-23 09:00")
    make_appointment(person, at, state=State.CANCELLED)
    make_appointment(person, at, state=State.LAPSED)
    held = make_appointment(person, at, state=State.HELD, held_until=NOW)
    assert times(diary)[0] == "23 09:00"
    held.held_until = NOW + timedelta(seconds=1)
    held.save()
    assert times(diary)[0] == "23 10:00"
    opened = open_diary(person.pk, NOW, without=held.pk)
    assert opened and offered_slot(opened, Kind.FIRST, at, NOW)
    opened = open_diaries([person.pk], NOW, with_holds=False)[person.pk]
    assert offered_slot(opened, Kind.FIRST, at, NOW)


def test_who_takes_no_bookings_has_no_diary():
    assert open_diary(make_diary(is_open=False).physiotherapist_id, NOW) is None
    assert open_diary(make_physiotherapist().pk, NOW) is None
    assert open_diary(make_diary(offers=[]).physiotherapist_id, NOW) is None
    assert open_diaries([], NOW) == {}
    assert times(make_diary(hours=[])) == []


def test_nearest():
    diary = make_diary(hours=SHORT, days_ahead=3)
    opened = open_diary(diary.physiotherapist_id, NOW)
    assert opened

    def nearest(wanted, **values):
        found = nearest_slots(opened, Kind.FIRST, "", local(wanted), NOW, **values)
        return [f"{slot.starts.astimezone(LOCAL):%d %H:%M}" for slot in found]

    assert nearest("2026-11-24 12:00") == ["24 09:00", "24 10:00", "25 09:00"]
    assert nearest("2026-11-25 08:00") == ["24 10:00", "25 09:00", "25 10:00"]
    assert nearest("2020-01-01 09:00") == ["23 09:00", "23 10:00", "24 09:00"]
    assert nearest("2030-01-01 09:00", number=1) == ["26 10:00"]


def test_of_many_people_each_their_own(django_assert_num_queries):
    diaries = [make_diary(days_ahead=1) for _ in range(20)]
    for number, diary in enumerate(diaries):
        day = local("2026-11-23 09:00") + timedelta(days=number % 2)
        make_appointment(diary.physiotherapist, day)
        add_time_off(diary, day + timedelta(hours=1), day + timedelta(hours=2 + number % 3))
    people = [diary.physiotherapist_id for diary in diaries]
    with django_assert_num_queries(3):
        opened = open_diaries(people, NOW)
        together = {person: list(free_slots(each, Kind.FIRST, NOW)) for person, each in opened.items()}
    alone = {}
    for person in people:
        each = open_diary(person, NOW)
        assert each
        alone[person] = list(free_slots(each, Kind.FIRST, NOW))
    assert together == alone
    assert len({tuple(slot.starts for slot in slots) for slots in together.values()}) > 3


def test_a_clinic_that_is_deleted_takes_its_hours_along():
    here, there = make_place(), make_place(name="Ouse Rooms")
    diary = make_diary(make_physiotherapist((here, there)), hours=[], days_ahead=1)
    add_hours(diary, ends=time(10), clinic=here)
    add_hours(diary, starts=time(10), ends=time(11), clinic=there)
    there.delete()
    assert times(diary) == ["23 09:00"]

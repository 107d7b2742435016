"""Holding, booking, moving and cancelling, at moments that each test sets."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from bookings.booking import NotOpenError, book, cancel, hold, mark_no_show, move
from bookings.diaries import free_slots, offered_slot, open_diary
from bookings.models import Actor, Appointment, Kind, Offer, State, Where, WorkingHours
from tests.bookings.factories import add_hours, add_time_off, local, make_appointment, make_diary, make_place
from tests.bookings.moments import (
    ANN,
    BEN,
    MINUTE,
    NOW,
    TEN,
    booked_for,
    events,
    gone,
    held_for,
    mails,
    moved,
)
from tests.factories import make_physiotherapist


@pytest.fixture
def diary(db):
    return make_diary()


# --- Holding ---


def test_a_held_time_is_kept_for_ten_minutes(diary):
    held = held_for(diary)
    assert (held.state, held.held_until) == (State.HELD, NOW + 10 * MINUTE)
    assert (held.starts, held.ends, held.busy_until) == (TEN, TEN + 60 * MINUTE, TEN + 60 * MINUTE)
    assert held.change_until == TEN - timedelta(hours=24)
    nearest = [TEN - 60 * MINUTE, TEN + 60 * MINUTE, TEN + 120 * MINUTE]
    assert gone(held_for, diary, now=NOW + 9 * MINUTE) == nearest
    other = held_for(diary, now=NOW + 10 * MINUTE)
    held.refresh_from_db()
    assert (held.state, held.held_until, other.state) == (State.LAPSED, None, State.HELD)


@pytest.mark.parametrize(
    "starts",
    [
        NOW - timedelta(days=1),
        NOW - timedelta(days=20000),
        TEN + 5 * MINUTE,
        TEN + timedelta(seconds=1),
        local("2026-11-24 08:00"),
        local("2026-11-24 17:00"),
        local("2027-02-01 10:00"),
        local("2199-01-01 10:00"),
    ],
    ids=["past", "long past", "off the grid", "a second off", "before", "after", "beyond", "far beyond"],
)
def test_a_time_that_is_not_on_offer_cannot_be_held(diary, starts):
    assert len(gone(held_for, diary, starts)) == 3
    assert not Appointment.objects.exists()


def test_on_the_horizon(diary):
    assert held_for(diary, local("2027-01-22 10:00"))
    assert gone(held_for, diary, local("2027-01-23 10:00"))[-1] == local("2027-01-22 16:00")


def test_another_physiotherapists_time_cannot_be_held(diary):
    late = make_diary(hours=[{"weekday": 1, "starts": time(18), "ends": time(20)}])
    evening = local("2026-11-24 18:00")
    assert gone(held_for, diary, evening) == [TEN + each * 60 * MINUTE for each in (4, 5, 6)]
    assert held_for(late, evening)


def test_a_kind_that_is_not_given_cannot_be_held(diary):
    assert gone(hold, diary.physiotherapist, Kind.ONLINE, TEN, NOW) == []
    assert gone(hold, make_physiotherapist(), Kind.FIRST, TEN, NOW) == []


def test_what_it_offers_instead_is_where_it_was_wanted(diary):
    add_hours(diary, weekday=1, starts=time(17), ends=time(20), where=Where.HOME)
    held_for(diary)
    at_home = gone(held_for, diary, where=Where.HOME)
    assert at_home == [local(f"2026-11-24 {hour}:00") for hour in (17, 18, 19)]


# --- Booking ---


def test_booking(diary):
    held = held_for(diary)
    booked = book(held.key, ANN, NOW + MINUTE)
    booked.refresh_from_db()
    assert (booked.pk, booked.state, booked.held_until) == (held.pk, State.BOOKED, None)
    assert (booked.name, booked.email, booked.reason) == ("Ann Patient", "ann@example.com", "A sore neck")
    assert booked.booked_at == booked.consented_at == NOW + MINUTE
    assert events(booked) == [("booked", "patient", NOW + MINUTE)]
    assert mails() == [("booked", "patient", 0), ("booked", "physiotherapist", 0)]


def test_booked_twice_is_booked_once(diary):
    held = held_for(diary)
    first = book(held.key, ANN, NOW)
    assert book(held.key, BEN, NOW + MINUTE).pk == first.pk
    first.refresh_from_db()
    assert (first.name, first.booked_at, first.events.count()) == ("Ann Patient", NOW, 1)
    assert len(mails()) == 2


def test_a_cancelled_one_is_not_booked_again(diary):
    booked = booked_for(diary)
    cancel(booked.pk, Actor.PATIENT, NOW)
    assert book(booked.key, ANN, NOW).state == State.CANCELLED


def test_a_hold_that_ended_is_good_while_the_time_is_free(diary):
    held = held_for(diary)
    assert book(held.key, ANN, NOW + timedelta(hours=5)).state == State.BOOKED
    # And one that lapsed, since somebody else looked for another time.
    lapsed = held_for(diary, TEN + 60 * MINUTE)
    held_for(diary, TEN + 120 * MINUTE, NOW + 11 * MINUTE)
    lapsed.refresh_from_db()
    assert lapsed.state == State.LAPSED
    assert book(lapsed.key, BEN, NOW + 12 * MINUTE).state == State.BOOKED


def test_a_hold_that_ended_is_gone_once_another_has_the_time(diary):
    held = held_for(diary)
    later = NOW + 11 * MINUTE
    booked_for(diary, details=BEN, now=later)
    nearest = [TEN - 60 * MINUTE, TEN + 60 * MINUTE, TEN + 120 * MINUTE]
    assert gone(book, held.key, ANN, later) == nearest
    held.refresh_from_db()
    assert (held.state, held.name, held.email) == (State.LAPSED, "", "")
    assert Appointment.objects.get(state=State.BOOKED).email == "ben@example.com"


def test_a_hold_of_somebody_else_is_respected_by_one_that_ended(diary):
    held = held_for(diary)
    other = held_for(diary, now=NOW + 11 * MINUTE)
    assert gone(book, held.key, ANN, NOW + 12 * MINUTE)
    assert book(other.key, BEN, NOW + 12 * MINUTE).state == State.BOOKED


def test_an_unknown_key(diary):
    with pytest.raises(Appointment.DoesNotExist):
        book(make_appointment(diary.physiotherapist, TEN)._meta.get_field("key").get_default(), ANN, NOW)


def change_hours(diary):
    WorkingHours.objects.filter(diary=diary, weekday=1).update(starts=time(11))


def change_place(diary):
    WorkingHours.objects.filter(diary=diary, weekday=1).update(clinic=make_place(name="Ouse Rooms"))


def enter_time_off(diary):
    add_time_off(diary, TEN - MINUTE, TEN + MINUTE)


def close_diary(diary):
    diary.is_open = False
    diary.save()


def withdraw_kind(diary):
    Offer.objects.filter(diary=diary, kind=Kind.FIRST).delete()


def unlist(diary):
    diary.physiotherapist.listed = False
    diary.physiotherapist.save()


def let_check_run_out(diary):
    diary.physiotherapist.check_due_on = timezone.localdate() - timedelta(days=1)
    diary.physiotherapist.checked_on = timezone.localdate() - timedelta(days=300)
    diary.physiotherapist.save()


def change_grid(diary):
    WorkingHours.objects.filter(diary=diary, weekday=1).update(starts=time(9, 30))


@pytest.mark.parametrize(
    ("change", "offered"),
    [
        (change_hours, 3),
        (change_place, 3),
        (enter_time_off, 3),
        (change_grid, 3),
        (close_diary, 0),
        (withdraw_kind, 0),
        (unlist, 0),
        (let_check_run_out, 0),
    ],
)
def test_what_changed_between_the_choice_and_the_confirmation(diary, change, offered):
    held = held_for(diary)
    change(diary)
    nearest = gone(book, held.key, ANN, NOW + MINUTE)
    assert len(nearest) == offered
    held.refresh_from_db()
    assert held.state == State.HELD and not mails()


def test_a_length_that_changed_counts_from_the_confirmation_on(diary):
    held = held_for(diary)
    Offer.objects.filter(kind=Kind.FIRST).update(minutes=30, break_minutes=30, price=55)
    booked = book(held.key, ANN, NOW + MINUTE)
    assert (booked.ends, booked.busy_until) == (TEN + 30 * MINUTE, TEN + 60 * MINUTE)
    assert booked.price == 55


def test_a_length_that_does_not_fit_any_more(diary):
    held = held_for(diary)
    make_appointment(diary.physiotherapist, TEN + 60 * MINUTE)
    Offer.objects.filter(kind=Kind.FIRST).update(break_minutes=60)
    WorkingHours.objects.update(starts=time(10))
    assert gone(book, held.key, ANN, NOW + MINUTE)


def test_the_notice_was_kept_when_the_time_was_chosen(db):
    diary = make_diary(notice_hours=2)
    held = held_for(diary, local("2026-11-23 10:00"))
    assert book(held.key, ANN, NOW + 9 * MINUTE).state == State.BOOKED
    # Once the hold has ended, it counts as anybody's.
    ended = held_for(diary, local("2026-11-23 11:00"), local("2026-11-23 09:00"))
    assert gone(book, ended.key, BEN, local("2026-11-23 09:11"))


def test_a_time_that_has_begun_meanwhile_is_gone(diary):
    held = held_for(diary, now=TEN - MINUTE)
    assert gone(book, held.key, ANN, TEN + MINUTE)


def test_with_the_clock_set_back(diary):
    """By a few minutes or a day: who holds a time has it, and nobody else can."""
    held = held_for(diary)
    for back in (timedelta(minutes=7), timedelta(days=1)):
        assert gone(held_for, diary, now=NOW - back)
    assert book(held.key, ANN, NOW - timedelta(hours=1)).state == State.BOOKED
    assert gone(held_for, diary, now=NOW - timedelta(hours=2))
    assert cancel(held.pk, Actor.PATIENT, NOW - timedelta(hours=3)).state == State.CANCELLED


def test_what_a_home_visit_costs(db):
    person = make_physiotherapist(visits_from="LS1 4AP", fee_home=60, visit_fee=8, fee_first=50)
    diary = make_diary(person, hours=[{"weekday": 1, "where": Where.HOME}])
    booked = booked_for(diary)
    assert (booked.where, booked.clinic, booked.price) == (Where.HOME, None, 68)


# --- Moving ---


def test_moving(diary):
    booked = booked_for(diary)
    after = moved(booked, TEN + 60 * MINUTE)
    assert (after.pk, after.starts, after.sequence) == (booked.pk, TEN + 60 * MINUTE, 1)
    assert after.change_until == TEN + 60 * MINUTE - timedelta(hours=24)
    assert events(after)[-1] == ("moved", "patient", NOW)
    assert after.events.get(what="moved").detail == "From Tue 24 Nov 2026 10:00 to Tue 24 Nov 2026 11:00"
    assert mails("moved") == [("moved", "patient", 1), ("moved", "physiotherapist", 1)]
    # Its former time is free.
    assert held_for(diary)


def test_moved_onto_part_of_its_own_time(diary):
    booked = booked_for(diary)
    WorkingHours.objects.filter(weekday=1).update(starts=time(10, 30))
    assert moved(booked, TEN + 30 * MINUTE).starts == TEN + 30 * MINUTE


def test_moved_to_where_it_is_already_it_stays(diary):
    booked = booked_for(diary)
    again = moved(booked, TEN)
    assert (again.sequence, len(events(again)), len(mails())) == (0, 1, 2)


def test_what_is_over_or_cancelled_does_not_move(diary):
    booked = booked_for(diary)
    opened = open_diary(booked.physiotherapist_id, NOW, without=booked.pk)
    assert opened
    slot = offered_slot(opened, Kind.FIRST, TEN + 60 * MINUTE, NOW)
    assert slot
    with pytest.raises(NotOpenError):
        move(booked.pk, slot, opened, Actor.PATIENT, TEN)
    cancel(booked.pk, Actor.PATIENT, NOW)
    with pytest.raises(NotOpenError):
        move(booked.pk, slot, opened, Actor.PATIENT, NOW)
    booked.refresh_from_db()
    assert (booked.starts, mails("moved")) == (TEN, [])


def test_a_time_that_was_taken_meanwhile_leaves_it_as_it_was(diary):
    booked = booked_for(diary)
    opened = open_diary(booked.physiotherapist_id, NOW, without=booked.pk)
    assert opened
    slot = offered_slot(opened, Kind.FIRST, TEN + 60 * MINUTE, NOW)
    assert slot
    booked_for(diary, TEN + 60 * MINUTE, BEN)
    assert len(gone(move, booked.pk, slot, opened, Actor.PATIENT, NOW)) == 3
    booked.refresh_from_db()
    assert (booked.starts, booked.state, booked.sequence) == (TEN, State.BOOKED, 0)
    assert mails("moved") == [] and len(events(booked)) == 1


# --- Cancelling, and who did not come ---


def test_cancelling_twice_is_cancelling_once(diary):
    booked = booked_for(diary)
    for minutes in (1, 2):
        cancelled = cancel(booked.pk, Actor.PHYSIOTHERAPIST, NOW + minutes * MINUTE, reason="I am ill.")
    assert (cancelled.state, cancelled.cancelled_by, cancelled.sequence) == (
        "cancelled",
        "physiotherapist",
        1,
    )
    assert cancelled.cancel_reason == "I am ill."
    assert events(cancelled)[1:] == [("cancelled", "physiotherapist", NOW + MINUTE)]
    assert mails("cancelled") == [("cancelled", "patient", 1), ("cancelled", "physiotherapist", 1)]


@pytest.mark.parametrize(("by", "is_free"), [("patient", True), ("editor", True), ("physiotherapist", False)])
def test_the_time_is_free_again_unless_the_physiotherapist_cannot_come(diary, by, is_free):
    booked = booked_for(diary)
    cancel(booked.pk, by, NOW)
    opened = open_diary(diary.physiotherapist_id, NOW)
    assert opened
    assert (booked.starts in [slot.starts for slot in free_slots(opened, booked.kind, NOW)]) == is_free


def test_what_has_begun_or_was_never_booked_is_not_cancelled(diary):
    booked = booked_for(diary)
    with pytest.raises(NotOpenError):
        cancel(booked.pk, Actor.PATIENT, TEN)
    with pytest.raises(NotOpenError):
        cancel(held_for(diary, TEN + 60 * MINUTE).pk, Actor.PATIENT, NOW)
    assert mails("cancelled") == []


def test_who_did_not_come(diary):
    booked = booked_for(diary)
    with pytest.raises(NotOpenError):
        mark_no_show(booked.pk, False, Actor.PHYSIOTHERAPIST, TEN - MINUTE)
    for came, state in ((False, "no-show"), (False, "no-show"), (True, "booked"), (True, "booked")):
        assert mark_no_show(booked.pk, came, Actor.PHYSIOTHERAPIST, TEN).state == state
    assert [what for what, _, _ in events(booked)] == ["booked", "no-show", "came"]
    cancelled = booked_for(diary, TEN + 60 * MINUTE)
    cancel(cancelled.pk, Actor.PATIENT, NOW)
    with pytest.raises(NotOpenError):
        mark_no_show(cancelled.pk, False, Actor.PHYSIOTHERAPIST, TEN + timedelta(days=1))

"""The database itself refuses two appointments of one physiotherapist at one time, whoever writes them."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from bookings.models import Appointment
from tests.bookings.factories import local, make_appointment, make_diary

NINE = local("2026-11-24 09:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def there(db):
    """From 09:00 to 10:00, with a break until 10:15."""
    return make_appointment(make_diary().physiotherapist, NINE, busy_until=NINE + 75 * MINUTE)


def in_database(name, value):
    field = next(each for each in Appointment._meta.concrete_fields if each.attname == name)
    return field.get_db_prep_save(value, connection)


def insert(like, **values):
    """In plain SQL, a row that is like another but for some values."""
    values = {name: in_database(name, value) for name, value in {"key": uuid4(), **values}.items()}
    columns = [field.attname for field in Appointment._meta.concrete_fields if field.attname != "id"]
    quoted = [connection.ops.quote_name(column) for column in columns]
    shown = ["%s" if column in values else name for column, name in zip(columns, quoted, strict=True)]
    given = [values[column] for column in columns if column in values]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO bookings_appointment ({', '.join(quoted)}) "  # noqa: S608 - the model's own names
            f"SELECT {', '.join(shown)} FROM bookings_appointment WHERE id = %s",
            [*given, like.pk],
        )


def update(row, **values):
    assignments = ", ".join(f"{name} = %s" for name in values)
    given = [in_database(name, value) for name, value in values.items()]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE bookings_appointment SET {assignments} WHERE id = %s",  # noqa: S608 - names from here
            [*given, row.pk],
        )


def times(begins, lasts, pause=0):
    starts = NINE + begins * MINUTE
    ends = starts + lasts * MINUTE
    return {"starts": starts, "ends": ends, "busy_until": ends + pause * MINUTE}


# Minutes after nine, how long, and the break after it.
MEETING = [(0, 60, 15), (0, 60, 0), (10, 10, 0), (-60, 200, 0), (-30, 31, 0), (-30, 20, 11), (74, 30, 0)]
BESIDE = [(75, 30, 0), (-30, 30, 0), (-30, 20, 10), (24 * 60, 60, 0), (-600, 60, 0)]


@pytest.mark.parametrize("other", MEETING)
def test_a_row_that_meets_another_is_refused(there, other):
    with pytest.raises(IntegrityError, match="appointments_do_not_overlap"):
        insert(there, **times(*other))
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize("other", BESIDE)
def test_one_beside_it_is_not_even_where_they_touch(there, other):
    insert(there, **times(*other))
    assert Appointment.objects.count() == 2


@pytest.mark.parametrize("other", MEETING)
def test_nor_is_one_moved_or_made_longer_into_another(there, other):
    moved = make_appointment(there.physiotherapist, NINE + timedelta(days=3))
    with pytest.raises(IntegrityError, match="appointments_do_not_overlap"):
        update(moved, **times(*other))
    moved.refresh_from_db()
    assert moved.starts == NINE + timedelta(days=3)


@pytest.mark.parametrize("other", BESIDE)
def test_one_may_be_moved_beside_it(there, other):
    moved = make_appointment(there.physiotherapist, NINE + timedelta(days=3))
    update(moved, **times(*other))
    moved.refresh_from_db()
    assert moved.starts == NINE + other[0] * MINUTE


def test_one_may_be_moved_to_a_time_that_meets_its_own(there):
    update(there, **times(30, 60))
    there.refresh_from_db()
    assert there.starts == NINE + 30 * MINUTE


@pytest.mark.parametrize("state", ["held", "booked", "no-show"])
@pytest.mark.parametrize("other", ["held", "booked", "no-show"])
def test_all_that_take_time_do(there, state, other):
    until = {"held_until": NINE}
    update(there, state=state, name="", email="", phone="", **until)
    with pytest.raises(IntegrityError, match="appointments_do_not_overlap"):
        insert(there, state=other, **until)


@pytest.mark.parametrize("state", ["cancelled", "lapsed"])
def test_what_is_cancelled_or_lapsed_takes_none(there, state):
    insert(there, state=state)
    assert Appointment.objects.count() == 2
    # And it cannot come back.
    with pytest.raises(IntegrityError, match="appointments_do_not_overlap"):
        update(Appointment.objects.get(state=state), state="booked")
    update(there, state="cancelled")
    update(Appointment.objects.exclude(pk=there.pk).get(), state="booked")


def test_two_physiotherapists_work_at_one_time(there):
    other = make_diary().physiotherapist
    insert(there, physiotherapist_id=other.pk)
    assert Appointment.objects.filter(starts=NINE).count() == 2
    # An appointment is not given to somebody who has one.
    with pytest.raises(IntegrityError, match="appointments_do_not_overlap"):
        update(there, physiotherapist_id=other.pk)


def test_many_at_once_are_refused_as_one(there):
    """Django's own ways round ``save()``."""
    days = [Appointment.objects.get(pk=there.pk) for _ in range(3)]
    for number, row in enumerate(days, 1):
        row.pk, row.key, row.starts = None, uuid4(), NINE + timedelta(days=number)
        row.ends = row.busy_until = row.starts + timedelta(hours=1)
    Appointment.objects.bulk_create(days)
    with pytest.raises(IntegrityError, match="appointments_do_not_overlap"), transaction.atomic():
        Appointment.objects.update(**times(0, 60))
    assert Appointment.objects.filter(starts=NINE).count() == 1


def test_the_editors_form_is_told_in_words(there):
    other = Appointment.objects.get(pk=there.pk)
    other.pk, other.key = None, uuid4()
    with pytest.raises(Exception, match="At that time there is another appointment: 24 Nov 2026 09:00"):
        other.full_clean()

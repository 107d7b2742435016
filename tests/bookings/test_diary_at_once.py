"""Two editors at one diary: the second is told before what the first saved is replaced."""

import pytest
from django.http import QueryDict

from bookings.admin.diary import without_deleted
from bookings.groups import BOOKING_EDITOR
from tests.bookings.editors import opened, url_of
from tests.bookings.factories import make_diary, make_place
from tests.conditions.editing import SignedIn, said
from tests.factories import make_physiotherapist
from tests.markup import page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann():
    return SignedIn(BOOKING_EDITOR, name="ann")


@pytest.fixture
def ben():
    return SignedIn(BOOKING_EDITOR, name="ben")


@pytest.fixture
def diary():
    person = make_physiotherapist((make_place(name="Aire Rooms"),), name="Pat")
    days = [{"weekday": day} for day in range(3)]
    return make_diary(person, hours=days, offers=[{"minutes": 40}])


def save(client, diary, form):
    return client.post(url_of(diary), form | {"_continue": "1"})


def test_the_second_is_told_keeps_what_they_typed_and_can_save_again(ann, ben, diary):
    first, second = opened(ann, diary), opened(ben, diary)
    assert save(ann, diary, first | {"notice_hours": "3"}).status_code == 302
    response = save(ben, diary, second | {"notice_hours": "5", "offers-0-minutes": "50"})
    assert response.status_code == 200
    assert "ann saved this diary while you were at it" in said(ben, response)
    diary.refresh_from_db()
    assert (diary.notice_hours, diary.offers.get().minutes) == (3, 40)
    page = page_of(response)
    assert page.one("input", name="offers-0-minutes")["value"] == "50"
    again = second | {
        "notice_hours": "5",
        "offers-0-minutes": "50",
        "seen": page.one("input", name="seen")["value"],
    }
    assert save(ben, diary, again).status_code == 302
    diary.refresh_from_db()
    assert (diary.notice_hours, diary.offers.get().minutes) == (5, 50)


def test_a_row_that_the_first_deleted_is_gone_and_the_others_are_saved(ann, ben, diary):
    first, second = opened(ann, diary), opened(ben, diary)
    assert save(ann, diary, first | {"hours-0-DELETE": "on"}).status_code == 302
    response = save(ben, diary, second | {"hours-2-ends": "18:30"})
    assert response.status_code == 200
    page = page_of(response)
    assert page.one("input", name="hours-TOTAL_FORMS")["value"] == "2"
    assert page.one("input", name="hours-1-ends")["value"] == "18:30"
    again = opened(ben, diary) | {"hours-1-ends": "18:30"}
    assert save(ben, diary, again).status_code == 302
    assert [f"{rule.weekday} {rule.ends:%H:%M}" for rule in diary.hours.all()] == ["1 17:00", "2 18:30"]


def test_who_saves_twice_alone_is_not_stopped(ann, diary):
    for hours in ("3", "4"):
        assert save(ann, diary, opened(ann, diary) | {"notice_hours": hours}).status_code == 302


def table(initial, *rows, total=None):
    """What a browser sends for a table of rows, of which the first ``initial`` are saved ones."""
    sent = {"r-TOTAL_FORMS": str(total or len(rows)), "r-INITIAL_FORMS": str(initial), "other": "1"}
    for number, row in enumerate(rows):
        sent |= {f"r-{number}-{name}": value for name, value in row.items()}
    return sent


ONE, TWO, NEW = {"id": "1", "x": "a"}, {"id": "2", "x": "b"}, {"id": "", "x": "c"}


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        (table(2, ONE, TWO), table(1, TWO)),
        (table(1, ONE, NEW), table(0, NEW)),
        (table(2, ONE, ONE, NEW), table(0, NEW)),
        (table(1, TWO, NEW), table(1, TWO, NEW)),
        (table(1, ONE, total="x"), table(1, ONE, total="x")),
        ({"r-0-id": "1"}, {"r-0-id": "1"}),
    ],
)
def test_rows_that_are_no_more_are_taken_out_of_what_was_sent(sent, left):
    given = QueryDict(mutable=True)
    given.update(sent)
    assert without_deleted(given, "r", {"2"}).dict() == left

"""Diaries in the admin: what an editor may enter, what is refused and why, and the week at a glance."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group, Permission

from bookings.groups import BOOKING_EDITOR, OF_THE_DIRECTORY, PERMISSIONS, make_groups
from bookings.models import Diary, State
from tests.bookings.editors import DIARIES as LIST
from tests.bookings.editors import opened, url_of
from tests.bookings.factories import (
    local,
    make_appointment,
    make_diary,
    make_place,
)
from tests.conditions.editing import SignedIn, clock_at, said, text_of
from tests.factories import make_physiotherapist
from tests.markup import page_of

pytestmark = pytest.mark.django_db

NOW = "2026-11-23 08:00"


@pytest.fixture(autouse=True)
def _monday_morning():
    with clock_at(NOW):
        yield


@pytest.fixture
def ed():
    return SignedIn(BOOKING_EDITOR, name="ed")


@pytest.fixture
def person():
    places = make_place(name="Aire Rooms"), make_place(name="Dock Rooms")
    return make_physiotherapist(places, name="Pat", email="pat@example.com")


@pytest.fixture
def diary(person):
    return make_diary(person, hours=[{}], offers=[{}])


def with_row(form, of, /, **values):
    """The form with one more row, as a browser would send it."""
    number = int(form[f"{of}-TOTAL_FORMS"])
    row = {f"{of}-{number}-{name}": value for name, value in values.items()}
    return form | row | {f"{of}-TOTAL_FORMS": str(number + 1)}


def save(client, diary, form):
    return client.post(url_of(diary), form | {"_continue": "1"})


def hours(clinic=None, **values):
    where = {"where": "clinic", "clinic": clinic.pk} if clinic else {}
    return {"weekday": "0", "starts": "09:00", "ends": "12:00"} | where | values


# --- Making and changing one ---


def test_a_diary_is_made_in_two_steps(ed, person):
    page = page_of(ed.get(f"{LIST}add/"))
    assert "admin-autocomplete" in page.one("select", name="physiotherapist")["class"]
    assert not page.all("input", name="hours-TOTAL_FORMS")
    response = ed.post(
        f"{LIST}add/",
        {
            "physiotherapist": person.pk,
            "is_open": "on",
            "bank_holidays": "scotland",
            "notice_hours": "4",
            "days_ahead": "30",
            "change_hours": "48",
        },
    )
    diary = Diary.objects.get()
    assert response.headers["Location"] == url_of(diary)
    assert "Now enter kinds of appointment and working hours" in said(ed, response)
    form = with_row(opened(ed, diary), "offers", kind="first", minutes="45", break_minutes="5", price="60")
    form = with_row(form, "hours", **hours(person.clinics.get(name="Dock Rooms"), valid_from="2026-12-01"))
    form = with_row(form, "time_off", starts="2026-12-24T12:00", ends="2027-01-02T09:00", note="Away")
    assert save(ed, diary, form).status_code == 302
    diary.refresh_from_db()
    assert (diary.physiotherapist, diary.bank_holidays, diary.change_hours) == (person, "scotland", 48)
    assert [str(offer) for offer in diary.offers.all()] == ["First assessment, 45 minutes"]
    assert [str(rule) for rule in diary.hours.all()] == ["Monday 09:00 to 12:00, Dock Rooms"]
    assert diary.hours.get().valid_from == date(2026, 12, 1)
    assert diary.time_off.get().starts == local("2026-12-24 12:00")


def test_autocomplete_finds_people_by_name(ed, person):
    asked = {"app_label": "bookings", "model_name": "diary", "field_name": "physiotherapist", "term": "pa"}
    answer = ed.get("/admin/autocomplete/", asked).json()
    assert [found["text"] for found in answer["results"]] == ["Pat"]


def test_a_second_diary_of_one_person_is_refused(ed, diary):
    form = {
        "physiotherapist": diary.physiotherapist_id,
        "notice_hours": 1,
        "days_ahead": 9,
        "change_hours": 1,
    }
    response = ed.post(f"{LIST}add/", form)
    assert "There is a diary of this physiotherapist already" in said(ed, response)
    assert Diary.objects.count() == 1


def test_whose_diary_it_is_stays(ed, diary):
    other = make_physiotherapist(name="Other")
    save(ed, diary, opened(ed, diary) | {"physiotherapist": other.pk, "notice_hours": "7"})
    diary.refresh_from_db()
    assert (diary.physiotherapist.name, diary.notice_hours) == ("Pat", 7)


def test_only_the_persons_own_clinics_are_offered(ed, diary):
    make_place(name="Elsewhere")
    row = page_of(ed.get(url_of(diary))).one("select", name="hours-0-clinic")
    assert [option.text.partition(",")[0] for option in row.all("option")][1:] == ["Aire Rooms", "Dock Rooms"]


def test_hours_that_are_over_midnight_are_two(ed, diary):
    form = with_row(opened(ed, diary), "hours", **hours(make_place(), starts="20:00", ends="02:00"))
    assert "Enter hours over midnight as two" in said(ed, save(ed, diary, form))
    theirs = diary.physiotherapist.clinics.first()
    form = with_row(opened(ed, diary), "hours", **hours(theirs, starts="20:00", ends="00:00"))
    assert save(ed, diary, form).status_code == 302


def test_the_editor_is_told_where_nobody_would_be_told_of_appointments(ed, diary):
    told = "Pat has no e-mail address on their own page"
    assert told not in said(ed, save(ed, diary, opened(ed, diary)))
    type(diary.physiotherapist).objects.update(email="")
    assert told in said(ed, save(ed, diary, opened(ed, diary)))


# --- What is refused, and the words for it ---


def test_hours_at_two_places_at_one_time_are_refused_and_both_rows_named(ed, diary):
    dock = diary.physiotherapist.clinics.get(name="Dock Rooms")
    form = with_row(opened(ed, diary), "hours", **hours(dock, starts="16:30", ends="19:00"))
    response = save(ed, diary, form)
    assert (
        "Monday 09:00 to 17:00, Aire Rooms and Monday 16:30 to 19:00, Dock Rooms: both claim the same time"
        in said(ed, response)
    )
    assert diary.hours.count() == 1
    assert page_of(response).one("input", name="hours-1-starts")["value"] == "16:30"


@pytest.mark.parametrize(
    "values",
    [
        {"starts": "17:00", "ends": "19:00"},
        {"weekday": "1"},
        {"valid_until": "2026-11-30"},
    ],
)
def test_hours_that_only_nearly_meet_are_taken(ed, diary, values):
    diary.hours.update(valid_from=date(2026, 12, 1))
    dock = diary.physiotherapist.clinics.get(name="Dock Rooms")
    form = with_row(opened(ed, diary), "hours", **hours(dock, **values))
    response = save(ed, diary, form)
    assert response.status_code == 302, said(ed, response)


def test_a_row_that_is_deleted_is_in_nobodys_way(ed, diary):
    dock = diary.physiotherapist.clinics.get(name="Dock Rooms")
    form = with_row(opened(ed, diary), "hours", **hours(dock)) | {"hours-0-DELETE": "on"}
    assert save(ed, diary, form).status_code == 302
    assert [rule.clinic for rule in diary.hours.all()] == [dock]


@pytest.mark.parametrize(
    ("kind", "row", "message"),
    [
        (
            "hours",
            hours(weekday="1", where="home"),
            "“Visits patients at home” is not ticked on the page of Pat",
        ),
        (
            "hours",
            hours(weekday="1", where="online"),
            "“Sees patients online” is not ticked on the page of Pat",
        ),
        (
            "hours",
            hours(weekday="1", where="home", online_too="on"),
            "“Sees patients online” is not ticked on the page of Pat",
        ),
        (
            "offers",
            {"kind": "online", "minutes": "30", "break_minutes": "0"},
            "“Sees patients online” is not ticked",
        ),
        ("offers", {"kind": "follow-up", "minutes": "2", "break_minutes": "0"}, "greater than or equal to 5"),
        (
            "offers",
            {"kind": "first", "minutes": "30", "break_minutes": "0"},
            "Each kind of appointment stands here once",
        ),
        ("hours", hours(weekday="1", where="clinic"), "Choose the clinic for hours at a clinic"),
        ("hours", hours(weekday="1", starts="nine"), "Enter a valid time"),
        ("time_off", {"starts": "2026-12-02T09:00", "ends": "2026-12-01T09:00"}, "ends before it starts"),
        ("time_off", {"starts": "2026-12-02T09:00", "ends": "2036-12-01T09:00"}, "close the diary instead"),
    ],
)
def test_what_a_row_may_not_say(ed, diary, kind, row, message):
    response = save(ed, diary, with_row(opened(ed, diary), kind, **row))
    assert message in said(ed, response)
    assert (diary.hours.count(), diary.offers.count(), diary.time_off.count()) == (1, 1, 0)


def test_home_and_online_hours_are_for_whoever_does_that(ed):
    person = make_physiotherapist((make_place(),), visits_from="LS1 4AP", online=True)
    diary = make_diary(person, hours=[], offers=[])
    form = with_row(opened(ed, diary), "offers", kind="online", minutes="30", break_minutes="0")
    form = with_row(form, "hours", **hours(where="home", online_too="on"))
    form = with_row(form, "hours", **hours(weekday="1", where="online"))
    response = save(ed, diary, form)
    assert response.status_code == 302, said(ed, response)


def test_a_clinic_of_somebody_else_is_refused_and_one_that_they_left_too(ed, diary):
    elsewhere = make_place(name="Elsewhere")
    response = save(ed, diary, with_row(opened(ed, diary), "hours", **hours(elsewhere, weekday="2")))
    assert "Choose one of the clinics of this physiotherapist" in said(ed, response)
    diary.physiotherapist.clinics.set([elsewhere])
    response = save(ed, diary, opened(ed, diary))
    assert "Choose one of the clinics of this physiotherapist" in said(ed, response)


# --- Appointments outside the hours ---


def test_the_editor_is_told_of_appointments_that_lie_outside_after_a_change(ed, diary):
    kept = make_appointment(diary.physiotherapist, local("2026-11-30 10:00"), name="Ann Patient")
    late = make_appointment(diary.physiotherapist, local("2026-11-30 15:00"))
    before = text_of(ed.get(url_of(diary)))
    assert "Appointments outside the hours" not in before
    response = save(ed, diary, opened(ed, diary) | {"hours-0-ends": "12:00"})
    page = page_of(ed.get(response.headers["Location"]))
    warning = page.one("li", class_="warning")
    assert "Appointments that are booked are kept" in warning.text
    assert list(warning.links) == [f"/admin/bookings/appointment/{late.pk}/change/"]
    assert "Mon 30 Nov 2026 15:00 (outside the hours)" in warning.text
    state = page.one("div", class_="state")
    assert "Appointments outside the hours (1)" in state.text
    assert list(state.links) == [f"/admin/bookings/appointment/{late.pk}/change/"]
    for appointment in (kept, late):
        appointment.refresh_from_db()
        assert appointment.state == State.BOOKED


def test_time_off_over_an_appointment_is_told_too_and_cancelled_ones_are_not(ed, diary):
    person = diary.physiotherapist
    make_appointment(person, local("2026-11-30 10:00"))
    make_appointment(person, local("2026-11-30 12:00"), state=State.CANCELLED)
    form = with_row(opened(ed, diary), "time_off", starts="2026-11-30T00:00", ends="2026-12-01T00:00")
    text = said(ed, save(ed, diary, form))
    assert "Mon 30 Nov 2026 10:00 (in time off)" in text
    assert "12:00" not in text


def test_a_message_names_ten_and_the_page_has_all(ed, diary):
    for number in range(12):
        make_appointment(diary.physiotherapist, local("2026-12-01 09:00") + timedelta(hours=number), 30)
    response = save(ed, diary, opened(ed, diary))
    page = page_of(ed.get(response.headers["Location"]))
    warning = page.one("li", class_="warning")
    assert len(warning.links) == 10
    assert "and 2 more" in warning.text
    assert len(page.one("div", class_="state").links) == 12


# --- Who may ---


def test_the_group_has_just_these_permissions():
    group = Group.objects.get(name=BOOKING_EDITOR)
    held = {permission.codename for permission in group.permissions.all()}
    assert held == {*PERMISSIONS[BOOKING_EDITOR], *OF_THE_DIRECTORY}
    assert {"add_appointment", "delete_appointment", "change_physiotherapist"}.isdisjoint(held)


def test_making_the_group_again_gives_it_back_just_these_permissions():
    Group.objects.get(name=BOOKING_EDITOR).permissions.set(
        Permission.objects.filter(codename="delete_appointment")
    )
    make_groups(Group, Permission)
    test_the_group_has_just_these_permissions()


def test_other_editors_get_nothing_of_it(diary):
    other = SignedIn("Editor", "Directory editor")
    for address in (LIST, f"{LIST}add/", url_of(diary), url_of(diary, "week"), url_of(diary, "delete")):
        assert other.get(address).status_code == 403, address


def test_booking_editors_get_nothing_else(ed):
    for address in ("/admin/conditions/page/", "/admin/directory/clinic/", "/admin/auth/user/"):
        assert ed.get(address).status_code == 403, address
    assert ed.get("/admin/directory/physiotherapist/add/").status_code == 403


def test_a_visitor_is_sent_to_sign_in(client, diary):
    for address in (LIST, url_of(diary), url_of(diary, "week")):
        assert client.get(address).headers["Location"].startswith("/admin/login/?next=")


def test_a_deleted_diary_leaves_the_appointments(ed, diary):
    kept = make_appointment(diary.physiotherapist, local("2026-11-30 10:00"))
    response = ed.post(url_of(diary, "delete"), {"post": "yes"})
    assert response.status_code == 302
    assert not Diary.objects.exists()
    kept.refresh_from_db()
    assert kept.state == State.BOOKED


def test_the_librarys_own_pages_of_mails_are_not_there(admin_client):
    assert admin_client.get("/admin/post_office/email/").status_code == 404

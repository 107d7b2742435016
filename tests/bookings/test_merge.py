"""Two listings become one: diaries and appointments go over, or the merger says why they cannot."""

import pytest
from django.core.exceptions import ValidationError

from bookings.models import Appointment, Diary, NextTimes, State, WorkingHours
from bookings.models.soonest import minutes_of, unpacked
from bookings.tokens import day_address
from directory.history import newest_record_id
from directory.merge import merge
from directory.models import Clinic, Physiotherapist
from tests.bookings.booked import book_one
from tests.bookings.factories import add_hours, local, make_appointment, make_diary, make_place
from tests.conditions.editing import SignedIn, clock_at
from tests.factories import make_physiotherapist, make_user
from tests.markup import filled_in, page_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning():
    with clock_at("2026-11-23 08:00"):
        yield


def merged(kept, gone):
    model = type(kept)
    seen = newest_record_id(model, kept.pk), newest_record_id(model, gone.pk)
    merge(model, kept.pk, gone.pk, {}, make_user("somebody"), seen)
    kept.refresh_from_db()


def everything():
    return [
        list(model.objects.order_by("pk").values())
        for model in (Physiotherapist, Clinic, Appointment, Diary, WorkingHours, NextTimes)
    ]


def refused(kept, gone):
    before = everything()
    with pytest.raises(ValidationError) as error:
        merged(kept, gone)
    assert everything() == before
    (message,) = error.value.messages
    assert message.startswith("Nothing was changed")
    return message


def test_a_diary_and_the_appointments_of_both_go_over():
    kept = make_physiotherapist((make_place(),), name="Ada")
    gone = make_physiotherapist((make_place(),), name="Ada Example", email="ada@example.com")
    diary = make_diary(gone)
    booked = book_one(diary=diary)
    others = make_appointment(kept, local("2026-11-24 10:00"))
    merged(kept, gone)
    assert set(kept.appointments.all()) == {booked, others}
    assert Diary.objects.get() == diary == kept.diary
    # The next times know of what the kept one had.
    (free,) = (unpacked(row.minutes) for row in NextTimes.objects.all())
    assert minutes_of(local("2026-11-23 10:00")) in free
    assert minutes_of(local("2026-11-24 10:00")) not in free
    assert minutes_of(booked.starts) not in free


def test_two_people_with_appointments_at_one_time_are_refused():
    kept, gone = (make_physiotherapist((make_place(),), name=name) for name in ("Ada", "Ada Example"))
    make_appointment(kept, local("2026-11-24 10:00"))
    make_appointment(gone, local("2026-11-24 10:30"))
    message = refused(kept, gone)
    assert message == (
        "Nothing was changed, because this cannot be moved: appointment “24 Nov 2026 10:30, Ada”. "
        "At that time there is another appointment: 24 Nov 2026 10:00, Ada."
    )


def test_cancelled_ones_stand_in_nobodys_way():
    kept, gone = (make_physiotherapist((make_place(),)) for _ in range(2))
    make_appointment(kept, local("2026-11-24 10:00"), state=State.CANCELLED)
    make_appointment(gone, local("2026-11-24 10:30"))
    merged(kept, gone)
    assert kept.appointments.count() == 2


def test_two_diaries_are_refused_with_what_to_do():
    kept, gone = (make_diary().physiotherapist for _ in range(2))
    message = refused(kept, gone)
    assert "delete one of the two diaries first. Appointments stay." in message


def test_in_the_admin_the_editor_reads_why():
    kept, gone = (make_diary().physiotherapist for _ in range(2))
    editor = SignedIn("Directory editor")
    address = f"/admin/directory/physiotherapist/{kept.pk}/merge/{gone.pk}/"
    form = next(
        form for form in page_of(editor.get(address)).all("form") if form.all("input", name="seen_kept")
    )
    response = editor.post(address, filled_in(form) | {"_merge": "1"})
    assert "delete one of the two diaries first" in page_of(response).one("div", class_="errornote").text
    assert Physiotherapist.objects.count() == 2


def test_two_clinics_become_one_in_hours_and_appointments():
    here, there = make_place(name="Here"), make_place(name="There")
    person = make_physiotherapist((here, there))
    diary = make_diary(person, hours=[])
    for clinic, day in ((here, 0), (there, 1)):
        add_hours(diary, weekday=day, clinic=clinic)
    booked = make_appointment(person, local("2026-11-24 10:00"), clinic=there)
    merged(here, there)
    booked.refresh_from_db()
    assert booked.clinic == here
    assert [rule.clinic for rule in diary.hours.all()] == [here, here]


def test_the_link_in_a_mail_of_before_leads_to_the_days_of_whom_they_became(client):
    booked = book_one(name="Ann Patient")
    kept, gone = make_physiotherapist(), booked.physiotherapist
    link = day_address(gone.pk, booked.starts.date())
    merged(kept, gone)
    assert "Ann Patient" in page_of(client.get(link.removeprefix("http://testserver"))).one("main").text

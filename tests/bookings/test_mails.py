"""What the mails say, and what they must not."""

import pytest
from django.utils import timezone
from post_office.models import Email

from bookings.booking import cancel
from bookings.models import Actor, Kind, Where
from directory.models import Physiotherapist
from tests.bookings.booked import book_one
from tests.bookings.factories import EVERY_DAY, make_diary

pytestmark = pytest.mark.django_db


def mails_to(address: str) -> list[Email]:
    return [email for email in Email.objects.order_by("pk") if email.to == [address]]


def everywhere(where: str) -> list[dict[str, object]]:
    return [{"weekday": day, "where": where} for day in EVERY_DAY]


def test_no_name_and_no_health_is_in_a_subject():
    booked = book_one(name="Zebedee Patient", reason="knees of glass")
    cancel(booked.pk, Actor.PHYSIOTHERAPIST, timezone.now(), reason="I am ill")
    subjects = [email.subject for email in Email.objects.all()]
    assert len(subjects) == 4
    for subject in subjects:
        for word in ("Zebedee", "Patient", "knees", "ill", "07700", booked.physiotherapist.name, "physio"):
            assert word not in subject


def test_the_reason_is_in_no_mail():
    book_one(reason="knees of glass")
    for email in Email.objects.all():
        assert "knees" not in email.message + email.html_message + email.subject


def test_what_somebody_typed_is_no_template_and_no_markup():
    book_one(name="<b>Ann</b> {{ appointment.phone }} {% now 'Y' %}")
    email = mails_to("ann@example.com")[0]
    assert "Hello <b>Ann</b> {{ appointment.phone }} {% now 'Y' %}," in email.message
    assert "&lt;b&gt;Ann&lt;/b&gt; {{ appointment.phone }}" in email.html_message
    assert "<b>" not in email.html_message


def test_the_physiotherapists_mail_names_no_patient():
    booked = book_one(name="Zebedee Patient")
    (email,) = mails_to(booked.physiotherapist.email)
    assert "Zebedee" not in email.message + email.html_message
    assert "/appointments/day/" in email.message


def test_the_patient_reads_why_it_was_cancelled_and_three_other_times():
    booked = book_one()
    cancel(booked.pk, Actor.PHYSIOTHERAPIST, timezone.now(), reason="I am ill")
    text = mails_to("ann@example.com")[-1].message
    assert "They say: I am ill" in text
    assert text.count("\n- ") == 3
    assert f"/physiotherapists/{booked.physiotherapist.slug}/book/" in text


def test_who_cancels_themselves_is_offered_to_book_again():
    booked = book_one()
    cancel(booked.pk, Actor.PATIENT, timezone.now())
    text = mails_to("ann@example.com")[-1].message
    assert "They say" not in text
    assert "Book another time here:" in text


def test_a_physiotherapist_without_an_address_has_no_mail():
    diary = make_diary()
    diary.physiotherapist.email = ""
    diary.physiotherapist.save()
    book_one(diary=diary)
    assert [email.to for email in Email.objects.all()] == [["ann@example.com"]]


def test_a_home_visit_tells_the_patient_which_address_we_have():
    diary = make_diary(hours=everywhere(Where.HOME))
    book_one(diary=diary, address="1 High Street\nLeeds\nLS1 4AP")
    text = mails_to("ann@example.com")[0].message
    assert "We have this address for the visit: 1 High Street, Leeds, LS1 4AP" in text
    assert "High Street" not in mails_to(diary.physiotherapist.email)[0].message


def test_an_appointment_online_says_how_to_join():
    diary = make_diary(hours=everywhere(Where.ONLINE), offers=[{"kind": Kind.ONLINE}])
    book_one(Kind.ONLINE, diary=diary)
    assert "will tell you how to join" in mails_to("ann@example.com")[0].message


def test_who_was_cancelled_by_an_editor_is_not_told_that_the_physiotherapist_did():
    booked = book_one(Kind.FOLLOW_UP)
    cancel(booked.pk, Actor.EDITOR, timezone.now(), reason="You asked for it")
    text = mails_to("ann@example.com")[-1].message
    assert "An editor of this site cancelled it, for you or for" in text
    assert "had to cancel" not in text
    assert f"/physiotherapists/{booked.physiotherapist.slug}/book/?kind=follow-up" in text


def test_nobody_is_offered_times_of_somebody_who_is_not_listed_any_more():
    booked = book_one()
    Physiotherapist.objects.filter(pk=booked.physiotherapist_id).update(listed=False)
    cancel(booked.pk, Actor.EDITOR, timezone.now())
    text = mails_to("ann@example.com")[-1].message
    assert "next free times" not in text
    assert booked.physiotherapist.slug not in text
    assert "http://testserver/physiotherapists/\n" in text


@pytest.mark.parametrize(("hours", "may_change"), [(0, True), (24 * 20, False)])
def test_a_mail_names_no_moment_that_has_passed(hours, may_change):
    book_one(diary=make_diary(change_hours=hours))
    text = mails_to("ann@example.com")[0].message
    assert ("See, move or cancel it here, until" in text) is may_change
    assert ("too near to be moved or cancelled" in text) is not may_change


@pytest.mark.parametrize(("own", "told"), [("0113 496 0001", "0113 496 0001"), ("", "0113 496 0002")])
def test_the_clinics_number_stands_in_for_one_that_is_missing(own, told):
    diary = make_diary()
    diary.physiotherapist.clinics.update(phone="0113 496 0002")
    Physiotherapist.objects.filter(pk=diary.physiotherapist_id).update(phone=own)
    book_one(diary=diary)
    assert f"Telephone: {told}" in mails_to("ann@example.com")[0].message

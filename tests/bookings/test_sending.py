"""The outbox against real mail servers: one that takes mails, refuses, hangs, dies half-way, is away."""

import socket
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from icalendar import Calendar
from post_office.models import STATUS, Email

from bookings import sending
from bookings.booking import cancel, move
from bookings.diaries import free_slots, open_diary
from bookings.mails import write_reminders
from bookings.models import Actor, Appointment, AppointmentEvent, AppointmentMail
from bookings.sending import CLAIM, Sent, never_sent, send_mails, waiting
from tests.bookings.booked import book_one
from tests.bookings.mailing import Server, mail_server, silent_server

pytestmark = pytest.mark.django_db


def use_port(settings: Any, port: int, timeout: float = 10) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, timeout


@pytest.fixture
def server(settings):
    with mail_server() as server:
        use_port(settings, server.port)
        yield server


@pytest.fixture
def appointment() -> Appointment:
    return book_one(name="Ann Patient", email="ann@example.com")


def states() -> list[int]:
    return sorted(Email.objects.values_list("status", flat=True))


def make_due() -> None:
    """As if the pause after a failure were over."""
    Email.objects.update(scheduled_time=timezone.now() - timedelta(seconds=1))


def test_patient_and_physiotherapist_have_a_mail_each(server: Server, appointment: Appointment):
    assert send_mails() == Sent(sent=2)
    assert [mail["To"] for mail in server.taken] == ["ann@example.com", appointment.physiotherapist.email]
    assert send_mails() == Sent()
    assert len(server.taken) == 2
    assert waiting() == 0


def test_a_mail_is_text_and_html_with_the_calendar_entry(server: Server, appointment: Appointment):
    send_mails()
    mail = server.taken[0]
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text and html
    assert "Hello Ann Patient," in text.get_content()
    assert "/appointments/" in html.get_content()
    (entry,) = list(mail.iter_attachments())
    assert entry.get_content_type() == "text/calendar"
    assert entry.get_param("method") == "REQUEST"
    assert entry.get_filename() == "appointment.ics"
    assert mail["From"] == "bookings@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"


def test_a_calendar_takes_over_moves_and_cancelling(server: Server, appointment: Appointment):
    now = timezone.now()
    opened = open_diary(appointment.physiotherapist_id, now, without=appointment.pk)
    assert opened
    later = list(free_slots(opened, appointment.kind, now))[3]
    move(appointment.pk, later, opened, Actor.PATIENT, now)
    cancel(appointment.pk, Actor.PATIENT, now)
    send_mails()
    entries = []
    for mail in server.taken:
        if mail["To"] == "ann@example.com":
            (part,) = mail.iter_attachments()
            calendar = Calendar.from_ical(part.get_content())
            (event,) = calendar.walk("VEVENT")
            entries.append((str(calendar["METHOD"]), part.get_param("method"), event))
    assert [(a, b) for a, b, _ in entries] == [("REQUEST", "REQUEST")] * 2 + [("CANCEL", "CANCEL")]
    assert len({str(event["UID"]) for *_, event in entries}) == 1
    assert [event.decoded("SEQUENCE") for *_, event in entries] == [0, 1, 2]
    assert [str(event["STATUS"]) for *_, event in entries] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert entries[0][2].decoded("DTSTART") == appointment.starts
    assert entries[1][2].decoded("DTSTART") == later.starts


def test_a_refused_address_is_given_up_after_a_day_and_the_others_go_on(
    server: Server, appointment: Appointment
):
    server.refuse = "550 No such person here"
    # A relay that is set wrongly says so of everybody.
    assert send_mails() == Sent(failed=2)
    server.refuse = ""
    book_one(name="Ben Patient", email="ben@example.com")
    assert send_mails() == Sent(sent=2)
    server.refuse = "550 No such person here"
    make_due()
    Email.objects.update(created=timezone.now() - timedelta(hours=25))
    assert send_mails() == Sent(given_up=2)
    assert states() == [STATUS.sent] * 2 + [STATUS.failed] * 2
    assert never_sent() == 2


def test_a_mail_that_waited_is_not_read_after_the_one_that_corrects_it(
    server: Server, appointment: Appointment
):
    server.refuse = "451 Try later"
    assert send_mails() == Sent(failed=2)
    now = timezone.now()
    opened = open_diary(appointment.physiotherapist_id, now, without=appointment.pk)
    assert opened
    move(appointment.pk, list(free_slots(opened, appointment.kind, now))[3], opened, Actor.PATIENT, now)
    server.refuse = ""
    assert send_mails() == Sent(sent=2)
    make_due()
    assert send_mails() == Sent(left_out=2)
    assert ["moved" in mail["Subject"] for mail in server.taken] == [True, True]
    assert waiting() == 0


@pytest.mark.parametrize("what", ["cancelled", "begun"])
def test_a_reminder_that_is_not_true_any_more_is_left_out(server: Server, what):
    appointment = book_one(email="ann@example.com")
    send_mails()
    Appointment.objects.update(booked_at=timezone.now() - timedelta(days=90))
    AppointmentEvent.objects.update(at=timezone.now() - timedelta(days=90))
    assert write_reminders(appointment.starts - timedelta(hours=40)) == 1
    if what == "begun":
        past = timezone.now() - timedelta(minutes=5)
        Appointment.objects.update(starts=past)
        assert send_mails() == Sent(left_out=2)
    else:
        cancel(appointment.pk, Actor.PATIENT, timezone.now())
        assert send_mails() == Sent(sent=2, left_out=2)


def test_who_could_not_be_reminded_in_time_is_not_told_of_a_week(appointment: Appointment):
    AppointmentEvent.objects.update(at=timezone.now() - timedelta(days=90))
    assert write_reminders(appointment.starts - timedelta(days=5, hours=23)) == 0
    assert write_reminders(appointment.starts - timedelta(days=6, hours=1)) == 1
    assert write_reminders(appointment.starts - timedelta(days=6, hours=1)) == 0


def test_a_corrected_address_is_the_one_that_is_reminded(appointment: Appointment):
    AppointmentEvent.objects.update(at=timezone.now() - timedelta(days=90))
    asked = timezone.now

    def corrects(*args: Any) -> list[int]:
        Appointment.objects.update(email="right@example.com")
        return [appointment.pk]

    with mock.patch("bookings.mails._to_remind", corrects):
        write_reminders(asked())
    reminders = AppointmentMail.objects.filter(about=AppointmentMail.About.HOURS_BEFORE, to="patient")
    assert [mail.email.to for mail in reminders] == [["right@example.com"]]


def test_a_step_that_fails_stops_no_mail(server: Server, appointment: Appointment, capsys, caplog):
    broken = mock.patch("bookings.management.commands.send_mails.write_reminders", side_effect=ValueError)
    with broken, pytest.raises(CommandError, match="Something went wrong"):
        call_command("send_mails")
    assert len(server.taken) == 2
    assert "A step of send_mails failed: reminders" in caplog.text


def test_a_server_that_says_later_is_tried_again_after_a_pause(server: Server, appointment: Appointment):
    server.refuse = "451 Try later"
    assert send_mails() == Sent(failed=2)
    server.refuse = ""
    assert send_mails() == Sent()
    make_due()
    assert send_mails() == Sent(sent=2)


def test_a_server_that_hangs_is_left_and_tried_again(settings, appointment: Appointment):
    with silent_server() as port:
        use_port(settings, port, timeout=0.2)
        assert send_mails() == Sent(failed=2)
    make_due()
    with mail_server() as server:
        use_port(settings, server.port)
        assert send_mails() == Sent(sent=2)


def test_a_server_that_dies_half_way_loses_nothing(server: Server, appointment: Appointment):
    server.drop = True
    assert send_mails() == Sent(failed=2)
    server.drop = False
    make_due()
    assert send_mails() == Sent(sent=2)
    assert len(server.taken) == 2


def test_a_server_that_is_gone_for_a_day_loses_nothing(settings, appointment: Appointment):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    use_port(settings, port)
    for _ in range(30):
        assert send_mails() == Sent(failed=2)
        make_due()
    with mail_server() as server:
        use_port(settings, server.port)
        assert send_mails() == Sent(sent=2)
    assert states() == [STATUS.sent, STATUS.sent]


def test_what_nobody_needs_any_more_is_given_up(settings, appointment: Appointment):
    with socket.create_server(("127.0.0.1", 0)) as free:
        use_port(settings, free.getsockname()[1], timeout=0.2)
    past = timezone.now() - timedelta(days=3)
    Appointment.objects.update(
        starts=past, ends=past + timedelta(hours=1), busy_until=past + timedelta(hours=1)
    )
    assert send_mails() == Sent(given_up=2)


class Killed(BaseException):
    """As kill -9 would end the process, with nothing caught and nothing cleaned up."""


@pytest.mark.parametrize("moment", ["before it is sent", "before it is recorded"])
def test_whoever_dies_meanwhile_loses_no_mail(server: Server, appointment: Appointment, monkeypatch, moment):
    def die(*args: Any, **kwargs: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        if moment == "before it is sent":
            patched.setattr(Email, "prepare_email_message", die)
        else:
            patched.setattr(sending.Email.objects, "filter", die)
        with pytest.raises(Killed):
            send_mails()
    # What it had claimed is left alone for now; the other mail is sent.
    assert send_mails() == Sent(sent=1)
    AppointmentMail.objects.update(claimed_until=timezone.now() - CLAIM)
    assert send_mails() == Sent(sent=1)
    assert states() == [STATUS.sent, STATUS.sent]
    # Twice only where the mail server had said yes already.
    assert len(server.taken) == (2 if moment == "before it is sent" else 3)


def test_what_an_error_says_is_not_kept(server: Server, appointment: Appointment, caplog):
    server.refuse = "550 ann@example.com is unknown"
    send_mails()
    assert "ann@example.com" not in caplog.text
    for email in Email.objects.all():
        for log in email.logs.all():
            assert "ann@" not in log.message + log.exception_type


def test_the_command_writes_reminders_and_sends(server: Server, appointment: Appointment, capsys):
    call_command("send_mails")
    assert capsys.readouterr().out == (
        "0 reminders written. 2 mails sent, 0 to be tried again, 0 given up, 0 overtaken by others, "
        "0 waiting, 0 never sent.\n"
    )
    call_command("send_mails")
    assert capsys.readouterr().out == ""


def test_a_mail_that_is_erased_on_its_way_is_no_fault(server: Server, appointment: Appointment, monkeypatch):
    def erased(*args: Any, **kwargs: Any) -> None:
        Email.objects.all().delete()
        raise ConnectionResetError

    monkeypatch.setattr(Email, "prepare_email_message", erased)
    assert send_mails() == Sent(given_up=1)
    assert waiting() == 0

"""What patients write about themselves is ciphertext in the database, under keys that can be changed."""

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from bookings.booking import cancel
from bookings.encryption import UNREADABLE, decrypted, encrypted
from bookings.models import Actor, Appointment
from tests.bookings.booked import book_one

pytestmark = pytest.mark.django_db
WORDS = "My shoulder hurts at night, und es ist wärmer"


def stored() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reason FROM bookings_appointment ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_the_database_holds_no_word_of_it():
    booked = book_one(reason=WORDS)
    (token,) = stored()
    assert token.startswith("gAAAA")
    # Short words are in ciphertext by chance.
    assert not any(word in token for word in WORDS.split() if len(word) > 4)
    assert Appointment.objects.get(pk=booked.pk).reason == WORDS


def test_nothing_stays_nothing():
    book_one()
    assert stored() == [""]
    assert (encrypted(""), decrypted("")) == ("", "")


def test_saving_again_keeps_the_words():
    booked = Appointment.objects.get(pk=book_one(reason=WORDS).pk)
    booked.save()
    assert Appointment.objects.get(pk=booked.pk).reason == WORDS


def test_keys_are_changed_without_losing_a_word(settings, capsys):
    booked = book_one(reason=WORDS)
    old = settings.REASON_KEYS
    settings.REASON_KEYS = [Fernet.generate_key().decode(), *old]
    assert Appointment.objects.get(pk=booked.pk).reason == WORDS
    call_command("rotate_reason_keys")
    assert capsys.readouterr().out == "1 reasons encrypted anew; 0 cannot be read by any key.\n"
    settings.REASON_KEYS = settings.REASON_KEYS[:1]
    assert Appointment.objects.get(pk=booked.pk).reason == WORDS


def test_without_its_key_it_says_so_and_is_left_as_it_is(settings, capsys):
    booked = book_one(reason=WORDS)
    before = stored()
    old, settings.REASON_KEYS = settings.REASON_KEYS, [Fernet.generate_key().decode()]
    assert Appointment.objects.get(pk=booked.pk).reason == UNREADABLE
    call_command("rotate_reason_keys")
    assert capsys.readouterr().out == "0 reasons encrypted anew; 1 cannot be read by any key.\n"
    # Nor is it lost when something else about the appointment is changed.
    cancel(booked.pk, Actor.PATIENT, timezone.now())
    assert stored() == before
    settings.REASON_KEYS = old
    assert Appointment.objects.get(pk=booked.pk).reason == WORDS


def test_the_command_prints_a_key_that_fits(settings, capsys):
    call_command("make_reason_key")
    settings.REASON_KEYS = [capsys.readouterr().out.strip()]
    assert decrypted(encrypted(WORDS)) == WORDS

"""What the site's own log leaves out: keys in addresses, and the row that a database refused."""

import logging
import sys
from datetime import date
from logging import LogRecord
from typing import Any

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from bookings.models import Appointment
from bookings.tokens import appointment_token, booking_token, day_token
from physiosite.logs import LEFT_OUT, Formatter


def logged(message: str, *values: object, error: bool = False) -> str:
    record = LogRecord("django.request", logging.WARNING, "", 1, message, values, None)
    if error:
        record.exc_info = sys.exc_info()
    return Formatter("{levelname} {name} {message}", style="{").format(record)


def test_the_sites_log_is_written_by_it():
    formatters: Any = settings.LOGGING["formatters"]
    assert import_string(formatters["plain"]["()"]) is Formatter


@pytest.mark.parametrize(
    "key",
    [booking_token(Appointment()), appointment_token(Appointment()), day_token(17, date(2026, 11, 24))],
    ids=["booking", "appointment", "day"],
)
def test_keys_are_left_out(key):
    line = logged("Not Found: %s", f"/appointments/{key}/cancel/")
    assert line == f"WARNING django.request Not Found: /appointments/{LEFT_OUT}/cancel/"


def test_other_lines_stay_as_they_are():
    line = logged("Not Found: %s", "/physiotherapists/in/stoke-on-trent/")
    assert line == "WARNING django.request Not Found: /physiotherapists/in/stoke-on-trent/"
    assert logged("12:30:45 at 127.0.0.1:8000 http://[::1]:8000/").endswith("http://[::1]:8000/")


def test_the_row_that_a_database_refused_is_left_out():
    row = ", ".join(["Ann", "07700 900123"])
    try:
        raise ValueError(f"new row violates a constraint\nDETAIL:  Failing row contains ({row}).")
    except ValueError:
        text = logged("Internal Server Error: /x/", error=True)
    assert "violates a constraint" in text
    assert "Ann" not in text
    assert f"DETAIL: {LEFT_OUT}" in text


def test_a_row_of_several_lines_is_left_out_whole():
    row = "DETAIL:  Failing row contains (7, 1 Sample Street\nLeeds, 07700 900123).\nCONTEXT:  a trigger"
    line = logged("new row violates a constraint\n%s", row)
    assert "Sample" not in line and "Leeds" not in line and "07700" not in line
    assert line.endswith(f"DETAIL: {LEFT_OUT}\nCONTEXT:  a trigger")

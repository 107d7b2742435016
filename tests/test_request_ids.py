"""The number that a visitor sees when a page fails is the one in the log."""

import io
import logging
import re

import pytest
from django.test import Client

from physiosite import views
from physiosite.logs import Formatter

GIVEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def log():
    """What the site writes, by its own formatter."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(Formatter("{levelname} {name} {message}", style="{"))
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def fail(monkeypatch):
    """The home page fails; without the mark for it, no test here may ask the database."""

    def broken(number):
        raise RuntimeError("on purpose")

    monkeypatch.setattr(views, "common_conditions", broken)

    def ask(**headers):
        page = Client(raise_request_exception=False).get("/", headers=headers)
        assert page.status_code == 500
        return page

    return ask


def shown(page) -> str:
    found = re.search(r'<code id="request-id">(.+)</code>', page.text)
    assert found, page.text
    return found[1]


def test_the_proxys_number_is_shown_and_logged(fail, log):
    assert shown(fail(x_request_id=GIVEN)) == GIVEN
    assert f"{GIVEN} ERROR django.request Internal Server Error: /\n" in log.getvalue()
    assert "RuntimeError: on purpose" in log.getvalue()


def test_each_request_has_another_where_the_proxy_gives_none(fail, log):
    numbers = [shown(fail()), shown(fail())]
    assert numbers[0] != numbers[1]
    assert re.findall(r"^(\w+) ERROR", log.getvalue(), re.MULTILINE) == numbers


NO_NUMBERS = ["<script>alert(1)</script>", "short", f"{GIVEN}\nERROR", "x" * 65, "07700 900123 07700"]


@pytest.mark.parametrize("given", NO_NUMBERS)
def test_what_is_no_number_is_replaced(fail, log, given):
    number = shown(fail(x_request_id=given))
    assert re.fullmatch("[0-9a-f]{32}", number)
    assert f"{number} ERROR" in log.getvalue()


def test_the_page_of_a_failure_is_kept_by_nobody_and_has_no_cookie(fail):
    page = fail()
    assert "no-store" in page.headers["Cache-Control"]
    assert not page.cookies


def test_lines_about_no_request_have_no_number(log):
    logging.getLogger("django.request").error("by itself")
    assert log.getvalue() == "ERROR django.request by itself\n"

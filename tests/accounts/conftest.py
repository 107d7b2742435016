import time
from types import SimpleNamespace

import pytest

from tests.accounts.people import make_person


@pytest.fixture(autouse=True)
def _clocks_of_codes_stand_still(monkeypatch):
    """Otherwise the half minute of a code could end between reading and typing it."""
    now = time.time()
    monkeypatch.setattr("django_otp.oath.time", lambda: now)
    monkeypatch.setattr("django_otp.plugins.otp_totp.models.time", SimpleNamespace(time=lambda: now))


@pytest.fixture
def demanded(settings):
    """A second factor, as with DEBUG off."""
    settings.SECOND_FACTOR = True


@pytest.fixture
def ann(db):
    return make_person(is_superuser=True)

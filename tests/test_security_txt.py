"""/.well-known/security.txt, as RFC 9116 has it."""

from datetime import UTC, datetime

import pytest

from physiosite.security_txt import expires
from tests.conditions.editing import clock_at

ADDRESS = "/.well-known/security.txt"


def fields(client) -> dict[str, str]:
    response = client.get(ADDRESS)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    lines = response.content.decode().splitlines()
    named = dict(line.split(": ", 1) for line in lines)
    assert len(named) == len(lines)
    return named


def test_says_whom_to_tell_where_it_stands_and_until_when(client, settings):
    settings.SECURITY_CONTACT = "mailto:holes@example.org"
    settings.SITE_URL = "https://www.example.org"
    with clock_at("2026-11-22 12:00"):
        assert fields(client) == {
            "Contact": "mailto:holes@example.org",
            "Expires": "2027-06-01T00:00:00Z",
            "Preferred-Languages": "en",
            "Canonical": f"https://www.example.org{ADDRESS}",
        }


def test_contact_is_at_the_sites_own_name_unless_set(client):
    assert fields(client)["Contact"] == "mailto:security@testserver"


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-01-01T00:00", "2026-08-01"),
        ("2026-05-31T23:59", "2026-12-01"),
        ("2026-06-01T00:00", "2027-01-01"),
        ("2026-12-31T23:59", "2027-07-01"),
    ],
)
def test_is_always_valid_for_over_half_a_year_and_less_than_one(now, until):
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    ends = expires(moment)
    assert f"{ends:%Y-%m-%dT%H:%M:%S}" == f"{until}T00:00:00"
    assert 180 < (ends - moment).days < 365


def test_asks_the_database_nothing_and_takes_nothing_in(client):
    # Without the mark for it, a test that asks the database fails.
    assert client.head(ADDRESS).status_code == 200
    assert client.post(ADDRESS).status_code == 405

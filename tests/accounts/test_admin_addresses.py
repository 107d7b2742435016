"""Who may look at and do what in the admin: every address, asked by everybody, beside a table.

An address that is not in the table fails: write down who may use it.
"""

import pytest
from django.template.backends.django import Template

from tests.accounts.admin_addresses import ROLES, addresses, client_of, filled, make_rows, may, table

pytestmark = pytest.mark.django_db


@pytest.fixture
def unwritten(monkeypatch):
    """Pages without their words, which take most of the time and say nothing of who may see them."""
    monkeypatch.setattr(Template, "render", lambda *args: "")


def test_every_address_is_in_the_table():
    assert sorted(addresses()) == sorted(table())
    assert len(addresses()) > 100


@pytest.mark.parametrize("letter", ROLES)
def test_everybody_gets_just_what_the_table_says(letter, request):
    if letter != "A":
        request.getfixturevalue("unwritten")
    rows = make_rows()
    client = client_of(letter)
    found, expected = [], []
    for address, allowed in table().items():
        asked = filled(address, rows)
        for method, letters in zip(("get", "post"), allowed, strict=True):
            found.append((method, address, may(client, method, asked)))
            expected.append((method, address, letter in letters))
    assert found == expected


def test_without_the_code_an_administrator_is_a_visitor(demanded):
    rows = make_rows()
    client = client_of("A")
    for address, (look, do) in table().items():
        asked = filled(address, rows)
        assert may(client, "get", asked) == ("V" in look), address
        assert may(client, "post", asked) == ("V" in do), address

"""Nothing that the public sees names where the admin is."""

import pytest
from django.test import Client

from tests.public_pages import EVERYTHING

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("public_content")]


@pytest.mark.parametrize("address", EVERYTHING)
def test_no_public_answer_names_it(get, address):
    response = get(address)
    assert b"/admin" not in response.content
    assert all("/admin" not in value for value in response.headers.values())
    assert not response.cookies


def test_lost_page_does_not_offer_it():
    for address in ("/administrator/", "/admi/", "/wp-admin/", "/login/", "/accounts/login/"):
        response = Client().get(address)
        assert response.status_code == 404
        assert b'"/admin/' not in response.content

"""People near a town, and reading the page of that town."""

from typing import Any

from django.test import Client

from directory.models import Clinic, Physiotherapist
from places.distance import MILES_PER_DEGREE_LATITUDE
from places.towns import Town, town_index
from tests.factories import make_clinic, make_physiotherapist
from tests.markup import Element, page_of

LEEDS = town_index().by_slug["leeds"]
LEEDS_PAGE = "/physiotherapists/in/leeds/"


def clinic_north_of(town: Town, miles: float, **values: Any) -> Clinic:
    """A meridian is a great circle, so the miles are exact."""
    return make_clinic(
        latitude=town.latitude + miles / MILES_PER_DEGREE_LATITUDE,
        longitude=town.longitude,
        pin_by_hand=True,
        **values,
    )


def people_at(town: Town, number: int = 3, miles: float = 1, **values: Any) -> list[Physiotherapist]:
    clinic = clinic_north_of(town, miles)
    return [make_physiotherapist((clinic,), **values) for _ in range(number)]


def status(client: Client, address: str = LEEDS_PAGE) -> int:
    return client.get(address).status_code


def page(client: Client, address: str = LEEDS_PAGE) -> Element:
    response = client.get(address)
    assert response.status_code == 200
    return page_of(response)


def lead(client: Client, address: str = LEEDS_PAGE) -> str:
    return page(client, address).one("p", class_="lead").text

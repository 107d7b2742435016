"""The map of every kind of place stays far below the 25 KB that it may have."""

import gzip

import pytest
from django.test import Client

from tests.directory.pages import search
from tests.directory.test_forty_postcodes import POSTCODES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sample_directory")]


@pytest.mark.parametrize("radius", [1, 10, 50])
def test_every_map_is_small(client: Client, radius):
    sizes = {}
    for postcode in POSTCODES:
        html = search(client, location=postcode, radius=radius).html
        drawn = html[html.index('<figure class="map"') : html.index("</figure>")]
        sizes[postcode] = len(gzip.compress(drawn.encode()))
    assert len(sizes) >= 40
    assert max(sizes.values()) < 10_000, sizes

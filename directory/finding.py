"""Physiotherapists by their names."""

from django.conf import settings
from django.db import connections
from django.utils.text import slugify

from directory.models import Physiotherapist

_TITLES = {"dr", "mr", "mrs", "ms", "miss", "mx", "prof", "professor"}
# A first name alone would find hundreds, and is asked for by nobody.
FEWEST_LETTERS = 4
# The address of somebody who is invented begins so, and then with the name.
SAMPLE_START = "sample-"


def people_named(text: str, most: int) -> list[Physiotherapist]:
    """Those who are listed and whose name begins so, as their address has it: indexed, without accents."""
    words = [word for word in slugify(text).split("-") if word not in _TITLES]
    start = "-".join(words)
    if len(start) < FEWEST_LETTERS or len(words) < 2:
        return []
    found = _whose_address_begins(start, most)
    if settings.SAMPLE_DATA_ALLOWED:
        found += _whose_address_begins(f"{SAMPLE_START}{start}", most)
    return found[:most]


def _whose_address_begins(start: str, most: int) -> list[Physiotherapist]:
    listed = Physiotherapist.objects.listed().filter(slug__startswith=start)
    if connections[listed.db].vendor == "sqlite":
        # Its LIKE reads every row; addresses are plain ASCII, and compared as such here.
        listed = listed.filter(slug__gte=start, slug__lt=start + "\x7f")
    return list(listed.order_by("slug")[:most])

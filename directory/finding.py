"""Physiotherapists by their names."""

from django.conf import settings
from django.db import connection
from django.db.models import Case, Q, When
from django.utils.text import slugify

from directory.models import Physiotherapist

_TITLES = {"dr", "mr", "mrs", "ms", "miss", "mx", "prof", "professor"}
# A first name alone would find hundreds, and is asked for by nobody.
FEWEST_LETTERS = 4
# Of a longer query nobody is called.
MOST_WORDS = 5
# The address of somebody who is invented begins so, and then with the name.
SAMPLE_START = "sample-"


def people_named(text: str, most: int) -> list[Physiotherapist]:
    """Those who are listed and whose name begins so, as their address has it: indexed, without accents."""
    words = [word for word in slugify(text).split("-") if word not in _TITLES]
    start = "-".join(words)
    if len(start) < FEWEST_LETTERS or not 2 <= len(words) <= MOST_WORDS:
        return []
    begins = _address_begins(start)
    if settings.SAMPLE_DATA_ALLOWED:
        begins |= _address_begins(f"{SAMPLE_START}{start}")
    # Those who are real before those who are invented.
    order = Case(When(slug__startswith=SAMPLE_START, then=1), default=0)
    return list(Physiotherapist.objects.listed().filter(begins).order_by(order, "slug")[:most])


def _address_begins(start: str) -> Q:
    begins = Q(slug__startswith=start)
    if connection.vendor == "sqlite":
        # Its LIKE reads every row; addresses are plain ASCII, and compared as such here.
        begins &= Q(slug__gte=start, slug__lt=start + "\x7f")
    return begins

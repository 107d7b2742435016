"""Days on which nobody works who keeps bank holidays, from the library ``holidays``."""

from datetime import date
from functools import cache

import holidays
from django.db import models


class Jurisdiction(models.TextChoices):
    """The three of the United Kingdom, and the islands beside it, each with days of its own."""

    ENGLAND_AND_WALES = "england-and-wales", "England and Wales"
    SCOTLAND = "scotland", "Scotland"
    NORTHERN_IRELAND = "northern-ireland", "Northern Ireland"
    ISLE_OF_MAN = "isle-of-man", "Isle of Man"
    JERSEY = "jersey", "Jersey"
    GUERNSEY = "guernsey", "Guernsey"


# Country and part of it, as the library names them.
_CODES = {
    Jurisdiction.ENGLAND_AND_WALES: ("GB", "ENG"),
    Jurisdiction.SCOTLAND: ("GB", "SCT"),
    Jurisdiction.NORTHERN_IRELAND: ("GB", "NIR"),
    Jurisdiction.ISLE_OF_MAN: ("IM", None),
    Jurisdiction.JERSEY: ("JE", None),
    Jurisdiction.GUERNSEY: ("GG", None),
}


@cache
def bank_holidays(jurisdiction: str, year: int) -> dict[date, str]:
    """The name of each; none for no jurisdiction."""
    if not jurisdiction:
        return {}
    country, part = _CODES[Jurisdiction(jurisdiction)]
    return dict(holidays.country_holidays(country, subdiv=part, years=year, language="en_GB"))


class ClosedDays:
    """The bank holidays of somewhere, of whatever year is asked for."""

    def __init__(self, jurisdiction: str) -> None:
        self.jurisdiction = jurisdiction

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day in bank_holidays(self.jurisdiction, day.year)

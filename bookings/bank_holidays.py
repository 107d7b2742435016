"""Days on which nobody works who keeps bank holidays, from the library ``holidays``."""

from datetime import date, timedelta
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
    found = dict(holidays.country_holidays(country, subdiv=part, years=year, language="en_GB"))
    if jurisdiction == Jurisdiction.ISLE_OF_MAN:
        _mend_tt(found, year)
    return found


def _mend_tt(found: dict[date, str], year: int) -> None:
    """The library has the first Friday of June. The races begin on the last Monday of May, and the holiday
    is on the second Friday after it: 10 June in 2022 (gov.im, bank holidays in the Isle of Man 2022)."""
    name = "TT Bank Holiday"
    for day, names in list(found.items()):
        # On the same day there may be another.
        if name in names.split("; "):
            del found[day]
            if others := "; ".join(each for each in names.split("; ") if each != name):
                found[day] = others
    last_of_may = date(year, 5, 31)
    monday = last_of_may - timedelta(days=last_of_may.weekday())
    found[monday + timedelta(days=11)] = name


class ClosedDays:
    """The bank holidays of somewhere, of whatever year is asked for."""

    def __init__(self, jurisdiction: str) -> None:
        self.jurisdiction = jurisdiction

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day in bank_holidays(self.jurisdiction, day.year)

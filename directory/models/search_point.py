from functools import cache

from django.db import models

from directory.choices import PRICES, Insurer, Language
from directory.models.clinic import Clinic
from directory.models.physiotherapist import Physiotherapist


class SearchPoint(models.Model):
    """What the nearest search reads: a row for each listed physiotherapist and place of work or visit base.

    A copy, rebuilt by ``directory.search_table`` in the transaction of every save. ``band`` is
    ``floor(latitude * 100)``; ``visit_miles`` is 0 for a place of work. ``flags`` has the bits below,
    then those of ``PRICES`` and of the insurers; ``languages`` one for each language; ``conditions`` one
    for each condition treated, which few others share: most people who do not treat it are told by that
    alone. ``shown_until`` is the last day of the registration's check, as a proleptic Gregorian ordinal.
    """

    NEURO, FEMALE, VISITS, SAMPLE = 1, 2, 4, 8
    ONLINE, EVENINGS, WEEKENDS, WHEELCHAIR, HOIST = 16, 32, 64, 128, 256

    physiotherapist = models.ForeignKey(
        Physiotherapist, on_delete=models.CASCADE, related_name="search_points"
    )
    clinic = models.ForeignKey(Clinic, null=True, on_delete=models.CASCADE, related_name="search_points")
    band = models.IntegerField()
    latitude = models.FloatField()
    longitude = models.FloatField()
    flags = models.BigIntegerField()
    languages = models.BigIntegerField(default=0)
    conditions = models.BigIntegerField(default=0)
    shown_until = models.IntegerField(default=0)
    visit_miles = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            # Every column that the search reads, so that it never touches the table itself.
            models.Index(
                fields=[
                    "band",
                    "longitude",
                    "latitude",
                    "flags",
                    "languages",
                    "conditions",
                    "shown_until",
                    "visit_miles",
                    "physiotherapist",
                    "clinic",
                ],
                name="search_point_covering",
            )
        ]

    def __str__(self) -> str:
        return f"{self.physiotherapist_id} at {self.latitude}, {self.longitude}"


@cache
def price_bit(pounds: int) -> int:
    """For each of ``PRICES``: the first appointment costs no more."""
    return 1 << 16 + PRICES.index(pounds)


@cache
def insurer_bit(insurer: str) -> int:
    return 1 << 32 + Insurer.values.index(insurer)


@cache
def condition_bit(page: int) -> int:
    """By the primary key of the condition's page. Two may share one."""
    return 1 << page % 63


@cache
def language_bit(language: str) -> int:
    return 1 << Language.values.index(language)

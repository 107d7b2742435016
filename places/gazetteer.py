"""Filling the postcode tables, in one transaction, from the pack or from a new archive."""

from array import array
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from django.db import connections, router, transaction

from places.codepoint import E4, Positions
from places.distance import MILES_PER_DEGREE_LATITUDE, great_circle_miles
from places.models import PartialPostcode, Postcode
from places.postcodes import text_of_key

# A few codes are not where their neighbours are (a bank's DN3 code stands in Kent); the farthest
# true ones are those of ZE2, 57 miles from the middle of the main island.
_NOT_LOCAL_MILES = 60
_CHUNK = 50_000


class RefusedImport(Exception):
    """The new postcodes were not taken, and nothing changed; the message says why."""


def replace_postcodes(positions: Positions, progress: Callable[[int], Any] = lambda _: None) -> None:
    """Replace every postcode in one transaction: readers see the old table, then the new one.

    ``progress`` is told how many postcodes each step has written.
    Raises RefusedImport, leaving all as it was, for fewer than half the postcodes held.
    """
    using = router.db_for_write(Postcode)
    with transaction.atomic(using=using):
        refuse_too_few(positions)
        # DELETE and not TRUNCATE, which PostgreSQL shows to readers before the commit.
        Postcode.objects.using(using).all()._raw_delete(using)
        PartialPostcode.objects.using(using).all()._raw_delete(using)
        write = _copy_rows if connections[using].vendor == "postgresql" else _insert_rows
        write(using, positions, progress)
        PartialPostcode.objects.using(using).bulk_create(partial_postcodes(positions), batch_size=1000)


def refuse_too_few(positions: Positions) -> None:
    """Raises RefusedImport for fewer than half the postcodes held."""
    held = Postcode.objects.using(router.db_for_write(Postcode)).count()
    if len(positions.keys) * 2 < held:
        raise RefusedImport(
            f"Refused: {len(positions.keys):,} postcodes in the file, fewer than half of the "
            f"{held:,} held now. Nothing was changed. Check that the file is complete."
        )


def _insert_rows(using: str, positions: Positions, progress: Callable[[int], Any]) -> None:
    connection = connections[using]
    connection.ensure_connection()
    sql = f"INSERT INTO {Postcode._meta.db_table} (key, latitude_e4, longitude_e4) VALUES (?, ?, ?)"  # noqa: S608
    for chunk in _chunks(positions):
        # Past Django's cursor, which keeps a copy of all the rows that it is given.
        connection.connection.executemany(sql, zip(*chunk, strict=True))
        progress(len(chunk.keys))


def _copy_rows(using: str, positions: Positions, progress: Callable[[int], Any]) -> None:
    sql = f"COPY {Postcode._meta.db_table} (key, latitude_e4, longitude_e4) FROM STDIN"
    with connections[using].cursor() as cursor, cursor.copy(sql) as copy:
        for chunk in _chunks(positions):
            copy.write("".join(f"{key}\t{lat}\t{lng}\n" for key, lat, lng in zip(*chunk, strict=True)))
            progress(len(chunk.keys))


def _chunks(positions: Positions) -> Iterator[Positions]:
    for start in range(0, len(positions.keys), _CHUNK):
        yield Positions(*(column[start : start + _CHUNK] for column in positions))


def partial_postcodes(positions: Positions) -> Iterator[PartialPostcode]:
    """Every outward code and sector, at the mean of its postcodes; positions must be in key order."""
    for is_outward, width in ((True, 36**3), (False, 36**2)):
        start = 0
        for _, run in groupby(positions.keys, key=lambda key: key // width):
            end = start + sum(1 for _ in run)
            text = text_of_key(positions.keys[start])
            latitude, longitude = _middle(
                positions.latitudes_e4[start:end], positions.longitudes_e4[start:end]
            )
            yield PartialPostcode(
                code=text[:-4] if is_outward else text[:-2],
                is_outward=is_outward,
                latitude=round(latitude / E4, 5),
                longitude=round(longitude / E4, 5),
                postcodes=end - start,
            )
            start = end


def _middle(latitudes: array, longitudes: array) -> tuple[float, float]:
    """The mean position, without points that lie far from the median."""
    far_e4 = _NOT_LOCAL_MILES / MILES_PER_DEGREE_LATITUDE * E4
    points: Any = zip(latitudes, longitudes, strict=True)
    if max(latitudes) - min(latitudes) > far_e4 or max(longitudes) - min(longitudes) > far_e4:
        middle_latitude = sorted(latitudes)[len(latitudes) // 2] / E4
        middle_longitude = sorted(longitudes)[len(longitudes) // 2] / E4
        near = [
            (lat, lng)
            for lat, lng in points
            if great_circle_miles(middle_latitude, middle_longitude, lat / E4, lng / E4) <= _NOT_LOCAL_MILES
        ]
        if near:
            latitudes, longitudes = array("i", (p[0] for p in near)), array("i", (p[1] for p in near))
    return sum(latitudes) / len(latitudes), sum(longitudes) / len(longitudes)

"""Loading every postcode, and what finding a place and suggesting one cost on the full data."""

import random
import resource
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from django.core.management import call_command
from django.db import connection

from bench.measure import p50_p99, times_ms
from places.locate import locate
from places.models import Postcode
from places.pack import PACK
from places.postcodes import text_of_key
from places.suggest import suggest
from places.towns import TOWNS_FILE, town_index


def run(database: Path) -> None:
    call_command("migrate", verbosity=0)
    print(f"database: {connection.vendor}")
    before = _size(database)
    begun = perf_counter()
    call_command("import_postcodes", verbosity=0)
    took = perf_counter() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"pack: {PACK.stat().st_size:,} bytes, and {TOWNS_FILE.stat().st_size:,} bytes of towns")
    print(
        f"import of {Postcode.objects.count():,} postcodes: {took:.1f} s, {memory:.0f} MB of memory at most"
    )
    if connection.vendor == "sqlite":
        print(f"added to the database: {(_size(database) - before) / 1e6:.1f} MB")
    pick = random.Random(1)
    keys = [row.key for row in Postcode.objects.order_by("key")[::1000]]
    _report("locate, full postcodes", locate, [text_of_key(key) for key in pick.sample(keys, 1500)])
    towns = [town.label for town in town_index().by_slug.values()]
    _report("locate, towns", locate, pick.sample(towns, 1500))
    typed = [
        place[: pick.randint(1, 6)] for place in (*pick.sample(towns, 1000), *map(text_of_key, keys[:1000]))
    ]
    _report("type-ahead, 1 to 6 letters", suggest, typed)


def _report(name: str, call: Callable[[str], Any], inputs: list[str]) -> None:
    times_ms(call, inputs[:50])
    p50, p99 = p50_p99(times_ms(call, inputs))
    print(f"{name}: p50 {p50:.2f} ms, p99 {p99:.2f} ms")


def _size(database: Path) -> int:
    if connection.vendor != "sqlite":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return database.stat().st_size

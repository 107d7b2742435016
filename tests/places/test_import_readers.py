"""What other connections see of the postcodes while they are replaced."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.db.models import Sum

from places.codepoint import Positions
from places.gazetteer import replace_postcodes
from places.models import PartialPostcode, Postcode

PATIENCE_SECONDS = 30


def counts() -> tuple[int, int]:
    """The postcodes, and the postcodes that the outward codes are said to have."""
    outward = PartialPostcode.objects.filter(is_outward=True)
    return Postcode.objects.count(), outward.aggregate(total=Sum("postcodes"))["total"]


@pytest.fixture
def another_reader() -> Iterator[Callable[[], tuple[int, int]]]:
    """Counts on a connection of its own. Gives up where the import keeps it waiting."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        yield lambda: thread.submit(counts).result(PATIENCE_SECONDS)
        thread.submit(connections.close_all).result(PATIENCE_SECONDS)


def test_readers_see_the_old_postcodes_until_all_the_new_ones_are_there(committed_db, another_reader, held):
    old = len(held.keys)
    new = old * 3 // 5
    seen = []
    assert another_reader() == (old, old)
    replace_postcodes(
        Positions(*(column[:new] for column in held)),
        progress=lambda _: seen.append(another_reader()),
    )
    assert len(seen) > 10
    assert set(seen) == {(old, old)}
    assert another_reader() == counts() == (new, new)


def test_an_import_that_breaks_off_leaves_the_old_postcodes(db, held):
    written = 0

    def break_off(rows: int) -> None:
        nonlocal written
        written += rows
        if written >= 200_000:
            raise KeyboardInterrupt

    before = counts()
    with pytest.raises(KeyboardInterrupt):
        replace_postcodes(Positions(*(column[:1_000_000] for column in held)), progress=break_off)
    assert counts() == before


def test_progress_adds_up_to_every_postcode(db, held):
    steps: list[int] = []
    replace_postcodes(Positions(*(column[:1_000_000] for column in held)), progress=steps.append)
    assert sum(steps) == 1_000_000
    assert len(steps) > 10


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="The bound is on SQLite's file.")
def test_the_postcodes_take_at_most_45_megabytes_of_the_file(db):
    with connection.cursor() as cursor:
        pages, free, size = (
            cursor.execute(f"PRAGMA {pragma}").fetchone()[0]
            for pragma in ("page_count", "freelist_count", "page_size")
        )
    assert (pages - free) * size < 45_000_000

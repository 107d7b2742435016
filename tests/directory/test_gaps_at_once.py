"""Counting searches that found nobody, while others write."""

import sqlite3
import threading
import time
from unittest import mock

import pytest
from django.db import connection
from django.utils import timezone

from directory.forms import Search
from directory.gaps import count_empty_search
from directory.models import EmptySearch
from places.locate import locate
from tests.directory.test_gaps import counted, look


def test_while_somebody_else_writes_a_search_does_not_wait(committed_db, client):
    if connection.vendor != "sqlite":
        pytest.skip("Only SQLite lets one write at a time.")
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        start = time.monotonic()
        look(client, location="ZE1")
        assert time.monotonic() - start < 5
        usual = connection.cursor().execute("PRAGMA busy_timeout").fetchone()[0]
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert counted() == []
    # The site's own writers wait as long as ever.
    assert usual >= 5000


def test_many_at_once_are_all_counted(committed_db):
    month = timezone.localdate().replace(day=1)
    EmptySearch.objects.create(month=month, outward="ZE1", times=10)
    place = locate("ZE1")

    def run():
        with (
            mock.patch("directory.gaps.cache.add", return_value=True),
            mock.patch("directory.gaps._WAIT_MS", 5000),
        ):
            count_empty_search(place, Search())
        connection.close()

    with (
        mock.patch("directory.gaps.cache.add", return_value=True),
        mock.patch("directory.gaps._WAIT_MS", 5000),
    ):
        threads = [threading.Thread(target=run) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert counted() == [("ZE1", "", 16)]

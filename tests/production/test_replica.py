"""The site with DATABASE_REPLICA_URL: public pages read from the replica while it is there and up to date.

Which server answered is counted by the servers themselves.
"""

import pytest

from tests.production.load import Load
from tests.production.servers import until
from tests.production.test_processes import PUBLISH, check_bookings

# Each is another question to the database, whatever the site keeps.
SEARCHES = [f"/physiotherapists/?location=LS1+4AP&radius={radius}" for radius in (1, 3, 5, 10, 20, 30, 50)]
# Rows that were read from the search table, by whichever way.
READ = """
SELECT coalesce(seq_scan, 0) + coalesce(idx_scan, 0) FROM pg_stat_user_tables
WHERE relname = 'directory_searchpoint'
"""


def reads(server) -> int:
    return server.rows(READ)[0][0]


@pytest.fixture
def replica(site):
    """Streaming, and where the primary is."""
    if not site.replica.is_running():
        site.replica.start()
    until(
        lambda: site.replica.rows("SELECT 1 FROM pg_stat_wal_receiver WHERE status = 'streaming'"),
        "it streams",
    )
    yield site.replica
    if not site.replica.is_running():
        site.replica.start()
    site.replica.execute("SELECT pg_wal_replay_resume() WHERE pg_is_wal_replay_paused()")
    until(
        lambda: site.replica.rows("SELECT 1 FROM pg_stat_wal_receiver WHERE status = 'streaming'"),
        "it streams",
    )


def test_what_is_written_comes_to_the_replica(site, replica):
    site.run(PUBLISH.format(number=70))
    written = "SELECT 1 FROM conditions_version WHERE overview LIKE '%Words number 70.%'"
    until(lambda: replica.rows(written), "it has come")


def test_public_pages_are_read_from_the_replica(site, replica):
    before = reads(replica)
    # Each is asked once: it may be kept.
    others = iter(range(1, 10_000))

    def has_been_asked() -> bool:
        for number in (0, 1):
            assert site.ask_process(number, f"/physiotherapists/?location=LS1+4AP&page={next(others)}").status
        return reads(replica) > before

    until(has_been_asked, "the replica has been asked")


def test_ones_own_booking_is_there_at_once_while_the_replica_is_behind(site, replica):
    replica.execute("SELECT pg_wal_replay_pause()")
    with site.patients("behind") as patients:
        told = patients.next_told(5)
    told += patients.rest_told()
    assert patients.unanswered == 0
    check_bookings(site, "behind", told, patients)


def test_a_replica_that_is_behind_is_left_out_by_itself(site, replica):
    replica.execute("SELECT pg_wal_replay_pause()")
    site.run(PUBLISH.format(number=71))

    def shows() -> bool:
        pages = [site.ask_process(number, "/conditions/sore-elbow/").text for number in (0, 1)]
        return all("Words number 71." in page for page in pages)

    until(shows, "the change shows, from the primary")
    replica.execute("SELECT pg_wal_replay_resume()")


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_nobody_sees_that_the_replica_is_gone_or_comes_back(site, replica, how):
    with (
        Load(site, ["/", "/conditions/sore-elbow/", *SEARCHES]) as load,
        site.patients(f"gone-{how}") as patients,
    ):
        told = patients.next_told(2)
        getattr(replica, how)()
        load.goes_on(60)
        told += patients.next_told(2)
        replica.start()
        load.goes_on(60)
        told += patients.next_told(2)
    told += patients.rest_told()
    assert load.failed == {}
    assert patients.unanswered == 0
    check_bookings(site, f"gone-{how}", told, patients)

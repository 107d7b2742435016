"""A primary and a real streaming replica: which is asked for what, when the replica is behind, away and back,
and the site in a process of its own, set up on both."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

from tests.postgresql_server import NoServerError, run_as, server_account, throw_away_server
from tests.tools import require_tool

ROOT = Path(settings.BASE_DIR)
RUN = "from tests.speed.on_two_databases import main; main()"


class Standby:
    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "standby"
        self.account = server_account() if os.geteuid() == 0 else None
        self.url = f"postgres://tests@/{folder}/postgres?port=5433"

    def copy(self) -> None:
        command = (require_tool("pg_basebackup"), "--host", self.folder, "--username", "tests")
        run_as(self.account, *command, "--pgdata", self.data, "--write-recovery-conf", "--checkpoint=fast")

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c port=5433 -c fsync=off"
        log = self.folder / "standby.log"
        run_as(self.account, require_tool("pg_ctl"), "start", "-D", self.data, "-l", log, "-o", options, "-w")

    def stop(self) -> None:
        run_as(self.account, require_tool("pg_ctl"), "stop", "-D", self.data, "-m", "immediate")

    def run(self, statement: str) -> None:
        with psycopg.connect(host=str(self.folder), port=5433, user="tests", dbname="postgres") as connection:
            connection.execute(statement.encode())


@contextmanager
def site_on(primary: str, standby: str) -> Iterator[Any]:
    """A function that has the site do something and waits for what it says of it."""
    environment = os.environ | {
        "DATABASE_URL": primary,
        "DATABASE_REPLICA_URL": standby,
        "REPLICA_MOST_SECONDS_BEHIND": "0.5",
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", RUN],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout

    def say(*words: str) -> Any:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(words) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    try:
        yield say
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[str, Standby]]:
    require_tool("pg_ctl")
    try:
        with throw_away_server() as primary:
            environment = os.environ | {"DATABASE_URL": primary}
            subprocess.run(
                [sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True
            )
            standby = Standby(Path(primary.removeprefix("postgres://tests@/").removesuffix("/postgres")))
            standby.copy()
            standby.start()
            try:
                yield primary, standby
            finally:
                standby.stop()
    except NoServerError as problem:
        pytest.fail(str(problem))


def test_replica_answers_for_public_pages_while_it_can(servers):
    primary, standby = servers
    with site_on(primary, standby.url) as say:
        say("publish", "First words.")
        # Until it has what was published, the primary answers, and always with the new words.
        status, text, asked = say("until-replica")
        assert (status, asked) == (200, ["replica"])
        assert "First words." in text
        # A form, its page and the admin are the primary's.
        for method, address in (
            ("get", "/physiotherapists/ada/book/"),
            ("post", "/physiotherapists/ada/book/"),
            ("get", "/admin/login/"),
        ):
            assert "replica" not in say(method, address)[2]

        standby.run("SELECT pg_wal_replay_pause()")
        say("publish", "Second words.")
        status, text, asked = say("get", "/conditions/sore-elbow/")
        assert (status, asked) == (200, ["default"])
        assert "Second words." in text
        # Another look, a second later, finds it as far behind.
        say("look-again")
        assert say("get", "/conditions/sore-elbow/")[2] == ["default"]
        assert say("kept", "/conditions/sore-elbow/") == [200, True]

        standby.run("SELECT pg_wal_replay_resume()")
        status, text, asked = say("until-replica")
        assert "Second words." in text

        # It dies, and whoever asks next notices nothing.
        standby.stop()
        status, text, asked = say("get", "/conditions/sore-elbow/")
        assert status == 200
        assert "Second words." in text
        standby.start()
        assert say("until-replica")[2] == ["replica"]


def test_replica_that_is_far_behind_is_left_out_though_no_page_has_changed(servers):
    primary, standby = servers
    with site_on(primary, standby.url) as say:
        say("publish", "Words.")
        say("until-replica")
        standby.run("SELECT pg_wal_replay_pause()")
        say("write")
        assert say("until-primary")[2] == ["default"]
        standby.run("SELECT pg_wal_replay_resume()")
        assert say("until-replica")[2] == ["replica"]

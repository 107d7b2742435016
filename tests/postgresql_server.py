"""A PostgreSQL server for the length of one test run or benchmark, in a temporary folder.

`python -m tests.postgresql_server [pytest's arguments]` runs every test on it, or on the
database that TEST_DATABASE_URL names.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tests.tools import find_tool

# Nothing here outlives the run, so nothing needs to survive a crash.
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


class NoServerError(Exception):
    pass


@contextmanager
def throw_away_server() -> Iterator[str]:
    """Its database's address, on a socket that no other user of this machine can reach."""
    initdb, pg_ctl = find_tool("initdb"), find_tool("pg_ctl")
    if not initdb or not pg_ctl:
        raise NoServerError(
            "PostgreSQL's server is not installed: install it (Debian, Ubuntu: apt install postgresql), "
            "or name a database in TEST_DATABASE_URL."
        )
    # initdb and the server refuse to run as root.
    account = server_account() if os.geteuid() == 0 else None
    # Debian's temporary folder, and not a long one: a socket's path has 107 characters at most.
    folder = Path(tempfile.mkdtemp(prefix="physiosite-pg-", dir="/tmp"))
    try:
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
        data = folder / "data"
        options = f"-k {folder} -c listen_addresses='' {FAST}"
        settings = ("--no-sync", "--auth=trust", "--username=tests", "--locale=C.UTF-8")
        run_as(account, initdb, "--pgdata", data, *settings)
        try:
            run_as(account, pg_ctl, "start", "--pgdata", data, "--log", folder / "log", "--options", options)
            yield f"postgres://tests@/{folder}/postgres"
        finally:
            if (data / "postmaster.pid").exists():
                run_as(account, pg_ctl, "stop", "--pgdata", data, "--mode=immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def server_account() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoServerError("PostgreSQL refuses to run as root: run this as another user.")


def run_as(account: pwd.struct_passwd | None, *command: str | Path) -> None:
    done = subprocess.run(
        command,
        cwd="/",
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
        # Out of reach of Ctrl-C, which is for the tests: the server is stopped after them.
        process_group=0,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise NoServerError(f"{Path(command[0]).name} failed: {done.stderr.strip() or done.stdout.strip()}")


def run_tests(address: str, arguments: list[str]) -> int:
    tests = subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments], env={**os.environ, "TEST_DATABASE_URL": address}
    )
    while True:
        try:
            return tests.wait()
        except KeyboardInterrupt:
            # Ctrl-C has reached the tests too, which end by themselves.
            continue
        except SystemExit:
            tests.terminate()
            tests.wait()
            raise


def end(signal_number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + signal_number)


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    if address := os.environ.get("TEST_DATABASE_URL"):
        return run_tests(address, sys.argv[1:])
    try:
        with throw_away_server() as address:
            return run_tests(address, sys.argv[1:])
    except NoServerError as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

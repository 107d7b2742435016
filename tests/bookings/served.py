"""The site in gunicorn, as production runs it, on an empty database of its own: SQLite, or on the PostgreSQL
server of the test run. And visitors who keep a connection open, as browsers do."""

import http.client
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen
from uuid import uuid4

import psycopg
from django.conf import settings

ROOT = Path(settings.BASE_DIR)


class Database:
    """By its address; asked in plain SQL, since Django in this process knows the tests' database only."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        # Tests come from one address, and are quicker than people.
        self.environment = os.environ | {
            "DATABASE_URL": url,
            "HOLDS_PER_VISITOR": "1000000",
            "BOOKINGS_PER_VISITOR": "1000000",
            "BOOKING_LEAST_SECONDS": "0",
        }
        self.folder = folder

    def run(self, code: str) -> str:
        """Some lines of Python in a process that has the site set up on this database; what they print."""
        return self._manage("shell", "--no-imports", "-c", code)

    def migrate(self) -> None:
        self._manage("migrate")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(self._connect()) as connection:
            return connection.execute(sql).fetchall()

    def execute(self, *statements: str) -> None:
        with closing(self._connect()) as connection:
            for statement in statements:
                connection.execute(statement)
                # PostgreSQL alters no table of which the same transaction has deleted rows.
                connection.commit()

    def _connect(self) -> Any:
        if self.url.startswith("sqlite"):
            return sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=20)
        return psycopg.connect(**_server(), dbname=self.url.rpartition("/")[2])

    def _manage(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *command, "--verbosity", "0"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def own_database(folder: Path) -> Iterator[Database]:
    """With its tables, and nothing in them."""
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        database = Database(f"sqlite:///{folder / 'served.sqlite3'}", folder)
        database.migrate()
        yield database
        return
    name = f"served_{uuid4().hex}"
    _on_server(f"CREATE DATABASE {name}")
    try:
        database = Database(f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}", folder)
        database.migrate()
        yield database
    finally:
        for more in (True, True, True, False):
            try:
                _on_server(f"DROP DATABASE {name} WITH (FORCE)")
                break
            except psycopg.errors.ObjectInUse:
                # The server waits five seconds for the connections that it ends, and a busy machine longer.
                if not more:
                    raise


def _on_server(statement: str) -> None:
    name = settings.DATABASES["default"]["NAME"]
    with closing(psycopg.connect(**_server(), dbname=name, autocommit=True)) as connection:
        connection.execute(statement.encode())


def _server() -> dict[str, Any]:
    known = settings.DATABASES["default"]
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    return {name: known[key] for name, key in names.items() if known.get(key)}


class Site:
    """gunicorn on a socket that stays open here, so that it can be killed and started again behind it."""

    def __init__(self, database: Database, processes: int) -> None:
        self.database, self.processes = database, processes
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.listener.set_inheritable(True)
        self.port = self.listener.getsockname()[1]
        self.log_file = database.folder / "gunicorn.log"
        self.server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log_file.open("ab") as log:
            self.server = subprocess.Popen(
                [
                    *(sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "--preload"),
                    *("--bind", f"fd://{self.listener.fileno()}", "physiosite.wsgi"),
                ],
                cwd=ROOT,
                env=self.database.environment | {"WEB_CONCURRENCY": str(self.processes)},
                pass_fds=[self.listener.fileno()],
                stdout=log,
                stderr=log,
                # A process group of its own, to be killed as a whole.
                start_new_session=True,
            )

    def wait_until_it_answers(self) -> None:
        with urlopen(f"http://127.0.0.1:{self.port}/healthz/", timeout=60) as response:
            assert response.status == 200

    def kill(self) -> None:
        """All its processes, with no time to tidy up."""
        if self.server:
            with suppress(ProcessLookupError):
                os.killpg(self.server.pid, signal.SIGKILL)
            self.server.wait()
            self.server = None

    @property
    def log(self) -> str:
        return self.log_file.read_text()


@contextmanager
def served(database: Database, processes: int) -> Iterator[Site]:
    site = Site(database, processes)
    try:
        site.start()
        site.wait_until_it_answers()
        yield site
    finally:
        site.kill()
        site.listener.close()


class Visitor:
    """Sends forms over one connection; follows nothing."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self.connection = connection

    def post(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        """The status, and where it leads. Raises OSError and HTTPException when the server is killed."""
        try:
            self.connection.request(
                "POST", path, urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"}
            )
            response = self.connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            # The next request opens it anew.
            self.connection.close()
            raise
        return response.status, response.headers.get("Location", "")

    def close(self) -> None:
        self.connection.close()


def visitor_of(port: int) -> Visitor:
    return Visitor(http.client.HTTPConnection("127.0.0.1", port, timeout=60))

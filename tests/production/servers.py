"""Each server of the production site as a process of its own, started with the files that deploy/ ships."""

import http.client
import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psycopg
from aiosmtpd.controller import Controller
from django.conf import settings

from tests.bookings.mailing import Server as MailBox
from tests.postgresql_server import run_as, server_account
from tests.tools import require_tool

ROOT = Path(settings.BASE_DIR)
DEPLOY = ROOT / "deploy"
# Seconds, at the longest, for anything here to be so.
PATIENCE = 60
# As systemd hands a socket over, which stays open while gunicorn is started anew behind it:
# https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
WITH_SOCKET = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); "
    "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid())); os.execv(sys.argv[2], sys.argv[2:])"
)


def until(is_so: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Ask until the answer is true, and return it."""
    deadline = time.monotonic() + seconds
    while True:
        with suppress(OSError, http.client.HTTPException, psycopg.Error):
            if answer := is_so():
                return answer
        assert time.monotonic() < deadline, f"not within {seconds} seconds: {what}"
        time.sleep(0.05)


def free_port() -> int:
    """Below those that the system gives to outgoing connections, which come and go meanwhile."""
    while True:
        port = random.randrange(20_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def answers(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        return True


class Process:
    """A program in a process group of its own; what it says goes to its log."""

    def __init__(self, name: str, folder: Path) -> None:
        self.log_file = folder / f"{name}.log"
        self.running: subprocess.Popen[bytes] | None = None

    def run(self, command: Sequence[str | Path], **options: Any) -> None:
        assert self.running is None
        with self.log_file.open("ab") as log:
            self.running = subprocess.Popen(
                command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **options,
            )

    def start(self) -> None:
        raise NotImplementedError

    def is_running(self) -> bool:
        return self.running is not None and self.running.poll() is None

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self.running:
            with suppress(ProcessLookupError):
                os.killpg(self.running.pid, number) if number == signal.SIGKILL else os.kill(
                    self.running.pid, number
                )
            try:
                self.running.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(self.running.pid, signal.SIGKILL)
                self.running.wait()
                raise
            self.running = None

    def kill(self) -> None:
        """All its processes, with no time to tidy up."""
        self.stop(signal.SIGKILL)

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")


class Gunicorn(Process):
    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(name, folder)
        self.environment: dict[str, str] = {}
        self.port = free_port()
        self.listen()

    def listen(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=1024)
        self.listener.set_inheritable(True)

    def shut(self) -> None:
        """As where the whole machine is away: nobody listens."""
        self.listener.close()

    def start(self) -> None:
        number = self.listener.fileno()
        gunicorn = ("-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "physiosite.wsgi")
        self.run(
            [sys.executable, "-c", WITH_SOCKET, str(number), sys.executable, *gunicorn],
            env=self.environment,
            pass_fds=[number],
        )

    def workers(self) -> list[int]:
        assert self.running
        return children_of(self.running.pid)

    def close(self) -> None:
        self.kill()
        self.shut()


class Nginx(Process):
    def __init__(self, folder: Path, environment_file: Path) -> None:
        super().__init__("nginx", folder)
        self.file, self.environment_file = folder / "nginx.conf", environment_file

    def write(self) -> None:
        rendered = subprocess.run(
            [sys.executable, DEPLOY / "render.py", DEPLOY / "nginx.conf", self.environment_file],
            capture_output=True,
            text=True,
        )
        assert rendered.returncode == 0, rendered.stderr
        self.file.write_text(rendered.stdout)

    def start(self) -> None:
        self.write()
        nginx = require_tool("nginx")
        checked = subprocess.run([nginx, "-t", "-q", "-c", self.file], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
        # As it is shipped, it must not even warn.
        assert "[warn]" not in checked.stderr or os.geteuid() != 0, checked.stderr
        self.run([nginx, "-c", self.file, "-g", "daemon off;"])

    def workers(self) -> list[int]:
        assert self.running
        return children_of(self.running.pid)

    def reload(self) -> None:
        """Take the environment file anew; returns when no worker of before takes connections."""
        self.write()
        before = set(self.workers())
        assert self.running
        self.running.send_signal(signal.SIGHUP)
        until(lambda: len(set(self.workers()) - before) > 1, "nginx takes its new configuration")


class Redis(Process):
    def __init__(self, folder: Path) -> None:
        super().__init__("redis", folder)
        self.folder, self.port = folder, free_port()

    def start(self) -> None:
        options = ("--port", str(self.port), "--dir", str(self.folder), "--daemonize", "no")
        self.run([require_tool("redis-server"), DEPLOY / "redis.conf", *options])
        until(lambda: answers(self.port), "Redis answers")


class MailWorker(Process):
    def __init__(self, folder: Path) -> None:
        super().__init__("mails", folder)
        self.environment: dict[str, str] = {}

    def start(self) -> None:
        self.run([sys.executable, "manage.py", "send_mails", "--every", "1"], env=self.environment)


class MailServer:
    """On a port that stays its own while it is away."""

    def __init__(self) -> None:
        self.box, self.port = MailBox(), free_port()
        self.controller: Controller | None = None

    def start(self) -> None:
        self.controller = Controller(self.box, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def stop(self) -> None:
        if self.controller:
            self.controller.stop()
            self.controller = None

    def is_running(self) -> bool:
        return self.controller is not None

    def addressees(self) -> list[str]:
        return [str(mail["To"]) for mail in self.box.taken]


class PostgreSQL:
    """A primary, or with ``of`` a streaming replica of it; on a socket in its folder."""

    def __init__(self, folder: Path, name: str, of: "PostgreSQL | None" = None) -> None:
        self.folder, self.data, self.name = folder / name, folder / name / "data", name
        self.of = of
        self.account = server_account() if os.geteuid() == 0 else None
        self.folder.mkdir()
        if self.account:
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
        self.address = f"postgres://tests@/{self.folder}/postgres"

    def _run(self, tool: str, *arguments: str | Path) -> None:
        run_as(self.account, require_tool(tool), *arguments)

    def make(self) -> None:
        if self.of:
            # As docs/operating.md says.
            self._run(
                *("pg_basebackup", "--pgdata", self.data, "--host", self.of.folder, "--username", "tests"),
                *("--write-recovery-conf", "--create-slot", "--slot", self.name, "--checkpoint", "fast"),
                "--no-sync",
            )
        else:
            settings_ = ("--no-sync", "--auth=trust", "--username=tests", "--locale=C.UTF-8")
            self._run("initdb", "--pgdata", self.data, *settings_)
            with (self.data / "postgresql.conf").open("a") as file:
                file.write((DEPLOY / "postgresql.conf").read_text())

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses=''"
        log = self.folder / "log"
        self._run("pg_ctl", "start", "--pgdata", self.data, "--log", log, "--options", options)

    def stop(self, mode: str = "fast") -> None:
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "--pgdata", self.data, f"--mode={mode}")

    def is_running(self) -> bool:
        try:
            return is_alive(int((self.data / "postmaster.pid").read_text().split()[0]))
        except OSError:
            return False

    def check(self) -> None:
        """Raises where an index or a table is damaged."""
        self.execute("CREATE EXTENSION IF NOT EXISTS amcheck")
        self.execute(
            "SELECT bt_index_check(index => c.oid, heapallindexed => true) FROM pg_class AS c "
            "JOIN pg_am AS a ON a.oid = c.relam WHERE a.amname = 'btree' AND c.relpersistence = 'p' "
            "AND c.relname LIKE 'bookings%' OR a.amname = 'btree' AND c.relname LIKE 'post_office%'"
        )

    def kill(self) -> None:
        """All its processes at once, as when the machine's memory runs out."""
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        processes = [postmaster, *children_of(postmaster)]
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        # Altogether: a new one takes one that only waits to be buried for one that is running.
        until(lambda: not any(Path(f"/proc/{process}").exists() for process in processes), "they have ended")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self._connected() as connection:
            return connection.execute(sql.encode()).fetchall()

    def execute(self, sql: str) -> None:
        with self._connected() as connection:
            connection.execute(sql.encode())

    def _connected(self) -> Any:
        return closing(
            psycopg.connect(host=str(self.folder), user="tests", dbname="postgres", autocommit=True)
        )


def _status(process: int) -> list[str]:
    """Fields of /proc/…/stat behind the name: the state, the parent …"""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def children_of(parent: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if int(_status(int(folder.name))[1]) == parent:
                found.append(int(folder.name))
    return found


def is_alive(process: int) -> bool:
    try:
        return _status(process)[0] != "Z"
    except OSError:
        return False


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))

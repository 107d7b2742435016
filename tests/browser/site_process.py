"""The whole site in a process of its own, as `make serve` runs it, on an SQLite database of its own."""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
LOG = "gunicorn.log"
PASSWORD = "only for these tests 1"


@contextmanager
def running_site(
    folder: Path, shared: Path | None = None, **variables: str
) -> Iterator[tuple[str, dict[str, str]]]:
    """Set up with postcodes, starter pages, sample listings and diaries; yields its address and environment.

    Test processes that run side by side set it up once, in the ``shared`` folder, and each runs a copy.
    ``variables`` are set in its environment too.
    """
    shared = shared or folder
    environment = os.environ | {
        "STATIC_ROOT": str(shared / "static"),
        "MEDIA_ROOT": str(shared / "media"),
        "HASHED_STATIC_FILES": "on",
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        # A browser that is driven books faster than people do.
        "BOOKING_LEAST_SECONDS": "0",
        **variables,
    }
    database, ready = folder / "site.sqlite3", shared / "ready.sqlite3"
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            set_up(shared / "new.sqlite3", environment)
            (shared / "new.sqlite3").rename(ready)
    shutil.copyfile(ready, database)
    environment["DATABASE_URL"] = f"sqlite:///{database}"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # gunicorn takes over the socket, so that nobody else can have its port meanwhile.
        listener.set_inheritable(True)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        log = (folder / LOG).open("w")
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"),
                *("--bind", f"fd://{listener.fileno()}", "physiosite.wsgi"),
            ],
            cwd=ROOT,
            env=environment,
            pass_fds=[listener.fileno()],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            # The socket listens already: this waits until the site answers.
            with urlopen(f"{address}/readyz/", timeout=60) as response:  # noqa: S310
                assert response.status == 200
            yield address, environment
        finally:
            server.terminate()
            server.wait(timeout=40)
            log.close()


def set_up(database: Path, environment: dict[str, str]) -> None:
    for command in (
        ["migrate"],
        ["import_postcodes"],
        ["load_starter_content"],
        ["load_starter_words"],
        ["load_sample_directory"],
        ["load_sample_diaries"],
        ["load_sample_podcast"],
        ["collectstatic", "--noinput"],
        ["createsuperuser", "--noinput", "--username", "editor", "--email", "editor@example.com"],
    ):
        done = subprocess.run(
            [sys.executable, "manage.py", *command, "--verbosity", "0"],
            cwd=ROOT,
            env=environment | {"DATABASE_URL": f"sqlite:///{database}"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr

"""The whole site in a process of its own, as `make serve` runs it, on a database of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from urllib.request import urlopen

import psycopg
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PASSWORD = "only for these tests 1"


@contextmanager
def running_site(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Set up with postcodes, starter pages and sample listings; yields its address and environment."""
    environment = os.environ | {
        "DATABASE_URL": _own_database(folder),
        "STATIC_ROOT": str(folder / "static"),
        "HASHED_STATIC_FILES": "on",
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
    }
    for command in (
        ["migrate"],
        ["import_postcodes"],
        ["load_starter_content"],
        ["load_sample_directory"],
        ["collectstatic", "--noinput"],
        ["createsuperuser", "--noinput", "--username", "editor", "--email", "editor@example.com"],
    ):
        _manage([*command, "--verbosity", "0"], environment)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # gunicorn takes over the socket, so that nobody else can have its port meanwhile.
        listener.set_inheritable(True)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        log = (folder / "gunicorn.log").open("w")
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


def _manage(arguments: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def _own_database(folder: Path) -> str:
    address = urlsplit(os.environ["DATABASE_URL"])
    if address.scheme == "sqlite":
        return f"sqlite:///{folder / 'site.sqlite3'}"
    server = settings.DATABASES["default"]
    name = f"browser_{os.getpid()}"
    with psycopg.connect(
        host=server["HOST"],
        port=server["PORT"] or None,
        user=server["USER"],
        password=server["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    ) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return urlunsplit(address._replace(path=address.path.rpartition("/")[0] + f"/{name}"))

"""A real Redis, which goes away and comes back."""

import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from django.core.cache import cache

from physiosite import shared_cache
from tests.factories import make_page
from tests.speed.asking import ask, new_process
from tests.tools import require_tool

ELBOW = "/conditions/sore-elbow/"


class Server:
    """On a socket of its own, with nothing on the disk."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            require_tool("redis-server"),
            "--port",
            "0",
            "--unixsocket",
            str(self.socket),
            "--save",
            "",
        ]
        self.process = subprocess.Popen(
            [*command, "--save", "", "--appendonly", "no", "--dir", str(self.socket.parent)],
            stdout=subprocess.DEVNULL,
        )
        client = redis.Redis(unix_socket_path=str(self.socket))
        while True:
            try:
                client.ping()
            except redis.RedisError:
                assert self.process.poll() is None
            else:
                return

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


@contextmanager
def short_folder():
    # A socket's path has 107 characters at most.
    with tempfile.TemporaryDirectory(prefix="physiosite-redis-", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def server(settings, monkeypatch):
    with short_folder() as folder:
        server = Server(folder)
        server.start()
        address = f"unix://{server.socket}"
        settings.CACHES = {
            "default": {"BACKEND": "physiosite.shared_cache.RedisOrAlone", "LOCATION": address}
        }
        monkeypatch.setattr(shared_cache, "PAUSE_SECONDS", 0.0)
        yield server
        server.stop()


def test_pages_are_shared_through_it(server, db):
    make_page("sore-elbow")
    first = ask(new_process(), ELBOW, HTTP_ACCEPT_ENCODING="br")
    names = redis.Redis(unix_socket_path=str(server.socket)).keys()
    assert len([name for name in names if b"page:" in name]) == 1
    # No address stands there, which may have a postcode in it.
    assert not any(b"elbow" in name for name in names)
    assert ask(new_process(), ELBOW, HTTP_ACCEPT_ENCODING="br") == first


def test_without_it_everything_goes_on(server, db):
    make_page("sore-elbow")
    first = ask(new_process(), ELBOW)
    cache.set("a", 1)
    server.stop()
    assert cache.get("a") is None
    assert ask(new_process(), ELBOW) == first
    assert cache.add("count", 0, 60)
    assert [cache.incr("count"), cache.incr("count")] == [1, 2]
    assert cache.get_or_set("b", lambda: 2, 60) == 2
    assert cache.get("b") == 2
    cache.set_many({"c": 3})
    assert cache.get_many(["b", "c"]) == {"b": 2, "c": 3}
    assert cache.delete("b")
    assert cache.has_key("c")
    assert cache.touch("c", 60)
    cache.delete_many(["c"])
    server.start()
    cache.set("a", 5)
    assert redis.Redis(unix_socket_path=str(server.socket)).dbsize() == 1


def test_it_is_not_asked_again_for_a_while(server, monkeypatch):
    monkeypatch.setattr(shared_cache, "PAUSE_SECONDS", 3600.0)
    cache.set("a", 1)
    server.stop()
    assert cache.get("a") is None
    server.start()
    cache.set("a", 2)
    assert cache.get("a") == 2
    # Only this process has it.
    assert redis.Redis(unix_socket_path=str(server.socket)).dbsize() == 0
    shared_cache._paused_until.clear()

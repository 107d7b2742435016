"""A server that stands in for the world's: each path answers in its own way."""

import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STATUSES = {"/ok": 200, "/forbidden": 403, "/missing": 404, "/gone": 410, "/busy": 429, "/broken": 500}
REDIRECTS = {
    "/old": (301, "/newer"),
    "/newer": (308, "/ok#part"),
    "/mixed": (301, "/login"),
    "/login": (302, "/ok"),
    "/for-now": (302, "/newer"),
    "/old-and-dead": (301, "/missing"),
    "/circle": (301, "/circle-back"),
    "/circle-back": (302, "/circle"),
    "/to-a-file": (301, "file:///etc/hostname"),
    "/to-b": (302, "http://b.test:{port}/held"),
    "/accents": (301, "/caf\N{LATIN SMALL LETTER E WITH ACUTE}"),
}


class World(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, str, str]] = []
        self.agents: set[str | None] = set()
        self.closing = threading.Event()
        # How many of /held are being answered, by host; and the most there ever were.
        self.lock, self.held = threading.Lock(), Counter[str]()
        self.most_at_once, self.most_of_a_host = 0, 0
        self.three = threading.Barrier(3)

    def url(self, path: str, host: str = "a.test") -> str:
        return f"http://{host}:{self.server_port}{path}"


class Handler(BaseHTTPRequestHandler):
    server: World

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        host = self.headers["Host"].partition(":")[0]
        self.server.seen.append((self.command, host, self.path))
        self.server.agents.add(self.headers["User-Agent"])
        if self.path in REDIRECTS:
            status, location = REDIRECTS[self.path]
            self.reply(status, {"Location": location.format(port=self.server.server_port)})
        elif self.path == "/cookie-first":
            there = "seen=1" in self.headers.get("Cookie", "")
            self.reply(200 if there else 302, {"Set-Cookie": "seen=1", "Location": "/cookie-first"})
        elif self.path == "/no-head":
            self.reply(405 if self.command == "HEAD" else 200)
        elif self.path == "/breaks-off-at-head" and self.command == "HEAD":
            self.close_connection = True
        elif self.path == "/slow":
            self.server.closing.wait(20)
        elif self.path in {"/held", "/all-three"}:
            self.hold(host)
        else:
            self.reply(STATUSES.get(self.path, 200))

    def hold(self, host: str) -> None:
        world = self.server
        with world.lock:
            world.held[host] += 1
            world.most_of_a_host = max(world.most_of_a_host, world.held[host])
            world.most_at_once = max(world.most_at_once, world.held.total())
        if self.path == "/all-three":
            # Answers once three are here together.
            world.three.wait(10)
        # Time for one that should have waited to come in.
        time.sleep(0.05)
        with world.lock:
            world.held[host] -= 1
        self.reply(200)

    def reply(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass

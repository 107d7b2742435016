"""Sites in gunicorn with the shipped settings, and how fast wrk finds them."""

import http.client
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.production.servers import PATIENCE, ROOT, children_of

SECONDS = float(os.environ.get("BENCH_SECONDS", "5"))
# wrk needs little of the second processor; more connections only wait longer.
CONNECTIONS = 16
PROCESSES = 2
_UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass
class Speed:
    a_second: float
    p99_ms: float


@dataclass
class Served:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def page(self, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with closing(connection):
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
        if response.status != 200:
            log = self.log.read_text(errors="replace")
            raise RuntimeError(f"{path} answered {response.status}: {log[-2000:]}")
        return body

    def megabytes_a_process(self) -> float:
        """What each process has for itself, and its share of what it has with others (PSS)."""
        sizes = []
        for process in children_of(self.process.pid):
            rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
            (kilobytes,) = re.findall(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
            sizes.append(int(kilobytes) / 1024)
        return sum(sizes) / len(sizes)


Serving = AbstractContextManager[Served]


@contextmanager
def served(
    application: str,
    environment: Mapping[str, str],
    log: Path,
    python: str | Path = sys.executable,
    folder: Path = ROOT,
) -> Iterator[Served]:
    """Under the shipped gunicorn settings. It may not answer yet: its socket is open already."""
    config = ROOT / "deploy" / "gunicorn.conf.py"
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener, log.open("wb") as file:
        listener.set_inheritable(True)
        process = subprocess.Popen(
            [
                *(python, "-m", "gunicorn", "--config", config, "--chdir", folder),
                *("--bind", f"fd://{listener.fileno()}", application),
            ],
            cwd=folder,
            env={**environment, "WEB_CONCURRENCY": str(PROCESSES)},
            pass_fds=[listener.fileno()],
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
        try:
            yield Served(process, listener.getsockname()[1], log)
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)


def start_up_seconds(
    path: str, application: str, environment: Mapping[str, str], log: Path, rounds: int
) -> float:
    """From the start of gunicorn until a page has come, the median."""
    taken = []
    for _ in range(rounds):
        begun = perf_counter()
        with served(application, environment, log) as site:
            site.page(path)
            taken.append(perf_counter() - begun)
    return median(taken)


def speed(address: str, seconds: float = SECONDS) -> Speed:
    """Of so many seconds of wrk. An answer that is no page is no answer: raises RuntimeError."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--timeout", "20s", "--latency", address],
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 60,
    )
    told = done.stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(f"{address}:\n{told}")
    rate, late = re.search(r"Requests/sec:\s+([\d.]+)", told), re.search(r"99%\s+([\d.]+)(us|ms|s)\b", told)
    if not rate or not late:
        raise RuntimeError(f"wrk said something else than before:\n{told}")
    if not float(rate[1]):
        # Not one answer: only a longer look can tell how slow it is.
        if seconds > 60:
            raise RuntimeError(f"{address} did not answer within {seconds:g} seconds.")
        return speed(address, 4 * seconds)
    return Speed(float(rate[1]), float(late[1]) * _UNITS_MS[late[2]])


def in_turns(addresses: Mapping[str, str], rounds: int) -> dict[str, list[Speed]]:
    """Each one's speed, round by round: A B C, A B C …"""
    for address in addresses.values():
        # Until each process has answered a few.
        speed(address, 1)
    found: dict[str, list[Speed]] = {name: [] for name in addresses}
    for _ in range(rounds):
        for name, address in addresses.items():
            found[name].append(speed(address))
    return found


def ratio(ours: list[Speed], other: list[Speed]) -> float:
    """The median of the ratios round by round, so that a machine that slows down changes little."""
    return median(a.a_second / b.a_second for a, b in zip(ours, other, strict=True))


def middle(speeds: list[Speed]) -> Speed:
    return Speed(median(one.a_second for one in speeds), median(one.p99_ms for one in speeds))

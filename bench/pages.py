"""Whole pages over HTTP, by gunicorn with the shipped settings and wrk: requests a second against a baseline,
in turns; queries, template time and start-up. docs/decisions/0020-page-cache.md has figures and reasons."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple
from urllib.request import Request, urlopen

from django.core.management import call_command
from django.db import connection
from django.template.backends import django as backend
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.measure import ROUNDS
from directory.models import Physiotherapist
from tests.tools import find_tool

ROOT = Path(__file__).parent.parent
PAGE = "/conditions/sciatica/"
SECONDS, CONNECTIONS, PROCESSES = 3, 16, 2
LEAST_OF_BARE, MOST_QUERIES, MOST_TEMPLATE_MS, MOST_START_SECONDS = 0.85, 6, 2.0, 1.5


class Speed(NamedTuple):
    """Requests a second, and milliseconds."""

    each_second: float
    p99: float


class Baseline(NamedTuple):
    """What a page is measured against: an application for gunicorn, with its environment, and the page's
    address there. A page of Wagtail's would be another."""

    name: str
    application: str
    address: str
    environment: dict[str, str]


def run() -> None:
    if not find_tool("wrk"):
        print("Pages over HTTP were not measured: wrk is not installed (Debian, Ubuntu: apt install wrk).")
        return
    if not Physiotherapist.objects.exists():
        call_command("load_starter_content", verbosity=0)
        call_command("load_starter_words", verbosity=0)
        call_command("load_sample_directory", verbosity=0)
    call_command("load_sample_diaries", verbosity=0)
    _alone()
    with tempfile.TemporaryDirectory(prefix="physiosite-bench-") as folder:
        body = Path(folder) / "body"
        with _gunicorn("physiosite.wsgi", {}) as site:
            body.write_bytes(_fetched(site + PAGE))
            bare = Baseline("a bare HttpResponse", "bench.bare", "/page/", {"BENCH_BODY": str(body)})
            _against(bare, site, PAGE, f"cached condition page (at least {LEAST_OF_BARE})")
            _others(site)
        with _gunicorn("physiosite.wsgi", {"PAGE_CACHE_MB": "0"}) as site:
            _against(bare, site, PAGE, "uncached condition page")
    _start()


def _alone() -> None:
    """Queries and milliseconds of this process, of a page that nothing keeps."""
    client, spent = Client(headers={"host": "testserver"}), []
    render = backend.Template.render

    def timed(self: backend.Template, context: dict | None = None, request: object = None) -> str:
        begun = time.thread_time()
        text = render(self, context, request)  # type: ignore[arg-type]
        spent.append((time.thread_time() - begun) * 1000)
        return text

    for address in (PAGE, "/search/?q=sciatica", "/physiotherapists/?location=LS1"):
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        number = len([one for one in asked if "freshness_change" not in one["sql"]])
        backend.Template.render = timed  # type: ignore[method-assign, assignment]
        pages = []
        for _ in range(50):
            begun = time.thread_time()
            client.get(address)
            pages.append((time.thread_time() - begun) * 1000)
        backend.Template.render = render  # type: ignore[method-assign]
        print(f"{connection.vendor}: {address} uncached: {number} queries")
        print(f"  {median(pages):.1f} ms of processor, {median(spent):.1f} ms of it in the template")
        spent.clear()
    print(f"  (a condition page: at most {MOST_QUERIES} queries, {MOST_TEMPLATE_MS} ms in the template)")


def _against(baseline: Baseline, site: str, address: str, told: str) -> None:
    """A B A B: medians, and the median of the ratios round by round."""
    with _gunicorn(baseline.application, baseline.environment) as other:
        _wrk(site + address), _wrk(other + baseline.address)
        rounds = [(_wrk(site + address), _wrk(other + baseline.address)) for _ in range(ROUNDS)]
    ours, theirs = (median(pair[side].each_second for pair in rounds) for side in (0, 1))
    ratio = median(one.each_second / two.each_second for one, two in rounds)
    p99 = median(one.p99 for one, _ in rounds)
    print(
        f"{told}: {ours:,.0f} a second, p99 {p99:.1f} ms; {baseline.name}: {theirs:,.0f}; ratio {ratio:.2f}"
    )


def _others(site: str) -> None:
    slug = (
        Physiotherapist.objects.filter(diary__is_open=True).order_by("pk").values_list("slug", flat=True)[0]
    )
    pages: dict[str, Callable[[], Speed]] = {
        "search by place": lambda: _wrk(f"{site}/physiotherapists/?location=LS1"),
        "search by place, each another": lambda: _wrk(f"{site}/physiotherapists/?location=", PLACES),
        "search of the site, each another": lambda: _wrk(f"{site}/search/?q=", WORDS),
        "free times": lambda: _wrk(f"{site}/physiotherapists/{slug}/book/"),
        "form of a correction": lambda: _wrk(f"{site}/physiotherapists/{slug}/correction/"),
    }
    for name, measured in pages.items():
        rounds = [measured() for _ in range(ROUNDS)]
        speed, p99 = median(one.each_second for one in rounds), median(one.p99 for one in rounds)
        print(f"{name}, {PROCESSES} processes: {speed:,.0f} a second, p99 {p99:.1f} ms")


# What stands behind the address: another one each time, so that none is kept.
PLACES = (
    "({'LS','M','B','NE','S','BS','CF','EH'})[n % 8 + 1] .. (n % 9 + 1) .. "
    "'&radius=' .. ({1,3,5,10,20,30,50})[n % 7 + 1] .. '&price=' .. n"
)
WORDS = "({'knee','back','neck','shoulder','stroke','hip'})[n % 6 + 1] .. '+pain+' .. n"


def _wrk(address: str, script: str = "") -> Speed:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        command = [
            "wrk",
            "-t1",
            f"-c{CONNECTIONS}",
            f"-d{SECONDS}s",
            "--latency",
            "-H",
            "Accept-Encoding: br",
        ]
        if script:
            path = re.sub(r"^http://[^/]+", "", address)
            file.write(
                "local n = 0\nrequest = function()\n  n = n + 1\n"
                f"  return wrk.format('GET', '{path}' .. {script})\nend\n"
            )
            file.flush()
            command += ["-s", file.name]
        done = subprocess.run([*command, address], capture_output=True, text=True, check=True)
    assert "Non-2xx" not in done.stdout, done.stdout
    each_second = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", done.stdout)
    assert each_second
    assert p99
    return Speed(float(each_second[1]), float(p99[1]) * {"us": 0.001, "ms": 1, "s": 1000}[p99[2]])


@contextmanager
def _gunicorn(application: str, environment: dict[str, str]) -> Iterator[str]:
    """With the settings that production runs, on a free port of this machine; its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    site = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "--preload"),
            *(
                "--access-logfile",
                "/dev/null",
                "--log-level",
                "error",
                "--bind",
                f"127.0.0.1:{port}",
                application,
            ),
        ],
        cwd=ROOT,
        env=os.environ
        | {
            "WEB_CONCURRENCY": str(PROCESSES),
            "ALLOWED_HOSTS": "127.0.0.1",
            "SEARCHES_PER_MINUTE": "100000000",
        }
        | environment,
    )
    try:
        _wait_for(port, server)
        yield site
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=40)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("gunicorn did not start")


def _fetched(address: str) -> bytes:
    with urlopen(Request(address, headers={"Accept-Encoding": "br"})) as response:  # noqa: S310 - this machine
        return response.read()


def _start() -> None:
    """From the command to the first page."""
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        with _gunicorn("physiosite.wsgi", {}) as site:
            _fetched(site + "/healthz/")
            taken.append(time.perf_counter() - begun)
    print(f"start-up: {median(taken):.2f} s (under {MOST_START_SECONDS})")

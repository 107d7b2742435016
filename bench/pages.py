"""How fast pages come: ours made before and made anew, beside a bare Django and the same page on Wagtail;
then behind the shipped nginx, the pages that nobody can keep, memory, and the start.

`python -m bench pages` prints a table for bench/README.md. BENCH_SECONDS=1 makes each turn of wrk shorter.
"""

import os
import re
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

from bench import behind_nginx, page_cost, serving, wagtail_site
from bench.measure import ROUNDS
from bench.report import Row, table
from tests.bookings.served import visitor_of
from tests.tools import find_tool

SLUG = "upper-back-muscle-pain"
CONDITION = f"/conditions/{SLUG}/"
FIND, SEARCH = "/physiotherapists/?location=LS1+4AP&radius=20", "/search/?q=back+pain"
# As many for each, before its memory is looked at.
LOAD = 1000
# Of one person's page of times: the first that is free.
_SLOT = re.compile(r'name="slot" value="([^"]+)"')
_WITHOUT_LIMITS = dict.fromkeys(
    ("SEARCHES_PER_MINUTE", "FORMS_PER_MINUTE", "HOLDS_PER_VISITOR", "BOOKINGS_PER_VISITOR"), "1000000000"
)


def run(folder: Path, environment: Mapping[str, str]) -> None:
    """On the site whose database and settings are in this environment, which this process has too."""
    if not find_tool("wrk"):
        print("Pages were not measured: wrk is not installed (Debian, Ubuntu: apt install wrk).")
        return
    ours = {**environment, **_WITHOUT_LIMITS, "BOOKING_LEAST_SECONDS": "0"}
    uncached = ours | {"PAGE_CACHE_MB": "0"}
    parts: dict[str, Callable[[], list[Row]]] = {
        "Inside the site": _inside,
        "Beside a bare Django and Wagtail": lambda: _beside_others(folder, ours, uncached),
        "What nobody keeps": lambda: _that_nobody_keeps(folder, uncached),
        "The start": lambda: [_start_up(folder, ours)],
        "Behind nginx": lambda: behind_nginx.rows(CONDITION),
    }
    rows: list[Row] = []
    for name, measured in parts.items():
        # Beside the table, which may be going to a file.
        print(f"{name} ...", file=sys.stderr, flush=True)
        rows += measured()
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} processors, a load of {load:.1f} at the end, turns of {serving.SECONDS:g} s:\n")
    print(table(rows))


def _inside() -> list[Row]:
    cost = page_cost.cost_of(CONDITION)
    return [
        Row("Condition page made anew: queries", str(cost.queries), "at most 6", cost.queries <= 6),
        Row(
            f"… time of its templates, of {cost.page_ms:.1f} ms",
            f"{cost.template_ms:.2f} ms",
            "at most 2 ms",
            cost.template_ms <= 2,
        ),
    ]


def _beside_others(folder: Path, ours: dict[str, str], uncached: dict[str, str]) -> list[Row]:
    body = folder / "body.html"
    with ExitStack() as stack:
        start = stack.enter_context
        kept = start(serving.served("physiosite.wsgi", ours, folder / "kept.log"))
        anew = start(serving.served("physiosite.wsgi", uncached, folder / "anew.log"))
        html = kept.page(CONDITION)
        body.write_bytes(html)
        bare = start(
            serving.served("bench.bare", _plain_environment(BENCH_BODY=str(body)), folder / "bare.log")
        )
        wagtail_folder = folder / "wagtail"
        wagtails = _plain_environment(BENCH_WAGTAIL=str(wagtail_folder))
        python = wagtail_site.make(wagtail_folder, SLUG, html.decode(), wagtails)

        def start_wagtail(log: str) -> serving.Serving:
            return serving.served("wsgi", wagtails, folder / log, python, wagtail_folder)

        wagtail = start(start_wagtail("wagtail.log"))
        theirs = wagtail.page(wagtail_site.PAGE)
        found = serving.in_turns(
            {
                "bare": bare.address("/"),
                "kept": kept.address(CONDITION),
                "anew": anew.address(CONDITION),
                "wagtail": wagtail.address(wagtail_site.PAGE),
            },
            ROUNDS,
        )
    our_memory = _memory(lambda: serving.served("physiosite.wsgi", ours, folder / "memory.log"), CONDITION)
    their_memory = _memory(lambda: start_wagtail("wagtail-memory.log"), wagtail_site.PAGE)
    size = f"{len(html) / 1000:.1f} kB of HTML"
    return [
        _speed_row(f"Bare HttpResponse, {size}", found["bare"]),
        _speed_row(f"Condition page, kept, {size}", found["kept"]),
        _speed_row("Condition page, made anew", found["anew"]),
        _speed_row(f"Wagtail {wagtail_site.WAGTAIL}, {len(theirs) / 1000:.1f} kB", found["wagtail"]),
        _ratio_row("Kept / bare", serving.ratio(found["kept"], found["bare"]), 0.85, 2),
        _ratio_row("Kept / Wagtail", serving.ratio(found["kept"], found["wagtail"]), 40, 1),
        _ratio_row("Made anew / Wagtail", serving.ratio(found["anew"], found["wagtail"]), 6, 1),
        Row(
            f"Memory a worker (PSS) after {LOAD:,} pages / Wagtail's",
            f"{our_memory:.1f} / {their_memory:.1f} MB = {our_memory / their_memory:.2f}",
            "at most 0.5",
            our_memory <= their_memory / 2,
        ),
    ]


def _plain_environment(**more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "SECRET_KEY": os.environ["SECRET_KEY"], **more}


def _memory(start: Callable[[], serving.Serving], path: str) -> float:
    """By itself: what another site on this machine has in memory too would be shared with it."""
    with start() as site, ThreadPoolExecutor(8) as visitors:
        # A connection for each page, so that both processes have their part.
        list(visitors.map(site.page, [path] * LOAD))
        return site.megabytes_a_process()


def _that_nobody_keeps(folder: Path, uncached: dict[str, str]) -> list[Row]:
    with serving.served("physiosite.wsgi", uncached, folder / "others.log") as site:
        times = re.search(r'href="(/physiotherapists/[a-z0-9-]+/book/)', site.page(FIND).decode())
        if not times:
            raise RuntimeError("Nobody near LS1 4AP can be booked.")
        details = f"{_held(site, times[1])}details/"
        pages = {
            "Nearest physiotherapists, nothing kept": FIND,
            "Search of the site, nothing kept": SEARCH,
            "Free times of a physiotherapist": times[1],
            "Details of a booking": details,
        }
        found = serving.in_turns({name: site.address(path) for name, path in pages.items()}, ROUNDS)
    return [_speed_row(f"{name}, {serving.PROCESSES} processes", speeds) for name, speeds in found.items()]


def _held(site: serving.Served, times: str) -> str:
    """The address of an appointment that is held and not yet booked."""
    slot = _SLOT.search(site.page(times).decode())
    if not slot:
        raise RuntimeError(f"{times} has no free time.")
    with closing(visitor_of(site.port)) as visitor:
        status, address = visitor.post(times, {"kind": "first", "slot": slot[1]})
    if status != 302:
        raise RuntimeError(f"{times} answered {status} to a choice.")
    return address


def _start_up(folder: Path, ours: dict[str, str]) -> Row:
    taken = serving.start_up_seconds(CONDITION, "physiosite.wsgi", ours, folder / "start.log", rounds=ROUNDS)
    return Row("From the start of gunicorn to the first page", f"{taken:.2f} s", "under 1.5 s", taken < 1.5)


def _speed_row(name: str, speeds: list[serving.Speed]) -> Row:
    middle = serving.middle(speeds)
    return Row(name, f"{middle.a_second:,.0f} a second, p99 {middle.p99_ms:.1f} ms")


def _ratio_row(name: str, ratio: float, least: float, digits: int) -> Row:
    return Row(name, f"{ratio:.{digits}f}", f"at least {least:g}", ratio >= least)

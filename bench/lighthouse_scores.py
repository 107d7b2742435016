"""`make lighthouse`: what Lighthouse says of every kind of page, on a telephone, as the site is served.

bench/lighthouse/ pins its release. It fails below 98 in any of its four parts.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.request import urlopen

from tests.browser.conftest import ARGUMENTS
from tests.browser.site_process import running_site
from tests.tools import find_tool

FOLDER = Path(__file__).parent / "lighthouse"
COMMAND = FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js"
PARTS = {
    "performance": "performance",
    "accessibility": "accessibility",
    "best-practices": "best practices",
    "seo": "SEO",
}
LEAST = 98
# Where one run falls short, the middle one of this many counts: the machine may have been busy.
RUNS = 3
SECONDS = 180
RESULTS = "/physiotherapists/?location=London&radius=20"
# By a link on another page: where that is, and what it looks like.
LINKED = {
    "profile": (RESULTS, r"/physiotherapists/[a-z0-9-]+/(?=[\"?])"),
    "booking times": (RESULTS, r"/physiotherapists/[a-z0-9-]+/book/"),
    "blog post": ("/blog/", r"/blog/(?!feed)[a-z][a-z0-9-]+/"),
    "sheet": ("/resources/", r"/resources/(?!glossary|organisations)[a-z0-9-]+/"),
    "episode": ("/podcast/", r"/podcast/(?!feed)[a-z0-9-]+/"),
}
PAGES = {
    "home": "/",
    "condition": "/conditions/upper-back-muscle-pain/",
    "treatment": "/treatments/massage/",
    "search results": RESULTS,
    "town": "/physiotherapists/in/leeds/",
    "search": "/search/?q=back+pain",
}
# Lighthouse takes marks off where search engines are kept out: here robots.txt does that, as on every site
# with invented people. Some pages are kept out of them on a real site too.
NOT_JUDGED = "is-crawlable"
NOINDEX = re.compile(r'<meta name="robots" content="noindex')


def run(folder: Path) -> int:
    needed = ("node", "npm", "chromium")
    if missing := [tool for tool in needed if not find_tool(tool)]:
        print(f"Lighthouse needs {' and '.join(missing)} (Debian, Ubuntu: apt install nodejs npm chromium).")
        return 1
    if not COMMAND.exists():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=FOLDER, check=True)
    print(f"| page | {' | '.join(PARTS.values())} |\n|---|{'---|' * len(PARTS)}", flush=True)
    short: list[str] = []
    with running_site(folder) as (address, _), _quiet_home(folder):
        for name, path in _addresses(address).items():
            mark = " *" if NOINDEX.search(_html(address + path)) else ""
            scores, why = _judged(address + path)
            told = [f"{score:.0f}" for score in scores.values()]
            print(f"| {name}{mark} | {' | '.join(told)} |", flush=True)
            if min(scores.values()) < LEAST:
                short.append(f"{name}: {', '.join(why)}")
    print(f"\nAll without {NOT_JUDGED}: robots.txt keeps search engines from invented people.")
    print("\\* The page itself says noindex: it is an answer to one visitor, or about an invented person.")
    for line in short:
        print(f"Below {LEAST}: {line}")
    return 1 if short else 0


@contextmanager
def _quiet_home(folder: Path) -> Iterator[None]:
    """Chromium writes into the home folder, and Lighthouse asks for leave to report."""
    before = os.environ.get("HOME")
    os.environ |= {"HOME": str(folder), "CI": "1", "CHROME_PATH": find_tool("chromium") or ""}
    try:
        yield
    finally:
        if before is not None:
            os.environ["HOME"] = before


def _html(address: str) -> str:
    with urlopen(address, timeout=60) as answer:  # noqa: S310
        return answer.read().decode()


def _addresses(site: str) -> dict[str, str]:
    found = dict(PAGES)
    for name, (page, link) in LINKED.items():
        match = re.search(f'href="({link})', _html(site + page))
        if not match:
            raise RuntimeError(f"{page} leads to no {name}.")
        found[name] = match[1]
    return found


def _judged(address: str) -> tuple[dict[str, float], list[str]]:
    """The scores out of a hundred, and the audits of the last run that cost some."""
    reports = [_report(address)]
    if min(_scores(reports[0]).values()) < LEAST:
        reports += [_report(address) for _ in range(RUNS - 1)]
    each = [_scores(report) for report in reports]
    return {part: median(scores[part] for scores in each) for part in PARTS}, _costly(reports[-1])


def _report(address: str) -> dict:
    command = [
        *("node", str(COMMAND), address, "--output=json", "--quiet", "--no-enable-error-reporting"),
        f"--only-categories={','.join(PARTS)}",
        f"--chrome-flags={' '.join(ARGUMENTS)}",
        f"--skip-audits={NOT_JUDGED}",
    ]
    problem = ""
    # On a busy machine it now and then misses the beginning of a page, and asks to be run again.
    for _ in range(RUNS):
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        problem = done.stderr[-1000:]
        if not done.returncode:
            report: dict = json.loads(done.stdout)
            if not report.get("runtimeError"):
                return report
            problem = report["runtimeError"]["message"]
    raise RuntimeError(f"Lighthouse failed on {address}: {problem}")


def _scores(report: dict) -> dict[str, float]:
    return {part: 100 * (report["categories"][part]["score"] or 0) for part in PARTS}


def _costly(report: dict) -> list[str]:
    weighed = [
        audit["id"] for part in PARTS for audit in report["categories"][part]["auditRefs"] if audit["weight"]
    ]
    audits = {name: report["audits"][name] for name in weighed if name in report["audits"]}
    return [
        f"{name} {audit.get('displayValue') or audit['title']}"
        for name, audit in audits.items()
        if audit["score"] is not None and audit["score"] < 0.9
    ]

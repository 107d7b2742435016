"""A page out of the shipped nginx's cache, beside the same nginx serving the same bytes from a file."""

import sys

from bench import serving
from bench.measure import ROUNDS
from bench.report import Row
from tests.production.servers import DEPLOY, until
from tests.tools import find_tool

NEEDED = ("nginx", "redis-server", "initdb")
LEAST = 0.5
_FILE = "bench.html"
STARTER_CONTENT = """
from django.core.management import call_command
call_command("load_starter_content", verbosity=0)
"""


def rows(path: str) -> list[Row]:
    if missing := [tool for tool in NEEDED if not find_tool(tool)]:
        return [
            Row("Behind nginx", f"not measured: {', '.join(missing)} is not installed", f"at least {LEAST}")
        ]
    # As the scripts there import one another.
    sys.path.insert(0, str(DEPLOY))
    from tests.production.site import production_site

    with production_site() as site:
        site.run(STARTER_CONTENT)

        def is_kept() -> bool:
            return site.ask(path).headers.get("X-Cache") == "HIT"

        until(is_kept, f"nginx keeps {path}", 20)
        body = site.ask(path).body
        (site.folder / "static" / _FILE).write_bytes(body)
        if site.ask(f"/static/{_FILE}").body != body:
            raise RuntimeError("nginx serves other bytes from the file.")
        found = serving.in_turns(
            {"kept": f"{site.address}{path}", "file": f"{site.address}/static/{_FILE}"}, ROUNDS
        )
        if not is_kept():
            raise RuntimeError(f"nginx does not keep {path} any more.")
    ratio = serving.ratio(found["kept"], found["file"])
    kept, file = serving.middle(found["kept"]), serving.middle(found["file"])
    return [
        Row(
            "Shipped nginx over TLS, from its cache / from a file",
            f"{kept.a_second:,.0f} / {file.a_second:,.0f} a second = {ratio:.2f}",
            f"at least {LEAST}",
            ratio >= LEAST,
        )
    ]

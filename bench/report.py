from collections.abc import Iterable
from dataclasses import dataclass


@dataclass
class Row:
    what: str
    measured: str
    target: str = ""
    is_met: bool | None = None


def table(rows: Iterable[Row]) -> str:
    """In Markdown."""
    said = {None: "", True: "yes", False: "**no**"}
    lines = ["| what | measured | target | met |", "|---|---|---|---|"]
    lines += [f"| {row.what} | {row.measured} | {row.target} | {said[row.is_met]} |" for row in rows]
    return "\n".join(lines)

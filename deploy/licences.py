"""Writes docs/licences.md and, with "sbom", prints a list of the site's parts in CycloneDX's format (JSON).

Both from the pinned requirements and what the installed packages say of themselves, so it runs in .venv.
"""

import json
import re
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
FILES = {"requirements.txt": "What the site runs on", "requirements-dev.txt": "What its tests and tools need"}
_PIN = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s\\;]+)|--hash=sha256:([0-9a-f]{64})", re.MULTILINE)
# Where a package says it in its files only, or is not installed under every Python.
READ_BY_US = {"async-timeout": "Apache-2.0", "axe-playwright-python": "MIT"}


class Part(NamedTuple):
    name: str
    version: str
    hashes: list[str]

    @property
    def licence(self) -> str:
        return licence_of(self.name)


def parts(file: str) -> list[Part]:
    found: list[Part] = []
    for name, version, digest in _PIN.findall((ROOT / file).read_text()):
        if name:
            found.append(Part(name, version, []))
        else:
            found[-1].hashes.append(digest)
    return found


def licence_of(name: str) -> str:
    """As the package says: an expression, else its classifiers, else the first line of its field."""
    if name in READ_BY_US:
        return READ_BY_US[name]
    try:
        said = metadata(name)
    except PackageNotFoundError:
        # Of another Python or system than this one.
        return "not installed here"
    if "License-Expression" in said:
        return said["License-Expression"]
    classified = [
        one.split(" :: ")[-1]
        for one in said.get_all("Classifier") or []
        if one.startswith("License :: ") and not one.endswith("OSI Approved")
    ]
    if classified:
        return ", ".join(sorted(classified))
    return said["License"].splitlines()[0] if "License" in said else "unknown"


def page() -> str:
    lines = [
        "# Licences",
        "",
        "Of every package that is pinned, as it says itself. `make licences` writes this page.",
    ]
    for file, title in FILES.items():
        lines += ["", f"## {title}", "", "| package | version | licence |", "|---|---|---|"]
        lines += [f"| {part.name} | {part.version} | {part.licence} |" for part in parts(file)]
    return "\n".join(lines) + "\n"


def bill_of_materials() -> dict[str, object]:
    """Of what the site runs on. No time and no random number in it: the same pins give the same file."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "physiosite"}},
        "components": [
            {
                "type": "library",
                "name": part.name,
                "version": part.version,
                "bom-ref": purl(part),
                "purl": purl(part),
                "licenses": [{"license": {"name": part.licence}}],
                # One for each file of the release, for one platform or another.
                "properties": [{"name": "physiosite:pinned:sha256", "value": one} for one in part.hashes],
            }
            for part in parts("requirements.txt")
        ],
    }


def purl(part: Part) -> str:
    # https://github.com/package-url/purl-spec: lower case, and dashes for underscores.
    return f"pkg:pypi/{part.name.lower().replace('_', '-')}@{part.version}"


def main(arguments: list[str]) -> int:
    if arguments == ["sbom"]:
        print(json.dumps(bill_of_materials(), indent=1))
    else:
        PAGE.write_text(page())
        print(f"Wrote {PAGE.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Programs that some tests need and no Python package brings."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

NAMES = {"chromium": ("chromium", "chromium-browser", "google-chrome")}
DEBIAN_POSTGRESQL = Path("/usr/lib/postgresql")


def find_tool(tool: str) -> str | None:
    for name in NAMES.get(tool, (tool,)):
        if path := shutil.which(name):
            return path
    # Debian keeps the servers of each release apart and puts none of them on the path.
    newest_first = sorted(DEBIAN_POSTGRESQL.glob("[0-9]*"), key=lambda folder: -float(folder.name))
    paths = (shutil.which(tool, path=folder / "bin") for folder in newest_first)
    return next(filter(None, paths), None)


def require_tool(tool: str) -> str:
    """The program's path. Skips the test where it is missing, but in CI, where it must be, fails."""
    return find_tool(tool) or missing(tool)


def missing(what: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"{what} is not installed")
    pytest.skip(f"{what} is not installed")

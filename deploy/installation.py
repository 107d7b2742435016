"""Makes .venv and installs the pinned packages into it; standard library only."""

import errno
import hashlib
import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
# Names the Python and the requirements of the last installation that came to its end.
STAMP = VENV / "installed.txt"
# Measured with every package of 2026-11, and rounded up by a third.
MEGABYTES_INSTALLED = {"requirements.txt": 270, "requirements-dev.txt": 420}
MEGABYTES_WHILE_DOWNLOADING = 150
NETWORK_TROUBLE = (
    "Retrying (Retry(",
    "Connection refused",
    "ConnectionError",
    "Max retries exceeded",
    "ProxyError",
    "ReadTimeoutError",
    "SSLError",
    "Temporary failure in name resolution",
)


class SetUpError(Exception):
    """One sentence that says what is wrong and what to do."""


@contextmanager
def step(name: str) -> Iterator[Callable[[str], None]]:
    """Prints one line: the name, progress while it runs (on a terminal), and the time it took."""
    on_terminal = sys.stdout.isatty()

    def show(text: str) -> None:
        if on_terminal:
            print(f"\r\033[K{name} ... {text}", end="", flush=True)

    print(f"{name} ...", end="", flush=True)
    start = time.monotonic()
    try:
        yield show
    except BaseException:
        print(flush=True)
        raise
    # A progress bar may have been drawn over the line.
    beginning = f"\r\033[K{name} ..." if on_terminal else ""
    print(f"{beginning} {time.monotonic() - start:.1f} s", flush=True)


def run_quietly(
    command: list[str | Path],
    *,
    stderr: int | None = None,
    on_line: Callable[[str], None] = lambda line: None,
) -> tuple[int, str]:
    """The exit code and the output.

    The command gets a process group of its own: Ctrl-C then reaches only this script, which
    ends the command, and nobody sees its traceback.
    """
    child = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        errors="replace",
        process_group=0,
    )
    assert child.stdout is not None
    lines = []
    try:
        for line in child.stdout:
            lines.append(line)
            on_line(line)
        return child.wait(), "".join(lines)
    except BaseException:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait()
        raise


def require_modules() -> None:
    """Debian keeps ensurepip in a package of its own; a Python built at home can lack the others."""
    for name in ("ensurepip", "venv", "sqlite3", "ssl"):
        try:
            importlib.import_module(name)
        except ImportError as error:
            package = "python3-venv" if name in {"ensurepip", "venv"} else "python3"
            raise SetUpError(
                f"{sys.executable} lacks the module {name}: install it (Debian, Ubuntu: "
                f"apt install {package}), or name another Python with PYTHON=/path/to/python3."
            ) from error


def require_disk_space(megabytes: int) -> None:
    # pip unpacks in the temporary folder, which can be a file system of its own.
    for folder, needed in ((ROOT, megabytes), (Path(tempfile.gettempdir()), min(megabytes, 150))):
        free = shutil.disk_usage(folder).free // 1_000_000
        if free < needed:
            raise SetUpError(
                f"The disk is full: {folder} has {free} MB left and {needed} MB are needed, "
                "so free some and run this again."
            )


def requirement_line(name: str) -> str:
    return f"{name} {hashlib.sha256((ROOT / name).read_bytes()).hexdigest()}"


def python_line() -> str:
    return f"python {sys.version_info.major}.{sys.version_info.minor}"


def finished_lines() -> list[str]:
    """What .venv holds; empty where there is none, it is half made, or its Python is gone."""
    try:
        lines = STAMP.read_text().splitlines()
    except OSError:
        return []
    return lines if VENV_PYTHON.exists() and lines[:1] == [python_line()] else []


def missing_requirements(names: tuple[str, ...]) -> list[str]:
    finished = finished_lines()
    return [name for name in names if requirement_line(name) not in finished]


def install(names: tuple[str, ...]) -> None:
    missing = missing_requirements(names)
    if not missing:
        return
    finished = finished_lines()
    if not finished:
        create_venv()
        finished = [python_line()]
    # Without the stamp, an installation that is interrupted begins from nothing the next time.
    STAMP.unlink(missing_ok=True)
    kept = [line for line in finished if line.split()[0] not in missing]
    with step(f"Installing the packages of {' and '.join(missing)}") as show:
        install_packages(missing, show)
    STAMP.write_text("\n".join([*kept, *map(requirement_line, missing)]) + "\n")


def create_venv() -> None:
    with step("Creating the virtual environment .venv"):
        code, output = run_quietly([sys.executable, "-m", "venv", "--clear", VENV], stderr=subprocess.STDOUT)
        if code:
            raise SetUpError(explain("The virtual environment could not be made", output))


def install_packages(names: list[str], show: Callable[[str], None]) -> None:
    total = sum((ROOT / name).read_text().count("==") for name in names)
    found = 0

    def count(line: str) -> None:
        nonlocal found
        if line.startswith(("Collecting ", "Processing ", "Requirement already satisfied: ")):
            found += 1
            show(f"{found} of {total} fetched")
        elif line.startswith("Installing collected packages"):
            show(f"unpacking {found}")

    command: list[str | Path] = [VENV_PYTHON, "-m", "pip", "install", "--require-hashes", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar", "off"]
    for name in names:
        command += ["-r", ROOT / name]
    code, output = run_quietly(command, stderr=subprocess.STDOUT, on_line=count)
    if code:
        raise SetUpError(explain("The packages could not be installed", output))


def explain(problem: str, output: str) -> str:
    if os.strerror(errno.ENOSPC) in output:
        needed = sum(MEGABYTES_INSTALLED.values()) + MEGABYTES_WHILE_DOWNLOADING
        return f"{problem}: the disk is full, so free some {needed} MB and run this again."
    if "DO NOT MATCH THE HASHES" in output:
        return f"{problem}: a download is not the file that was pinned, so run this again."
    if any(sign in output for sign in NETWORK_TROUBLE):
        return f"{problem}: the downloads failed, so check the network or the proxy and run this again."
    errors = [line for line in output.splitlines() if line.startswith("ERROR:")]
    return f"{problem}: {errors[-1].removeprefix('ERROR:').strip() if errors else output.strip()[-300:]}"

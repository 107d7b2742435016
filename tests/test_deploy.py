"""The files in deploy/ that no test of the running site reads, and what those say that one does."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools import require_tool

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
EXAMPLE = DEPLOY / "site.env.example"
UNITS = sorted((DEPLOY / "systemd").iterdir())
# What programs in deploy/ read beside physiosite/settings.py.
OF_GUNICORN = {"WEB_CONCURRENCY"}


def shown() -> dict[str, str]:
    """Each variable of the example, with what is set or, behind a "#", taken if nothing is."""
    pairs = re.findall(r"^#?([A-Z][A-Z0-9_]*)=(.*)$", EXAMPLE.read_text(), re.MULTILINE)
    assert len(pairs) == len(dict(pairs)), "one line for each"
    return dict(pairs)


def read_by_the_settings() -> set[str]:
    """ENV_FILE names the file itself."""
    source = (ROOT / "physiosite" / "settings.py").read_text()
    return set(re.findall(r"env(?:\.\w+)?\(\s*\"([A-Z_]+)\"", source)) - {"ENV_FILE"}


def read_by_nginx() -> set[str]:
    names = set(re.findall(r"\$\{([A-Z0-9_]+)\}", (DEPLOY / "nginx.conf").read_text()))
    return names - {"SERVER_NAMES"} | {"ALLOWED_HOSTS"}


def render(folder: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    file = folder / "site.env"
    changed = shown() | changes
    file.write_text("".join(f"{name}={value}\n" for name, value in changed.items()))
    command: list[str | Path] = [sys.executable, DEPLOY / "render.py", DEPLOY / "nginx.conf", file]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_example_has_every_variable_that_is_read_and_no_other():
    assert shown().keys() == read_by_the_settings() | read_by_nginx() | OF_GUNICORN


def test_each_variable_is_explained_above_it_or_above_its_neighbour():
    before = ""
    for line in EXAMPLE.read_text().splitlines():
        if re.match(r"#?[A-Z][A-Z0-9_]*=", line):
            assert before.strip(), f"nothing explains {line}"
        before = line


def test_the_example_starts_the_site_once_its_secrets_are_filled_in():
    keys = {"SECRET_KEY": os.environ["SECRET_KEY"], "REASON_KEYS": os.environ["REASON_KEYS"]}
    environment = {name: value for name, value in shown().items() if f"\n{name}=" in EXAMPLE.read_text()}
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "INFO"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "ENV_FILE": ""} | environment | keys,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_operators_are_told_of_every_variable_of_the_settings():
    told = (ROOT / "docs" / "operating.md").read_text()
    for name in read_by_the_settings() - {"TEST_SQLITE_FILE", "HASHED_STATIC_FILES"}:
        assert f"`{name}`" in told, name


def test_every_name_is_filled_in(tmp_path):
    done = render(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "${" not in done.stdout
    assert "server_name www.example.org example.org;" in done.stdout
    assert "location /admin/ {" in done.stdout


def test_what_is_not_set_is_named(tmp_path):
    done = render(tmp_path, WEB_1="", TLS_KEY="")
    assert done.returncode == 1
    assert done.stderr == "Not set in the environment file: TLS_KEY, WEB_1.\n"


@pytest.mark.parametrize("value", ["admin/ { return 200; }", "a;b", "$host", 'a"b'])
def test_a_value_cannot_become_configuration(tmp_path, value):
    done = render(tmp_path, ADMIN_PATH=value)
    assert (done.returncode, done.stdout) == (1, "")
    assert "ADMIN_PATH" in done.stderr


def test_systemd_understands_every_unit(tmp_path):
    analyze = require_tool("systemd-analyze")
    for unit in UNITS:
        # Its program is not on this machine; what stands for it is.
        text = unit.read_text().replace("/srv/physiosite/current/.venv/bin/python", sys.executable)
        text = text.replace("/srv/physiosite/current", str(ROOT))
        (tmp_path / unit.name.replace("@.", "@1.")).write_text(text)
    units = [str(path) for path in tmp_path.iterdir()]
    done = subprocess.run(
        [analyze, "verify", "--man=no", *units],
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("unit", [unit.name for unit in UNITS if unit.suffix == ".service"])
def test_every_service_is_hardened(unit):
    lines = (DEPLOY / "systemd" / unit).read_text().splitlines()
    for line in (
        "User=physiosite",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "CapabilityBoundingSet=",
        "EnvironmentFile=/etc/physiosite/site.env",
    ):
        assert line in lines, line

"""What the site is made of is written down, and nothing secret is in the repository."""

import json
import re
import subprocess
import sys
from pathlib import Path

import licences
import pytest

ROOT = Path(__file__).resolve().parent.parent
SECRETS = {
    "private key": rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s",
    "key of a cloud": rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "token of a code host": rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,}|glpat-[\w-]{20})",
    "token of a chat": rb"\bxox[abposr]-[A-Za-z0-9-]{10,}",
    "key of a payment service": rb"\b[sr]k_live_[A-Za-z0-9]{20,}",
    "key of a mail service": rb"\bSG\.[\w-]{22}\.[\w-]{43}",
    "key of a map or search service": rb"\bAIza[\w-]{35}",
    "token of a package registry": rb"\bpypi-[A-Za-z0-9_-]{50,}",
    "signed token": rb"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
    "password in an address": rb"\b(?:postgres|postgresql|redis|rediss|smtp\+tls|smtp\+ssl)://[^\s:/@]*:(?!(?:change-this|password|PASSWORD|p%40ss)@)[^\s@/{}$\"']+@",
    "secret key": rb"(?m)^[ #]*(?:SECRET_KEY|REASON_KEYS|SENTRY_DSN)=[A-Za-z0-9_-]{16,}",
}


def found_in(content: bytes) -> list[str]:
    return [name for name, pattern in SECRETS.items() if re.search(pattern, content)]


def committed() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    paths = [ROOT / name for name in done.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file() and not path.is_symlink()]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="a release without its history: git lists no files")
def test_no_secret_is_in_the_repository():
    files = committed()
    assert len(files) > 500
    found = {str(path.relative_to(ROOT)): found_in(path.read_bytes()) for path in files}
    assert {name: what for name, what in found.items() if what} == {}
    assert not [path for path in files if path.name == ".env" or path.suffix in {".pem", ".key", ".p12"}]


# Put together here, so that this file has none.
EXAMPLES = {
    "private key": "-----BEGIN RSA " + "PRIVATE KEY-----\n",
    "key of a cloud": "AKIA" + "Q" * 16,
    "token of a code host": "ghp_" + "a1" * 18,
    "token of a chat": "xoxb-" + "1234567890-a",
    "key of a payment service": "sk_live_" + "a" * 24,
    "key of a mail service": "SG." + "a" * 22 + "." + "b" * 43,
    "key of a map or search service": "AIza" + "a" * 35,
    "token of a package registry": "pypi-" + "A" * 60,
    "signed token": "eyJ" + "a" * 12 + ".eyJ" + "b" * 12 + "." + "c" * 12,
    "password in an address": "postgres://site:" + "hunter2@db.example/site",
    "secret key": "SECRET_KEY=" + "k" * 50,
}


@pytest.mark.parametrize("kind", SECRETS)
def test_each_kind_is_found(kind):
    assert found_in(f'before\n{EXAMPLES[kind]}"\n'.encode()) == [kind]


def rows_of_the_page() -> list[tuple[str, str, str]]:
    rows = re.findall(r"^\| (\S+) \| (\S+) \| (.+) \|$", licences.PAGE.read_text(), re.MULTILINE)
    return [row for row in rows if row[0] != "package"]


def test_the_licence_of_every_package_is_written_down():
    pinned = [part for file in licences.FILES for part in licences.parts(file)]
    # If this fails: make licences.
    assert [row[:2] for row in rows_of_the_page()] == [(part.name, part.version) for part in pinned]
    assert not [row for row in rows_of_the_page() if row[2] in {"unknown", "not installed here", ""}]


def test_each_is_what_the_package_says():
    for name, _, licence in rows_of_the_page():
        said = licences.licence_of(name)
        assert said in {licence, "not installed here"}, name


def test_the_bill_of_materials_has_every_package_the_site_runs_on():
    command: list[str | Path] = [sys.executable, ROOT / "deploy" / "licences.py", "sbom"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    bill = json.loads(done.stdout)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    pins = re.findall(r"^(\S+)==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert [(part["name"], part["version"]) for part in bill["components"]] == pins
    assert all(part["purl"].startswith("pkg:pypi/") and part["licenses"] for part in bill["components"])
    assert all(part["properties"] for part in bill["components"])
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == done.stdout

"""docs/threats.md and SECURITY.md point to what is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "threats.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)`", TEXT)))


@pytest.mark.parametrize("name", NAMED)
def test_each_test_that_is_named_is_there(name):
    assert re.search(r"^def test_", (ROOT / name).read_text(), re.MULTILINE)


def test_every_attack_has_what_stops_it_and_a_test_or_why_there_is_none():
    rows = [line.strip("|").split("|") for line in TEXT.splitlines() if line.startswith("| ")]
    attacks = [row for row in rows if row[0].strip() != "attack"]
    assert len(attacks) > 20
    for attack, stops, test in attacks:
        assert attack.strip() and stops.strip()
        assert "`tests/" in test or re.match(r" none: \w+", test), attack


def test_what_security_md_names_is_there():
    text = (ROOT / "SECURITY.md").read_text()
    for path in re.findall(r"`(docs/[\w/.]+)`", text):
        assert (ROOT / path).is_file()
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"`make ([a-z-]+)`", text):
        assert re.search(rf"^{target}: ", makefile, re.MULTILINE), target

from pathlib import Path

import pytest

from tests.conditions.starter_folder import FILE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one starter page, and a file that is none."""
    (tmp_path / "sore-elbow.toml").write_text(FILE, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a page")
    return tmp_path

import tomllib
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "words.toml"


@cache
def _lists() -> dict[str, str]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def words_in(name: str) -> list[str]:
    """The words of a list in words.toml, in their order."""
    return _lists()[name].split()

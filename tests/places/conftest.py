import pytest

from places.codepoint import Positions
from places.pack import read_pack


@pytest.fixture(scope="session")
def held() -> Positions:
    """What every test's postcode table holds, to take samples from."""
    return read_pack()

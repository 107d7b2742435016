from collections.abc import Iterator

import pytest

from tests.production.site import Site, production_site
from tests.tools import require_tool

TOOLS = ("nginx", "redis-server", "initdb", "pg_ctl", "pg_basebackup")


@pytest.fixture(scope="session")
def running_site() -> Iterator[Site]:
    for tool in TOOLS:
        require_tool(tool)
    with production_site() as site:
        yield site


@pytest.fixture
def site(running_site: Site) -> Site:
    """The same for all tests, each of which leaves it running."""
    running_site.wait_until_ready()
    return running_site

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.production.site import Site, production_site
from tests.tools import missing, require_tool

TOOLS = ("nginx", "redis-server", "initdb", "pg_ctl", "pg_basebackup")


@pytest.fixture(scope="session")
def running_site() -> Iterator[Site]:
    for tool in TOOLS:
        require_tool(tool)
    if not Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so").exists():
        missing("nginx's module for brotli (Debian: libnginx-mod-http-brotli-static)")
    with production_site() as site:
        yield site


@pytest.fixture
def site(running_site: Site) -> Site:
    """The same for all tests, each of which leaves it running."""
    running_site.start_what_is_down()
    return running_site

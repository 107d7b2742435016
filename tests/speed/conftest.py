from collections.abc import Iterator

import pytest
from django.core import signals
from django.db import close_old_connections

SIGNALS = (signals.request_started, signals.request_finished)


@pytest.fixture(autouse=True)
def _requests_share_the_tests_connection() -> Iterator[None]:
    """As with Django's own test client: the end of a request would end the test's transaction."""
    for signal in SIGNALS:
        signal.disconnect(close_old_connections)
    yield
    for signal in SIGNALS:
        signal.connect(close_old_connections)

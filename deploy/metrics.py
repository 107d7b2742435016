"""Tells Prometheus, at METRICS_ADDRESS, what this machine's web processes count, of mails and the database.

A process of its own: whatever is asked of it, no visitor waits, and nginx knows nothing of it.
"""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import django
from django.conf import settings
from django.db import Error, connection
from prometheus_client import CollectorRegistry, Metric, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "physiosite.settings")


class OfTheSite:
    """Asked anew each time."""

    def collect(self) -> Iterator[Metric]:
        from bookings.sending import never_sent, waiting

        try:
            numbers = [waiting(), never_sent()]
        except Error:
            numbers = []
        finally:
            connection.close()
        yield GaugeMetricFamily("physiosite_database_up", "The database answers.", value=bool(numbers))
        for name, number in zip(("waiting", "never_sent"), numbers, strict=False):
            yield GaugeMetricFamily(f"physiosite_mails_{name}", f"Mails {name}.", value=number)

    def describe(self) -> list[Metric]:
        """Nobody is asked before the site is set up."""
        return []


def main() -> int:
    django.setup()
    if not settings.METRICS_ADDRESS:
        print("METRICS_ADDRESS is not set: there is nothing to do.")
        return 0
    folder = Path(settings.METRICS_FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))
    registry.register(OfTheSite())
    host, _, port = settings.METRICS_ADDRESS.rpartition(":")
    server, _ = start_http_server(int(port), host.strip("[]"), registry)
    print(f"Figures at http://{settings.METRICS_ADDRESS}/metrics", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    server.shutdown()
    server.server_close()
    return 0


if __name__ == "__main__":
    # Before there is a thread that could take them.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    sys.exit(main())

"""What Prometheus is told, asked as it asks: of a process of its own, about the site in gunicorn."""

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from django.conf import settings

from tests.bookings.served import own_database, served, visitor_of
from tests.test_settings import problems

ROOT = Path(settings.BASE_DIR)


def free_address() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{listener.getsockname()[1]}"


def figures(address: str) -> dict[str, float]:
    """Once it answers."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with urlopen(f"http://{address}/metrics", timeout=20) as answer:
                text = answer.read().decode()
            break
        except URLError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    lines = re.findall(r"^(physiosite_\S+) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in lines}


@pytest.mark.django_db
def test_it_counts_over_all_processes_and_says_nothing_about_who_asked(tmp_path):
    with own_database(tmp_path) as database:
        address = free_address()
        database.environment |= {"METRICS_ADDRESS": address, "METRICS_FOLDER": str(tmp_path / "metrics")}
        with served(database, processes=2) as site:
            for path in ["/healthz/"] * 8 + ["/physiotherapists/nobody-here/?location=SW1A"]:
                visitor = visitor_of(site.port)
                visitor.connection.request("GET", path)
                visitor.connection.getresponse().read()
                visitor.close()
            command = [sys.executable, "deploy/metrics.py"]
            exporter = subprocess.Popen(command, cwd=ROOT, env=database.environment)
            try:
                told = figures(address)
            finally:
                exporter.terminate()
                assert exporter.wait(timeout=60) == 0
    # One more: the site was asked whether it answers.
    asked = 'physiosite_requests_total{method="GET",status="200",view="healthz"}'
    assert told[asked] == told['physiosite_request_seconds_count{view="healthz"}'] == 9
    missing = [name for name in told if 'status="404"' in name]
    assert len(missing) == 1
    assert told["physiosite_database_up"] == 1
    assert told["physiosite_mails_waiting"] == told["physiosite_mails_never_sent"] == 0
    assert "nobody-here" not in str(told) and "SW1A" not in str(told)


def test_without_a_database_it_says_so(tmp_path):
    address = free_address()
    environment = {"METRICS_ADDRESS": address, "METRICS_FOLDER": str(tmp_path)}
    environment["DATABASE_URL"] = f"sqlite:///{tmp_path}/nowhere/site.sqlite3"
    command = [sys.executable, "deploy/metrics.py"]
    exporter = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment)
    try:
        assert figures(address) == {"physiosite_database_up": 0}
    finally:
        exporter.terminate()
        exporter.wait(timeout=60)


@pytest.mark.parametrize("address", ["0.0.0.0:9100", "[::]:9100", "8.8.8.8:9100", "a.example:1", "127.0.0.1"])
def test_only_a_private_address_is_taken(address):
    assert "METRICS_ADDRESS" in " ".join(problems(METRICS_ADDRESS=address))


@pytest.mark.parametrize("address", ["127.0.0.1:9100", "[::1]:9100", "10.0.0.5:9100"])
def test_a_private_address_is_taken(address):
    assert "METRICS_ADDRESS" not in " ".join(problems(METRICS_ADDRESS=address))

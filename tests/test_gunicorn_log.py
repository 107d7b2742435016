"""The log must not tell where anybody lives: a search's query holds the postcode that was typed."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

CONFIG = Path(__file__).resolve().parent.parent / "deploy" / "gunicorn.conf.py"
APPLICATION = """\
def application(environ, start_response):
    if environ["PATH_INFO"] == "/broken/":
        raise RuntimeError("on purpose")
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""


@pytest.fixture
def server(tmp_path):
    (tmp_path / "site_for_logs.py").write_text(APPLICATION)
    address = str(tmp_path / "socket")
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        CONFIG,
        "--bind",
        f"unix:{address}",
    ]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, "site_for_logs:application"],
            cwd=tmp_path,
            env={**os.environ, "WEB_CONCURRENCY": "1"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    deadline = time.monotonic() + 20
    while "Booting worker" not in (tmp_path / "log").read_text():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    yield address
    process.terminate()
    process.wait(timeout=20)


def ask(address: str, request: str) -> str:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        connection.sendall(request.encode())
        return connection.recv(65536).decode().splitlines()[0]


def log_with(file: Path, *patterns: str) -> str:
    """The log once it has them all: each thread writes its lines when it gets round to it."""
    deadline = time.monotonic() + 20
    while not all(re.search(pattern, file.read_text()) for pattern in patterns):
        assert time.monotonic() < deadline, file.read_text()
        time.sleep(0.05)
    return file.read_text()


def test_no_query_and_no_referrer_in_any_line(server, tmp_path):
    headers = "Host: localhost\r\nReferer: http://localhost/physiotherapists/?location=M1+1AE\r\n"
    headers += "Connection: close\r\n\r\n"
    answers = [
        ask(server, f"GET /physiotherapists/?location=SW1A+1AA HTTP/1.1\r\n{headers}"),
        ask(server, f"GET /broken/?location=SW1A+1AA HTTP/1.1\r\n{headers}"),
        # With a bare space: refused, and gunicorn complains of the whole line.
        ask(server, f"GET /spaced/?location=SW1A 1AA HTTP/1.1\r\n{headers}"),
        ask(server, f"GET /long/?location=SW1A+1AA{'x' * 8200} HTTP/1.1\r\n{headers}"),
    ]
    assert [answer.split()[1] for answer in answers] == ["200", "500", "400", "414"]
    log = log_with(
        tmp_path / "log",
        r'"method": "GET", "path": "/physiotherapists/", "status": 200, "bytes": 2, "ms": \d+}',
        r"Error handling request GET /broken/\.\.\.\n",
        "on purpose",
        "Request Line is too large",
    )
    assert not re.search("SW1A|1AA|M1", log), log


def test_no_position_that_a_browser_told_in_any_line(server, tmp_path):
    headers = "Host: localhost\r\nReferer: http://localhost/physiotherapists/?lat=53.797&lng=-1.544\r\n"
    headers += "Connection: close\r\n\r\n"
    answers = [
        ask(server, f"{method} {path}?lat=53.797&lng=-1.544{rest} HTTP/1.1\r\n{headers}")
        for method, path, rest in (
            ("GET", "/physiotherapists/", ""),
            ("HEAD", "/physiotherapists/", "&page=2"),
            ("GET", "/broken/", ""),
            ("GET", "/spaced/", " 1AA"),
            ("GET", "/long/", "x" * 8200),
        )
    ]
    assert [answer.split()[1] for answer in answers] == ["200", "200", "500", "400", "414"]
    log = log_with(
        tmp_path / "log",
        '"HEAD", "path": "/physiotherapists/", "status": 200',
        "on purpose",
        "Request Line is too large",
    )
    assert not re.search(r"lat|lng|53\.797|1\.544", log), log


@pytest.mark.parametrize(
    "path", ["/appointments/{}/", "/physiotherapists/ann/book/{}/confirm/", "/broken/{}/"]
)
@pytest.mark.parametrize("key", [f"0b5d57e8:{'Ab-_' * 10}", f"17-20261124%3A{'k' * 43}"])
def test_keys_in_addresses_are_left_out(server, tmp_path, path, key):
    assert "200" in ask(server, f"GET {path.format(key)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    log = log_with(tmp_path / "log", r"\[left out\]")
    assert path.split("{")[0] in log
    assert key not in log
    assert "kkkk" not in log
    assert "Ab-_" not in log


def test_each_request_has_the_number_that_the_proxy_gave_it(server, tmp_path):
    given = "0123456789abcdef" * 2
    for number in (given, 'forged", "status": 500'):
        headers = f"Host: x\r\nX-Request-ID: {number}\r\nConnection: close\r\n\r\n"
        assert "200" in ask(server, f"GET /x/ HTTP/1.1\r\n{headers}")
    log = log_with(tmp_path / "log", r'(?s)("path": "/x/".*){2}')
    lines = [json.loads(line) for line in log.splitlines() if '"/x/"' in line]
    numbers = {line["id"] for line in lines}
    assert [line["status"] for line in lines] == [200, 200]
    assert given in numbers
    (own,) = numbers - {given}
    assert re.fullmatch("[0-9a-f]{32}", own)

"""What Sentry is told when a page fails: a server of this machine stands for it."""

import gzip
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import brotli
import pytest

ROOT = Path(__file__).resolve().parent.parent
KEY = "0b5d57e8:" + "Ab-_" * 10
TYPED = ("Ann Patient", "my knee", "07700 900123", "SW1A", "cookie-of-ann", "203.0.113.9", "ann@example.com")
FAILING = f"""
# First, as it sets Django up.
from physiosite.wsgi import application
import bookings.urls
import sentry_sdk
from django.test import RequestFactory
from physiosite import views
def fail(*given, **named):
    reason = getattr(given[0], "POST", {{}}).get("reason", "my knee")
    raise RuntimeError(f"Ann Patient's {{reason}}, 07700 900123")
fail.csrf_exempt = True
views.common_conditions = fail
for pattern in bookings.urls.urlpatterns:
    pattern.callback = fail
visitor = RequestFactory(REMOTE_ADDR="203.0.113.9", HTTP_REFERER="http://testserver/?q=SW1A")
visitor.cookies["sessionid"] = "cookie-of-ann"
form = {{"name": "Ann Patient", "email": "ann@example.com", "reason": "my knee"}}
for request in (
    visitor.get("/?location=SW1A+1AA", HTTP_X_REQUEST_ID="a1b2" * 8),
    visitor.post("/appointments/{KEY}/?q=SW1A", form),
):
    answer = application(request.environ, lambda status, headers: print(status))
    answer.close()
sentry_sdk.flush()
"""


@pytest.fixture
def told():
    """The events that came, and the address to send them to."""
    came: list[dict] = []

    class Sentry(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            how = self.headers.get("Content-Encoding")
            if how:
                body = brotli.decompress(body) if how == "br" else gzip.decompress(body)
            # An envelope: a header, then a header and a line for each item.
            lines = body.splitlines()
            came.extend(json.loads(line) for line in lines[2::2])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Sentry)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield came, f"http://key@127.0.0.1:{server.server_port}/1"
    server.shutdown()
    thread.join()
    server.server_close()


def run_failing(address: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAILING],
        cwd=ROOT,
        env=os.environ | {"SENTRY_DSN": address, "ALLOWED_HOSTS": "testserver", "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "500 Internal Server Error\n" * 2


def test_it_is_told_where_and_how_and_nothing_that_anybody_typed(told):
    events, address = told
    run_failing(address)
    assert len(events) == 2
    for event in events:
        (raised,) = event["exception"]["values"]
        assert (raised["type"], raised["value"]) == ("RuntimeError", "")
        assert raised["stacktrace"]["frames"][-1]["function"] == "fail"
    assert events[0]["tags"] == {"request_id": "a1b2" * 8}
    assert events[0]["request"] == {"method": "GET", "url": "http://testserver/"}
    assert events[1]["request"] == {"method": "POST", "url": "http://testserver/appointments/[left out]/"}
    everything = json.dumps(events)
    for typed in (*TYPED, KEY, "Ab-_"):
        # The lines of the program are the test's own.
        assert typed not in everything, typed


def test_nothing_is_sent_without_an_address(told):
    events, _ = told
    run_failing("")
    assert events == []

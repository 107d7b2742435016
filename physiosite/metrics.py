"""How many requests, of which kind, and how long they took, counted by all processes of this machine in files
that they share (settings.py). deploy/metrics.py tells Prometheus; nothing here says who asked or for what."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

# From the quickest page to gunicorn's timeout.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
REQUESTS = Counter("physiosite_requests", "Requests answered.", ["view", "method", "status"])
DURATION = Histogram("physiosite_request_seconds", "Time to answer.", ["view"], buckets=SECONDS)
METHODS = {"GET", "HEAD", "POST", "OPTIONS"}


def count_requests(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    def middleware(request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        response = get_response(request)
        # An address that no view has, or that was answered before one was asked.
        view = request.resolver_match.view_name if request.resolver_match else "none"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(view, method, response.status_code).inc()
        DURATION.labels(view).observe(time.perf_counter() - begun)
        return response

    return middleware

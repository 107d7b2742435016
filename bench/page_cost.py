"""What making one page costs inside the site: its queries, and the time of its templates."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connection
from django.template.backends.django import Template
from django.test import Client
from django.test.utils import CaptureQueriesContext

TIMES = 200


@dataclass
class Cost:
    queries: int
    page_ms: float
    template_ms: float


class _Clock:
    """Time inside the outermost template, without that of the queries that it makes."""

    def __init__(self) -> None:
        self.depth, self.seconds = 0, 0.0

    def of_query(self, execute: Any, *arguments: Any) -> Any:
        begun = perf_counter()
        try:
            return execute(*arguments)
        finally:
            if self.depth:
                self.seconds -= perf_counter() - begun

    def of_template(self, render: Any, *arguments: Any, **options: Any) -> Any:
        begun = perf_counter()
        self.depth += 1
        try:
            return render(*arguments, **options)
        finally:
            self.depth -= 1
            if not self.depth:
                self.seconds += perf_counter() - begun


@contextmanager
def _templates_timed(clock: _Clock) -> Iterator[None]:
    render = Template.render

    def timed(self: Template, *arguments: Any, **options: Any) -> Any:
        return clock.of_template(render, self, *arguments, **options)

    Template.render = timed  # type: ignore[assignment, method-assign]
    try:
        with connection.execute_wrapper(clock.of_query):
            yield
    finally:
        Template.render = render  # type: ignore[method-assign]


def cost_of(path: str) -> Cost:
    """Once the first visits have filled what each process keeps."""
    client = Client()
    for _ in range(20):
        client.get(path)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    # The next request forgets them.
    number = len(queries)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")
    pages, templates = [], []
    for _ in range(TIMES):
        clock = _Clock()
        with _templates_timed(clock):
            begun = perf_counter()
            client.get(path)
            pages.append((perf_counter() - begun) * 1000)
        templates.append(clock.seconds * 1000)
    return Cost(number, median(pages), median(templates))

"""An answer that tells, line by line, how far a long work is: without a script, and within a strict policy.

The work runs in a thread of its own with a database connection of its own. Where the browser goes away it
goes on to its end, so that an import is kept or not as a whole, and the history tells which.
"""

import gc
import logging
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from traceback import format_tb

from django.db import connections
from django.http import StreamingHttpResponse
from django.utils.html import format_html

logger = logging.getLogger(__name__)
Tell = Callable[[str], None]

# Of a large file's rows a worker holds some 100 MB: two at once would be too many.
_one_at_a_time = Lock()
# Before so much has come some browsers show nothing.
_FIRST_BYTES = 4096
# A proxy may take longer silence for a fault.
_SILENCE = 15
_FAILED = (
    '<p class="errornote" role="alert">The site failed, and nothing was imported. Tell whoever runs it.</p>'
)


class Progress:
    """Called with each number of rows that were done, it tells now and then how many there are."""

    every = 2000

    def __init__(self, tell: Tell, did: str, total: int = 0) -> None:
        self.tell, self.did, self.total, self.done = tell, did, total, 0

    def __call__(self, rows: int) -> None:
        self.done += rows
        if self.done % self.every == 0 or self.done == self.total:
            of = f" of {self.total:,}" if self.total else ""
            self.tell(f"{self.done:,}{of} rows {self.did}")


def streamed(head: str, foot: str, work: Callable[[Tell], str]) -> StreamingHttpResponse:
    """``work`` tells plain lines and returns HTML; both come between ``head`` and ``foot``."""
    told: SimpleQueue[str | None] = SimpleQueue()

    def tell(line: str) -> None:
        told.put(format_html("<p>{}</p>\n", line))

    def run() -> None:
        html = _FAILED
        try:
            if not _one_at_a_time.acquire(blocking=False):
                tell("Another large file is being worked on. Yours comes next.")
                _one_at_a_time.acquire()
            try:
                html = work(tell)
            finally:
                _one_at_a_time.release()
        except Exception as error:
            # Its message may quote what stood in the rows.
            where = "".join(format_tb(error.__traceback__))
            logger.error("Work on a spreadsheet failed: %s\n%s", type(error).__name__, where)
        finally:
            told.put(f"</div>\n{html}")
            told.put(None)

    begin(run)
    response = StreamingHttpResponse(_parts(head, foot, told))
    # nginx would gather the lines.
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _parts(head: str, foot: str, told: "SimpleQueue[str | None]") -> Iterator[str]:
    yield f'{head}<div class="progress" role="log" aria-label="Progress">\n'.ljust(_FIRST_BYTES)
    while True:
        try:
            part = told.get(timeout=_SILENCE)
        except Empty:
            yield "\n"
            continue
        if part is None:
            break
        yield part
    yield foot


def begin(work: Callable[[], None]) -> None:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()
            # The rows hang together in circles, which may otherwise stay until long after the next file.
            gc.collect()

    Thread(target=run, name="spreadsheet").start()

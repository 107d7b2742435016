"""Visitors who go on asking while a test does something to the site."""

import http.client
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from itertools import cycle, islice
from threading import Event, Lock, Thread
from time import sleep

from tests.production.servers import until
from tests.production.site import Site

VISITORS = 4
# Not where the tests themselves come from, whose limits are theirs alone.
OTHERS = "127.0.0.2"


class Load:
    """``with Load(site, paths) as load``: asks for the paths in turn, over connections that are kept open.

    ``load.answers`` counts what came back: (path, status), or (path, the name of what went wrong).
    """

    def __init__(self, site: Site, paths: Sequence[str], pause: float = 0.05) -> None:
        self.site, self.paths, self.pause = site, paths, pause
        self.answers: Counter[tuple[str, int | str]] = Counter()
        self.lock, self.stop = Lock(), Event()
        self.threads = [Thread(target=self._visit, args=(number,)) for number in range(VISITORS)]

    def _visit(self, number: int) -> None:
        with closing(self.site.connection(of=OTHERS)) as connection:
            # Each begins at another place.
            for path in islice(cycle(self.paths), number, None):
                if self.stop.is_set():
                    return
                answer = self._ask(connection, path)
                with self.lock:
                    self.answers[path, answer] += 1
                # Bounded: these processors have other work too.
                sleep(self.pause)

    def _ask(self, connection: http.client.HTTPSConnection, path: str) -> int | str:
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return type(error).__name__
        return response.status

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        self.goes_on()
        return self

    def __exit__(self, *raised: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def goes_on(self, more: int = 30) -> None:
        """Wait until so many more answers have come."""
        wanted = self.number + more
        until(lambda: self.number >= wanted, "visitors are answered")

    @property
    def number(self) -> int:
        with self.lock:
            return self.answers.total()

    @property
    def failed(self) -> dict[tuple[str, int | str], int]:
        with self.lock:
            return {key: number for key, number in self.answers.items() if key[1] not in {200, 304}}

"""Which database a page is read from, and what is said when there is none.

Public pages are read from the replica while it has seen the same changes as the primary and is not far
behind; everything else, and every write, is the primary's. docs/decisions/0020-page-cache.md has the reasons.
"""

import logging
import sqlite3
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from threading import Lock
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connections
from django.http import HttpRequest, HttpResponse

from freshness.version import current_mark, mark_of
from physiosite.public_pages import rule_of
from physiosite.try_again import try_again

logger = logging.getLogger(__name__)
PRIMARY, REPLICA = "default", "replica"
LOOK_SECONDS = 1.0
_BYTES = "SELECT pg_wal_lsn_diff({}, '0/0')::bigint"
_WRITTEN, _REPLAYED = _BYTES.format("pg_current_wal_lsn()"), _BYTES.format("pg_last_wal_replay_lsn()")
_from_replica: ContextVar[bool] = ContextVar("from_replica", default=False)


class Router:
    def db_for_read(self, model: Any, **hints: Any) -> str:
        return REPLICA if _from_replica.get() else PRIMARY

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return PRIMARY

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db != REPLICA


class Replica:
    """What this process knows of it; looked at once in ``LOOK_SECONDS`` by one visitor's request."""

    def __init__(self) -> None:
        self.mark: str | None = None
        self._looked_at = float("-inf")
        self._lock = Lock()
        # How far the primary had written, and when.
        self._written: deque[tuple[float, int]] = deque(maxlen=60)

    def may_answer(self) -> bool:
        if REPLICA not in connections.databases:
            return False
        present = current_mark()
        if monotonic() - self._looked_at >= LOOK_SECONDS and self._lock.acquire(blocking=False):
            try:
                self.mark = self._look()
            finally:
                self._looked_at = monotonic()
                self._lock.release()
        # Without a primary, what the replica has is the best that there is.
        return self.mark is not None and present in {self.mark, None}

    def leave_out(self) -> None:
        """Until the next look."""
        self.mark, self._looked_at = None, monotonic()
        connections[REPLICA].close()

    def _look(self) -> str | None:
        """None for a replica that does not answer, or is too far behind."""
        primary, standby = connections[PRIMARY], connections[REPLICA]
        if primary.vendor == "postgresql":
            with suppress(DatabaseError, InterfaceError), primary.cursor() as cursor:
                cursor.execute(_WRITTEN)
                self._written.append((monotonic(), cursor.fetchone()[0]))
        try:
            if (
                standby.vendor == "postgresql"
                and self._seconds_behind() > settings.REPLICA_MOST_SECONDS_BEHIND
            ):
                return None
            return mark_of(REPLICA)
        except (DatabaseError, InterfaceError):
            standby.close()
            return None

    def _seconds_behind(self) -> float:
        """By our own clock, from what the primary had written at each look."""
        with connections[REPLICA].cursor() as cursor:
            cursor.execute(_REPLAYED)
            replayed = cursor.fetchone()[0]
        missing = [at for at, written in self._written if replayed is not None and written > replayed]
        return monotonic() - missing[0] if missing else 0.0


def is_outage(exception: Exception) -> bool:
    """And no fault of ours in a statement, for which SQLite has the same name."""
    code = getattr(exception.__cause__, "sqlite_errorcode", None)
    return isinstance(exception, OperationalError | InterfaceError) and code != sqlite3.SQLITE_ERROR


replica = Replica()


class Databases:
    """Middleware: chooses, goes on with the primary where the replica fails, and says so where both do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_public = request.method in {"GET", "HEAD"} and rule_of(request.path_info) is not None
        token = _from_replica.set(is_public and replica.may_answer())
        try:
            return self.get_response(request)
        finally:
            _from_replica.reset(token)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not is_outage(exception):
            return None
        if _from_replica.get() and request.resolver_match:
            replica.leave_out()
            _from_replica.set(False)
            view, args, kwargs = request.resolver_match
            try:
                return view(request, *args, **kwargs)
            except (OperationalError, InterfaceError) as second:
                if not is_outage(second):
                    raise
                exception = second
        # Its words could have what somebody typed in them.
        logger.error("The database does not answer (%s).", type(exception).__name__)
        return try_again(
            request,
            503,
            "We cannot do that just now",
            "Something of ours is not working for the moment. Please try again in a minute. "
            "Nothing that you did caused this.",
            seconds=60,
        )

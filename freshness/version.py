"""The content version: one text for all that public pages are made of, another one after every change.

Each process reads it at most once in ``CONTENT_FRESH_SECONDS``, and never in the middle of a request: what is
made in a request is of this version or newer. A time of publishing that comes, and midnight, change it too.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from threading import Lock, local
from time import monotonic
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import DatabaseError, InterfaceError, connections
from django.db.models import Max, Min, Q, QuerySet
from django.dispatch import receiver
from django.utils import timezone

_MARK = "SELECT COUNT(*), COALESCE(SUM(id), 0), COALESCE(MAX(mark), '') FROM freshness_change"
Made = TypeVar("Made")
# Rows and the name of the field with the time from which readers see them.
Timed = Callable[[], tuple[QuerySet[Any], str]]


class _Read(NamedTuple):
    """``last`` and ``until`` are the times of publishing before and after it was read."""

    mark: str
    day: str
    last: datetime | None
    until: datetime | None

    @property
    def version(self) -> str:
        return f"{self.mark} {self.day} {self.last or ''}"


_timed: list[Timed] = []
_lock = Lock()
_in_request = local()
_read: _Read | None = None
_looked_at = float("-inf")


def hand_in_timed(timed: Timed) -> None:
    """For apps with rows that come to be seen at a time."""
    _timed.append(timed)


def current() -> str | None:
    """None while the database cannot be asked."""
    global _read, _looked_at
    if getattr(_in_request, "has_looked", False):
        return _read.version if _read else None
    if monotonic() - _looked_at >= settings.CONTENT_FRESH_SECONDS and _lock.acquire(blocking=False):
        # Others go on meanwhile with what was read before.
        try:
            _read = _look()
            _looked_at = monotonic()
        finally:
            _lock.release()
    if hasattr(_in_request, "has_looked"):
        _in_request.has_looked = True
    return _read.version if _read else None


def current_mark() -> str | None:
    """What ``mark_of`` said of the primary database when the current version was read."""
    return _read.mark if current() is not None and _read else None


def forget() -> None:
    """Look again at the next chance: after a change that this process has made itself."""
    global _looked_at
    _looked_at = float("-inf")


def mark_of(database: str) -> str:
    """What a database says of its last change; two that have seen the same changes say the same."""
    with connections[database].cursor() as cursor:
        cursor.execute(_MARK)
        return "-".join(map(str, cursor.fetchone()))


def _look() -> _Read | None:
    for _ in range(2):
        try:
            return _look_once()
        except (DatabaseError, InterfaceError):
            # A connection that was open when the server went away: a new one may work.
            if not connections["default"].in_atomic_block:
                connections["default"].close()
    return None


def _look_once() -> _Read:
    now = timezone.now()
    mark, day = mark_of("default"), str(timezone.localdate(now))
    if _read and (mark, day) == (_read.mark, _read.day) and not (_read.until and _read.until <= now):
        return _read
    last, until = [], []
    for timed in _timed:
        rows, field = timed()
        found = rows.using("default").aggregate(
            last=Max(field, filter=Q(**{f"{field}__lte": now})),
            until=Min(field, filter=Q(**{f"{field}__gt": now})),
        )
        last.append(found["last"])
        until.append(found["until"])
    return _Read(mark, day, max(filter(None, last), default=None), min(filter(None, until), default=None))


def kept(make: Callable[[], Made]) -> Callable[[], Made]:
    """Made once a version in each process; while the database is away, the last one that was made."""
    held: list[tuple[str, Made]] = []

    @wraps(make)
    def wrapped() -> Made:
        version = current()
        if held and (version is None or held[0][0] == version):
            return held[0][1]
        made = make()
        if version is not None:
            held[:] = [(version, made)]
        return made

    return wrapped


@receiver(request_started)
def _begin(**kwargs: Any) -> None:
    _in_request.has_looked = False


@receiver(request_finished)
def _end(**kwargs: Any) -> None:
    vars(_in_request).pop("has_looked", None)

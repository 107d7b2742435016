"""A whole file: what it would do, and doing it, all or nothing."""

import logging
from dataclasses import dataclass, field
from hashlib import sha256
from traceback import format_tb
from typing import Any

from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, transaction

from directory.models.points import places_at_hand
from directory.spreadsheets.resource import CHANGED, NEW, SAME, TOLD_IN_FULL, WRONG, ListingResource, Outcome
from directory.spreadsheets.sheet import Sheet

logger = logging.getLogger(__name__)
TRY_AGAIN = "Somebody changed a listing at this moment. Nothing was imported. Try again."


@dataclass
class Report:
    """What became of each row. ``unknown``: postcodes, their rows, and the most similar that we hold."""

    outcomes: list[Outcome]
    notes: list[str]
    unknown: list[tuple[str, list[int], str]] = field(default_factory=list)
    is_kept: bool = False
    problem: str = ""

    def of(self, kind: str) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.import_type == kind]

    @property
    def wrong(self) -> list[Outcome]:
        return self.of(WRONG)

    @property
    def new(self) -> list[Outcome]:
        return self.of(NEW)

    @property
    def changed(self) -> list[Outcome]:
        return self.of(CHANGED)

    @property
    def in_full(self) -> list[Outcome]:
        """Those of the changed rows whose words are told."""
        return self.changed[:TOLD_IN_FULL]

    @property
    def in_short(self) -> list[Outcome]:
        return self.changed[TOLD_IN_FULL:]

    @property
    def same(self) -> list[Outcome]:
        return self.of(SAME)

    @property
    def to_do(self) -> int:
        return len(self.new) + len(self.changed)

    @property
    def renamed(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.renamed]

    @property
    def counts(self) -> str:
        return (
            f"{len(self.new):,} new, {len(self.changed):,} changed, {len(self.same):,} the same, "
            f"{len(self.wrong):,} wrong."
        )

    @property
    def digest(self) -> str:
        """The same for two looks at a file that found the same to do."""
        told = sha256()
        for outcome in self.outcomes:
            told.update(repr((outcome.line, outcome.import_type, outcome.digest)).encode())
        return told.hexdigest()


def look(
    resource_class: type[ListingResource],
    sheet: Sheet,
    user: User | None = None,
    **options: Any,
) -> Report:
    """What the file would do; ``options`` are those of the resource.

    Writes nothing and locks nothing. Raises SheetError for wrong headings.
    """
    resource = resource_class(user=user, **options)
    dataset = resource.dataset(sheet)
    with places_at_hand(resource.places):
        # ``import_data`` would begin a transaction, for which SQLite lets nobody else write meanwhile.
        result = resource.import_data_inner(
            dataset, dry_run=True, raise_errors=False, using_transactions=False, collect_failed_rows=False
        )
    return _report(resource, result, sheet)


def keep(
    resource_class: type[ListingResource],
    sheet: Sheet,
    user: User,
    reason: str,
    *,
    may_rename: bool = False,
    seen: str = "",
    **options: Any,
) -> Report:
    """Do what the file says, in one transaction; nothing of it where a row is wrong.

    Nor where somebody's name would be replaced by another's without ``may_rename``, nor where it would do
    something else than what was ``seen`` (a ``Report.digest``). Raises SheetError for wrong headings.
    Where the database refuses it, the report has no outcomes.
    """
    resource = resource_class(user=user, reason=reason[:100], keeps=True, **options)
    dataset = resource.dataset(sheet)
    try:
        with transaction.atomic(), places_at_hand(resource.places):
            resource.hold_all(dataset)
            result = resource.import_data(dataset, dry_run=False, use_transactions=True)
            report = _report(resource, result, sheet)
            if seen and report.digest != seen:
                report.problem = (
                    "Somebody changed a listing since you looked, so the file would do something else now. "
                    "Nothing was imported. Look again at what it would do."
                )
            elif report.renamed and not may_rename:
                report.problem = "Nothing was imported: confirm that the names below are to be replaced."
            report.is_kept = not report.wrong and not report.problem
            if not report.is_kept:
                transaction.set_rollback(True)
    except DatabaseError as error:
        # Its message quotes what stood in the rows.
        where = "".join(format_tb(error.__traceback__))
        logger.error("An import failed: %s\n%s", type(error).__name__, where)
        if _is_somebody_else(error):
            return Report([], [], problem=TRY_AGAIN)
        return Report([], [], problem="The site failed. Nothing was imported. Tell whoever runs it.")
    return report


# Of PostgreSQL: a deadlock, two who could not be put in an order, a lock that was not to be had.
_LOCKED = {"40P01", "40001", "55P03"}
_SQLITE_LOCKED = {5, 6}


def _is_somebody_else(error: DatabaseError) -> bool:
    """What was looked up a moment ago was written by somebody else since, or is being written."""
    cause = error.__cause__
    code = (getattr(cause, "sqlite_errorcode", None) or 0) & 0xFF
    is_locked = getattr(cause, "sqlstate", None) in _LOCKED or code in _SQLITE_LOCKED
    return isinstance(error, IntegrityError) or is_locked


def _report(resource: ListingResource, result: Any, sheet: Sheet) -> Report:
    report = Report(result.rows, list(sheet.notes))
    rows: dict[str, list[int]] = {}
    for outcome in report.outcomes:
        for code in outcome.unknown_postcodes:
            rows.setdefault(code, []).append(outcome.line)
    report.unknown = [(code, lines, resource.places.unknown.get(code, "")) for code, lines in rows.items()]
    return report

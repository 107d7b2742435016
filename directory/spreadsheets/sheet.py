"""Reading a file of rows, whatever was sent: CSV in the encodings that spreadsheets write, or XLSX.

What a file is goes by its contents; its name can say anything.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

# More than the sheets have, and fewer than would take long to look through.
MAX_COLUMNS = 100
MEGABYTE = 1024 * 1024
_SHORT = 12


class SheetError(Exception):
    """The file cannot be imported at all; the message says what to do about it."""


class Limits(NamedTuple):
    """``size`` and ``unpacked`` in bytes; ``beyond`` is what to do with a file of more."""

    rows: int
    size: int
    unpacked: int
    beyond: str


# So many people with every column filled in and a long biography are a CSV file of 16 MB.
FOR_ADMIN = Limits(
    rows=20_000,
    size=20 * MEGABYTE,
    unpacked=100 * MEGABYTE,
    beyond="Split it, or ask whoever runs the site to import it with the command import_listings.",
)
FOR_COMMAND = Limits(
    rows=200_000, size=100 * MEGABYTE, unpacked=500 * MEGABYTE, beyond="Split it into several files."
)


@dataclass
class Sheet:
    """``rows`` are the cells with the line on which each row stands; rows of blanks are left out.

    A row has as many cells as there are headings, or more where some of those are not blank.
    """

    headings: list[str]
    rows: list[tuple[int, list[Any]]]
    notes: list[str] = field(default_factory=list)


def read_sheet(data: bytes, limits: Limits, progress: Callable[[int], Any] = int) -> Sheet:
    """``progress`` is told how many rows more were read. Raises SheetError."""
    refuse_large(len(data), limits)
    if not data.strip():
        raise SheetError("The file is empty. Choose the file that holds your rows.")
    if data.startswith(b"PK\x03\x04"):
        from directory.spreadsheets.workbook import read_workbook

        return read_workbook(data, limits, progress)
    refuse_other_kinds(data)
    encoding, notes = encoding_of(data)
    return gathered(_csv_lines(data, encoding), limits, notes, progress)


def refuse_large(size: int, limits: Limits) -> None:
    if size > limits.size:
        raise SheetError(
            f"The file is larger than {limits.size // MEGABYTE} MB. {limits.beyond} "
            "Pictures and empty, formatted rows make a workbook large: save it as CSV."
        )


def refuse_other_kinds(data: bytes) -> None:
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise SheetError(
            "This is a workbook of an old kind (.xls), or one that is locked with a password. Open it, and "
            "save it as an Excel Workbook (.xlsx) without a password, or as CSV UTF-8."
        )
    if data.startswith((b"%PDF", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf", b"Rar!", b"7z\xbc")):
        raise SheetError("This is no spreadsheet. Send a CSV file or an Excel Workbook (.xlsx).")
    if re.match(rb"\s*<(\?xml|!doctype|html|table)", data[:200].removeprefix(b"\xef\xbb\xbf"), re.IGNORECASE):
        raise SheetError(
            "This is a web page or XML, whatever its name says. Open it in a spreadsheet programme, and save "
            "it as an Excel Workbook (.xlsx) or as CSV UTF-8."
        )


def encoding_of(data: bytes) -> tuple[str, list[str]]:
    """Only where it is certain, with what the person should look at. The text itself is let go at once: it
    can take four bytes for each letter."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            try:
                _refuse_nul("\x00" in data.decode(encoding))
            except UnicodeDecodeError as error:
                raise SheetError(_unclear(data, error.start)) from error
            return encoding, []
    _refuse_nul(b"\x00" in data)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        if not _is_windows(data):
            raise SheetError(_unclear(data, error.start)) from error
        note = (
            "The file is not in UTF-8. It was read as Windows-1252, in which Excel saves plain CSV: look at "
            "the names with accents and the pound signs."
        )
        return "cp1252", [note]
    return "utf-8", []


def _refuse_nul(holds_nul: bool) -> None:
    if holds_nul:
        raise SheetError(
            "The file holds bytes that are no text (NUL). Open it in a spreadsheet programme, and save it as "
            "CSV UTF-8 or as an Excel Workbook (.xlsx)."
        )


# What no British name or sentence holds in that encoding. A letter with an accent in capitals follows no
# small letter: OÕBrien is a Macintosh's O’Brien.
_UNLIKELY = re.compile(r"[^\x00-\x7f\xa0£€‘’“”–—…•½¼¾°·®™©«»à-öø-ÿÀ-ÖØ-Þ]|(?<=[a-zà-öø-ÿ])[À-ÖØ-Þ]")
_UTF_8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")


def _is_windows(data: bytes) -> bool:
    """Not where it may be another encoding, or several in one file."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return not _UTF_8.search(data) and not _UNLIKELY.search(text)


def _unclear(data: bytes, position: int) -> str:
    line = data.count(b"\n", 0, position) + 1
    return (
        f"Line {line} holds letters that cannot be read with certainty: the file is not in UTF-8, or mixes "
        "encodings. Open it in a spreadsheet programme, look at the names with accents, and save it as CSV "
        "UTF-8 or as an Excel Workbook (.xlsx)."
    )


def _csv_lines(data: bytes, encoding: str) -> Iterator[tuple[int, list[str]]]:
    # With the ends of lines as they are, for the reader.
    lines = io.TextIOWrapper(io.BytesIO(data), encoding, newline="")
    delimiter = _delimiter(lines.read(10_000))
    lines.seek(0)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, cells
    except csv.Error as error:
        raise SheetError(
            f"Row {number + 1} cannot be read ({error}). A quotation mark may be missing, or a cell may be "
            "very long. Open the file in a spreadsheet programme, and save it again as CSV UTF-8."
        ) from error


def _delimiter(text: str) -> str:
    """Excel writes a semicolon where the comma is the decimal point, and a tab for its Unicode text."""
    first_line = next(iter(text.splitlines()), "")
    return max(",;\t", key=first_line.count)


def gathered(
    lines: Iterable[tuple[int, list[Any]]],
    limits: Limits,
    notes: list[str],
    progress: Callable[[int], Any] = int,
) -> Sheet:
    """The headings and the rows below them; every row as long as the headings."""
    headings: list[str] | None = None
    # What many cells say is kept once.
    short: dict[Any, Any] = {}
    rows: list[tuple[int, list[Any]]] = []
    for number, cells in lines:
        while cells and _is_blank(cells[-1]):
            cells.pop()
        if not cells:
            continue
        if len(cells) > MAX_COLUMNS:
            raise SheetError(
                f"Row {number} has more than {MAX_COLUMNS} columns. Keep only the columns that are named "
                "below, and delete the others."
            )
        if headings is None:
            headings = [" ".join(str(cell or "").split()) for cell in cells]
            continue
        if len(rows) == limits.rows:
            raise SheetError(f"The file has more than {limits.rows:,} rows. {limits.beyond}")
        cells = [
            short.setdefault(cell, cell) if isinstance(cell, str) and len(cell) <= _SHORT else cell
            for cell in cells
        ]
        rows.append((number, cells + [None] * (len(headings) - len(cells))))
        progress(1)
    if headings is None:
        raise SheetError("The file is empty. Choose the file that holds your rows.")
    if not rows:
        raise SheetError("The file has headings and no rows below them.")
    return Sheet(headings, rows, notes)


def _is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())

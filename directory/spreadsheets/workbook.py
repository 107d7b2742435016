"""Reading an XLSX workbook without trusting it, and writing one."""

import io
import lzma
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from directory.spreadsheets.cells import Unreadable, neutralised
from directory.spreadsheets.sheet import MAX_COLUMNS, MEGABYTE, Limits, Sheet, SheetError, gathered

_MAX_PARTS = 1000
_LAST_LINE = 1_048_576
# More than this Excel does not keep in a cell, and openpyxl cuts it off without a word.
_LONGEST = 32_767
_CHUNK = 256 * 1024
# Of what a workbook is made of besides its cells, of one row (16,384 cells at most), and of all on average.
_MOST_OF_A_PART, _WIDEST_ROW, _MOST_OF_A_ROW = 50_000, 100_000, 300
_LONGEST_TAG = 65_536
_LONG_TAG = re.compile(rb"<[^<>]{%d}" % _LONGEST_TAG)
_ROW = re.compile(rb"<(?:\w{1,50}:)?row[\s/>]")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]{0,200}?\bref=\"([A-Z]{1,3}\d+:[A-Z]{1,3}\d+)\"")
_SAVE_AGAIN = (
    "Open it in a spreadsheet programme, and save it again as an Excel Workbook (.xlsx) or as CSV UTF-8."
)
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
# No database keeps them.
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def read_workbook(data: bytes, limits: Limits, progress: Callable[[int], Any] = int) -> Sheet:
    """The first sheet. Raises SheetError."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            merged = _inspect(archive, limits)
        # Its warnings are about charts, colours and the like.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(data, merged, limits, progress)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        lzma.LZMAError,
        InvalidFileException,
        # Of both parsers that openpyxl can use.
        SyntaxError,
        # What zipfile and openpyxl raise for parts that are missing, encrypted or say what they may not.
        ArithmeticError,
        AttributeError,
        LookupError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        raise SheetError(f"The workbook is damaged and cannot be read. {_SAVE_AGAIN}") from error


def _inspect(archive: zipfile.ZipFile, limits: Limits) -> dict[str, dict[str, None]]:
    """Refuse what must not be parsed, by what the archive says of itself and by what comes out of it.

    Returns the merged cells of each part that has some.
    """
    parts = archive.infolist()
    names = {part.filename.lower() for part in parts}
    if any("vbaproject" in name or "macrosheet" in name for name in names):
        raise SheetError(
            "The workbook holds macros, which are programmes. Save it as an Excel Workbook without macros "
            "(.xlsx), or as CSV UTF-8."
        )
    if "[content_types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise SheetError(f"This is no Excel Workbook (.xlsx), whatever its name says. {_SAVE_AGAIN}")
    too_much = (
        f"The workbook unpacks to more than {limits.unpacked // MEGABYTE} MB, which is no list of listings. "
        "Copy the rows into a new workbook, and save that."
    )
    if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > limits.unpacked:
        raise SheetError(too_much)
    merged: dict[str, dict[str, None]] = {}
    unpacked = 0
    for part in parts:
        elements = _Elements(part.filename.lower(), limits)
        with archive.open(part) as stream:
            end = b""
            while chunk := stream.read(_CHUNK):
                unpacked += len(chunk)
                if unpacked > limits.unpacked:
                    raise SheetError(too_much)
                elements.count(chunk)
                text = end + chunk
                if part.filename.lower().endswith((".xml", ".rels")):
                    _refuse_declarations(text)
                if found := _MERGED.findall(text):
                    merged.setdefault(part.filename, {}).update((ref.decode(), None) for ref in found)
                # What begins in one chunk and ends in the next is found too.
                end = text[-300:]
        if part.filename == "[Content_Types].xml" and b"macroEnabled" in archive.read(part):
            raise SheetError(
                "The workbook is of the kind that holds macros (.xlsm). Save it as an Excel Workbook (.xlsx)."
            )
    return merged


class _Elements:
    """How many a part has: a few bytes of an archive can be millions of them, of which each takes memory."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.is_sheet = name.startswith("xl/worksheets/")
        holds_rows = self.is_sheet or name == "xl/sharedstrings.xml"
        self.most = limits.rows * _MOST_OF_A_ROW if holds_rows else _MOST_OF_A_PART
        self.all = self.of_row = self.of_tag = 0
        self.rest = b""

    def count(self, chunk: bytes) -> None:
        self._measure_tags(chunk)
        text = self.rest + chunk
        # What may be the beginning of a tag is looked at with what follows it.
        cut = text.rfind(b"<", max(0, len(text) - 100))
        text, self.rest = (text[:cut], text[cut:]) if cut >= 0 else (text, b"")
        self.all += text.count(b"<")
        if self.is_sheet:
            first, *others = _ROW.split(text)
            self.of_row += first.count(b"<")
            most = max([self.of_row, *(row.count(b"<") for row in others)])
            if others:
                self.of_row = others[-1].count(b"<")
            self._refuse(most > _WIDEST_ROW)
        self._refuse(self.all > self.most)

    def _measure_tags(self, chunk: bytes) -> None:
        """A single one can have millions of attributes."""
        if self.of_tag:
            end = chunk.find(b">")
            self._refuse(self.of_tag + (len(chunk) if end < 0 else end) > _LONGEST_TAG)
        self._refuse(_LONG_TAG.search(chunk) is not None)
        begins, ends = chunk.rfind(b"<"), chunk.rfind(b">")
        if begins > ends:
            self.of_tag = len(chunk) - begins
        elif ends >= 0:
            self.of_tag = 0
        elif self.of_tag:
            self.of_tag += len(chunk)

    def _refuse(self, is_bomb: bool) -> None:
        if is_bomb:
            raise SheetError(
                "The workbook has far more parts than any list of listings. Copy the rows into a new "
                "workbook, and save that."
            )


def _refuse_declarations(text: bytes) -> None:
    """An entity that is declared in a few bytes can stand for gigabytes; no spreadsheet programme writes any.

    Nor UTF-16, which would hide them.
    """
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text or text[:2] in {b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<"}:
        raise SheetError(f"The workbook holds declarations that no spreadsheet needs. {_SAVE_AGAIN}")


def _read(
    data: bytes, merged: dict[str, dict[str, None]], limits: Limits, progress: Callable[[int], Any]
) -> Sheet:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    try:
        # Its types are those of a workbook that is read as a whole.
        sheet: Any = next((sheet for sheet in book.worksheets if isinstance(sheet, ReadOnlyWorksheet)), None)
        if sheet is None:
            raise SheetError("The workbook has no sheet with rows.")
        if found := merged.get(sheet._worksheet_path.removeprefix("/")):
            first = ", ".join([*found][:5]) + (" and more" if len(found) > 5 else "")
            raise SheetError(
                f"Cells are merged on the sheet “{sheet.title}”: {first}. Unmerge them, so that each row "
                "says all of its own."
            )
        # What the sheet says of its size need not be true.
        sheet.reset_dimensions()
        notes = (
            [f"The workbook has several sheets. Only the first was read, “{sheet.title}”."]
            if len(book.worksheets) > 1
            else []
        )
        return gathered(_lines(sheet), limits, notes, progress)
    finally:
        book.close()


def _lines(sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    for number, row in enumerate(sheet.iter_rows(), start=1):
        if number > _LAST_LINE:
            raise SheetError(f"The workbook has a row far below the others. {_SAVE_AGAIN}")
        # Rows that are formatted to the last column are 16,384 cells wide, and blank there.
        end = MAX_COLUMNS if len(row) > MAX_COLUMNS and row[-1].value is None else MAX_COLUMNS + 1
        yield number, [_value(cell) for cell in row[:end]]


def _value(cell: Any) -> Any:
    if cell.data_type == "f":
        return Unreadable("The cell holds a formula, which is not worked out here. Type its value instead.")
    if cell.data_type == "e":
        return Unreadable(f"The cell holds an error ({cell.value}). Type its value instead.")
    value = cell.value
    if isinstance(value, str) and "_x" in value:
        value = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), value)
        if _NO_TEXT.search(value):
            return Unreadable("The cell holds a character that is no text. Type it again.")
    return value


class TooLong(ValueError):
    """A text does not fit into a cell; the message says what to do."""


def written(headings: list[str], rows: Iterable[list[Any]]) -> bytes:
    """A workbook, in which no text runs as a formula. Raises TooLong."""
    lines = [[_written_value(value) for value in row] for row in rows]
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Listings")
    sheet.freeze_panes = "A2"
    for index in range(len(headings)):
        sheet.column_dimensions[get_column_letter(index + 1)].width = 22
    bold = Font(bold=True)
    titles = []
    for heading in headings:
        title = WriteOnlyCell(sheet, heading)
        title.font = bold
        titles.append(title)
    sheet.append(titles)
    for line in lines:
        sheet.append([_written_cell(sheet, value) for value in line])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _written_value(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = _UNWRITABLE.sub(lambda match: f"_x{ord(match[0]):04X}_", neutralised(value))
    if len(text) > _LONGEST:
        raise TooLong(
            f"A text is longer than Excel keeps in a cell ({_LONGEST:,} letters), and would be cut off. "
            "Export as CSV instead."
        )
    return text


def _written_cell(sheet: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value)
    # Never a formula, and never an error such as #N/A.
    cell.data_type = "s"
    return cell

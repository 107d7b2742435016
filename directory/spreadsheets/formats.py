"""The two kinds of file that listings are exported to."""

import csv
import io
from typing import Any

from import_export.formats.base_formats import CSV, XLSX

from directory.spreadsheets.cells import neutralised
from directory.spreadsheets.workbook import written


class Workbook(XLSX):
    def get_title(self) -> str:
        return "Excel Workbook (.xlsx)"

    def export_data(self, dataset: Any, **kwargs: Any) -> bytes:
        return written(dataset.headers, dataset)


class PlainFile(CSV):
    def get_title(self) -> str:
        return "CSV (UTF-8)"

    def export_data(self, dataset: Any, **kwargs: Any) -> bytes:
        return csv_file([dataset.headers, *dataset])


def csv_file(rows: Any) -> bytes:
    """With the mark by which Excel knows UTF-8, and no text that runs as a formula."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    for row in rows:
        writer.writerow(neutralised(cell) if isinstance(cell, str) else cell for cell in row)
    return stream.getvalue().encode("utf-8-sig")

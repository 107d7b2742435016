"""Which columns a file has."""

from collections.abc import Iterable

from directory.spreadsheets.cells import nearest, shortened
from directory.spreadsheets.sheet import Sheet, SheetError

_NAMED = 10


def columns_of(sheet: Sheet, columns: list[str], needed: list[str]) -> list[str]:
    """The column of each heading, "" for a heading that is blank over blank cells.

    Raises SheetError, which names every heading that is wrong.
    """
    by_text = {column.casefold(): column for column in columns}
    found = [by_text.get(heading.casefold(), "") for heading in sheet.headings]
    wrong = [
        _unknown(index, heading, sheet, columns)
        for index, heading in enumerate(sheet.headings)
        if not found[index]
    ]
    said = [message for message in wrong if message]
    if said and not any(found):
        said.insert(0, "The first row must hold the headings, and none of these is one of ours.")
    said += [
        f"The column “{column}” is there twice. Delete one of them."
        for column in dict.fromkeys(found)
        if column and found.count(column) > 1
    ]
    said += [f"There is no column “{column}”, which is needed." for column in needed if column not in found]
    if len(said) > _NAMED:
        said = [*said[:_NAMED], f"And {len(said) - _NAMED} more."]
    if said:
        raise SheetError(" ".join(said))
    return found


def _unknown(index: int, heading: str, sheet: Sheet, columns: list[str]) -> str:
    if not heading:
        return "" if _is_empty(index, sheet) else f"Column {_letter(index)} has cells and no heading."
    likely = nearest(heading, columns)
    advice = f"Did you mean “{likely}”?" if likely else "Delete it, or rename it to one of the columns below."
    return f"We have no column “{shortened(heading)}”. {advice}"


def _is_empty(index: int, sheet: Sheet) -> bool:
    cells: Iterable[object] = (cells[index] for _, cells in sheet.rows)
    return all(cell is None or str(cell).strip() == "" for cell in cells)


def _letter(index: int) -> str:
    """As spreadsheets name it: A, Z, AA."""
    name, rest = "", index + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        name = chr(ord("A") + digit) + name
    return name

"""From a cell to a value and back: the widgets of the columns.

What cannot be read raises ValueError with a message for the person whose file it is.
"""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from import_export.widgets import Widget
from rapidfuzz import process
from rapidfuzz.utils import default_process

# A programme that opens the file takes a cell that begins so for a formula; the last four are the wide
# forms, which Excel reads as the narrow ones where it is set up for Japanese or Chinese.
_RISKY = re.compile(r"'*\s*[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?|(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_WITHOUT_NOUGHT = re.compile(r"[1-9]\d{8,9}", re.ASCII)
_FIRST_DAY_OF_EXCEL = date(1899, 12, 30)
# Letters of a text in a table.
_SHOWN = 60
_YES, _NO = {"yes", "y", "true", "1"}, {"no", "n", "false", "0"}


class Unreadable:
    """A cell that holds no value that could be kept; the message says why."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __str__(self) -> str:
        return self.message


# What a cell says when it is empty and emptiness would mean nothing: the value that is there stays.
KEEP = object()


def neutralised(text: str) -> str:
    """The text with an apostrophe before it where it could run as a formula; ``restored`` takes it off."""
    return f"'{text}" if _RISKY.match(text) else text


def restored(text: str) -> str:
    return text[1:] if text.startswith("'") and _RISKY.match(text) else text


def text_of(value: Any) -> str:
    """What stands in a cell of whatever kind, without blanks around it."""
    if isinstance(value, Unreadable):
        raise ValueError(value.message)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        value = value.date()
    if not isinstance(value, str):
        return str(value)
    # Where an apostrophe kept it from being a formula, the blanks belong to the text.
    return unquoted if (unquoted := restored(value)) != value else value.strip()


def plain(value: Any) -> str:
    """What stands in a cell, to look it up by or to show it; "" where it cannot be read."""
    try:
        return text_of(value)
    except ValueError:
        return ""


def nearest(text: str, of: list[str]) -> str:
    """The one that was probably meant, or ""."""
    found = process.extractOne(text, of, processor=default_process, score_cutoff=60)
    return found[0] if found else ""


class Words(Widget):
    """Text of one line, or of several."""

    def __init__(self, several_lines: bool = False) -> None:
        super().__init__()
        self.several_lines = several_lines

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = text_of(value)
        if self.several_lines or (isinstance(value, str) and restored(value) != value):
            return text
        return " ".join(part for line in re.split(r"[\r\n]+", text) if (part := line.strip()))


class Telephone(Words):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = super().clean(value, row, **kwargs)
        # No number of the United Kingdom begins otherwise, and a CSV file does not say what a cell was.
        if isinstance(value, int | float) or _WITHOUT_NOUGHT.fullmatch(re.sub(r"[ ()-]", "", text)):
            raise ValueError(
                "The cell holds a number, which has lost a 0 or + at its front. Set the column to Text, "
                "and type it again."
            )
        return text


class WebAddress(Words):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = super().clean(value, row, **kwargs)
        # As the form has it.
        return f"https://{text}" if text and "://" not in text else text


class YesNo(Widget):
    """Empty means that it is not known or, where it must be known, that it stays as it is."""

    def __init__(self, may_be_unknown: bool = False) -> None:
        super().__init__()
        self.may_be_unknown = may_be_unknown

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = text_of(value).casefold()
        if not text:
            return None if self.may_be_unknown else KEEP
        if text not in _YES | _NO:
            raise ValueError(f"“{shortened(text)}” is neither yes nor no.")
        return text in _YES

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else "yes" if value else "no"


class Day(Widget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> date | None:
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        text = text_of(value)
        if not text:
            return None
        if re.fullmatch(r"\d{5}(\.0+)?", text, re.ASCII):
            meant = _FIRST_DAY_OF_EXCEL + timedelta(days=int(text[:5]))
            raise ValueError(
                f"{text[:5]} is the number that Excel keeps for {meant}. Write the date as {meant}, or set "
                "the column to Date."
            )
        match = _DAY.fullmatch(text)
        if not match:
            raise ValueError(f"“{shortened(text)}” is no date. Write it as 2026-01-31 or 31/01/2026.")
        year, month, day = match.groups()[:3] if match[1] else match.groups()[:2:-1]
        try:
            return date(int(year), int(month), int(day))
        except ValueError as error:
            raise ValueError(f"There is no day {shortened(text)}.") from error

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else value


class _Number(Widget):
    kind = ""
    shape = r""

    def number(self, text: str) -> Any:
        raise NotImplementedError

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = text_of(value).removeprefix("£").strip()
        if not text:
            return None
        if not re.fullmatch(self.shape, text, re.ASCII):
            raise ValueError(f"“{shortened(text)}” is not {self.kind}.")
        return self.number(text)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else value


class WholeNumber(_Number):
    kind, shape = "a whole number", r"-?\d{1,15}"

    def __init__(self, most: int = 32_767) -> None:
        super().__init__()
        # SQLite would keep more than the field is for.
        self.most = most

    def number(self, text: str) -> int:
        if int(text) > self.most:
            raise ValueError(f"{text} is too much: {self.most:,} is the most.")
        return int(text)


class Pounds(_Number):
    kind, shape = "a sum of money, such as 45 or 45.50", r"-?\d{1,9}(\.\d{1,20})?"

    def number(self, text: str) -> Decimal:
        pounds, pence = Decimal(text), Decimal(text).quantize(Decimal("0.01"))
        # 45.300000000000004 is how some programmes keep 45.30.
        return pence if abs(pounds - pence) < Decimal("1e-9") else pounds


class Degrees(_Number):
    kind, shape = "a number of degrees, such as 53.7967", r"-?\d{1,3}(\.\d{1,20})?(e-\d{1,2})?"

    def number(self, text: str) -> float:
        return float(text)


class OneOf(Widget):
    """A choice, by its label or its code."""

    def __init__(self, choices: type[models.TextChoices]) -> None:
        super().__init__()
        self.labels = {value: str(label) for value, label in choices.choices}
        self.by_text = {value.casefold(): value for value in choices.values} | {
            label.casefold(): value for value, label in self.labels.items()
        }

    def read(self, text: str) -> str:
        value = self.by_text.get(" ".join(text.split()).casefold())
        if value is None:
            likely = nearest(text, list(self.labels.values()))
            choices = "; ".join(self.labels.values())
            meant = f"Did you mean “{likely}”?" if likely else f"Choose from: {choices}."
            raise ValueError(f"“{shortened(text)}” is not in our list. {meant}")
        return value

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = text_of(value)
        return self.read(text) if text else ""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return self.labels.get(value, value or "")


class SeveralOf(OneOf):
    """Choices, separated by semicolons, kept in the order of the choices."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> list[str]:
        texts = [text.strip() for text in text_of(value).split(";")]
        chosen = {self.read(text) for text in texts if text}
        return [value for value in self.labels if value in chosen]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "; ".join(self.labels.get(item, item) for item in value or [])


def shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def excerpts(old: str, new: str) -> tuple[str, str]:
    """Both texts as far as they fit into a table, from shortly before where they begin to differ."""
    if len(old) <= _SHOWN and len(new) <= _SHOWN:
        return old, new
    alike = next(
        (at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]),
        min(len(old), len(new)),
    )
    start = max(0, alike - 20) if alike > _SHOWN // 2 else 0
    return _excerpt(old, start), _excerpt(new, start)


def _excerpt(text: str, start: int) -> str:
    part = text[start : start + _SHOWN]
    return f"{'…' if start and part else ''}{part}{'…' if len(text) > start + _SHOWN else ''}"

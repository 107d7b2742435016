"""The shapes of British postcodes: reading what people type, and the integer key.

Source of the shapes: Royal Mail's Programmers' Guide to PAF (A9, A99, AA9, AA99, A9A, AA9A,
then a digit and two letters, of which C, I, K, M, O and V are never used).
"""

import re
from itertools import product
from typing import NamedTuple

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# The letter of A9A and AA9A is never one that looks like a digit.
_OUTWARD = r"(?:[A-Z]{1,2}(?:[1-9]\d|\d)|[A-Z]\d[ABCDEFGHJKPSTUW]|[A-Z]{2}\d[ABEHMNPRVWXY])"
_INWARD = r"[0-9][ABD-HJLNP-UW-Z]{2}"
_OUTWARD_ONLY = re.compile(rf"({_OUTWARD})")
_FULL = re.compile(rf"({_OUTWARD})({_INWARD})")
_FULL_AT_END = re.compile(rf"(?:^|[ ,])({_OUTWARD}) ?({_INWARD})$")
_SWAPS = {"O": "O0", "0": "0O", "I": "I1", "1": "1I"}


class Code(NamedTuple):
    """A well-formed code: ``inward`` is "" for an outward code, one digit for a sector.

    ``cut`` is true where a letter of an unfinished postcode was left off (``LS1 4A``).
    """

    outward: str
    inward: str
    cut: bool = False

    def __str__(self) -> str:
        return f"{self.outward} {self.inward}".strip()


def postcode_key(compact: str) -> int:
    """The integer key of a postcode without its space: ``LS14AP`` read in base 36."""
    return int(compact, 36)


def text_of_key(key: int) -> str:
    """The postcode of an integer key, with its space: ``LS1 4AP``."""
    compact = ""
    while key:
        key, digit = divmod(key, 36)
        compact = _DIGITS[digit] + compact
    return f"{compact[:-3]} {compact[-3:]}"


def key_range(code: Code) -> range:
    """The keys that any postcode within a sector or an outward code can have."""
    width = 36 ** (3 - len(code.inward))
    first = int(code.outward + code.inward, 36) * width
    return range(first, first + width)


def read_code(text: str) -> Code | None:
    """Read a postcode, sector or outward code in any spacing and case; None if it is no such shape."""
    spaced = re.sub(r"[\s.\-]+", " ", text.upper()).strip()
    compact = spaced.replace(" ", "")
    if not compact.isascii() or not compact.isalnum() or not 2 <= len(compact) <= 7:
        return None
    if match := _FULL.fullmatch(compact):
        return Code(match[1], match[2])
    # "LS1 4" is a sector, "LS14" an outward code: the space tells them apart.
    before, _, after = spaced.rpartition(" ")
    outward = before.replace(" ", "")
    if _OUTWARD_ONLY.fullmatch(outward) and (sector := re.fullmatch(r"(\d)([ABD-HJLNP-UW-Z]?)", after)):
        return Code(outward, sector[1], cut=bool(sector[2]))
    if _OUTWARD_ONLY.fullmatch(compact):
        return Code(compact, "")
    if _OUTWARD_ONLY.fullmatch(compact[:-1]) and compact[-1].isdigit():
        return Code(compact[:-1], compact[-1])
    return None


def read_code_with_swaps(text: str) -> list[Code]:
    """The codes that come of reading O as 0, I as 1 or the other way round, fewest changes first."""
    if len(text) > 12:
        return []
    typed = text.upper()
    variants = ("".join(letters) for letters in product(*(_SWAPS.get(c, c) for c in typed)))
    by_changes = sorted(variants, key=lambda v: sum(a != b for a, b in zip(v, typed, strict=True)))
    codes = (read_code(variant) for variant in by_changes if variant != typed)
    return list(dict.fromkeys(code for code in codes if code))


def code_at_end(text: str) -> Code | None:
    """The full postcode that ends a longer text, such as an address; None if there is none."""
    match = _FULL_AT_END.search(re.sub(r"\s+", " ", text.upper()).strip())
    return Code(match[1], match[2]) if match else None

"""What was searched for, said in a sentence."""

from directory.forms import Search
from directory.nearest import COUNTED, Found


def who(search: Search, count: int) -> str:
    """``female neuro physiotherapists``."""
    words = ["female"] * search.female + ["neuro"] * search.neuro
    return " ".join([*words, "physiotherapist" if count == 1 else "physiotherapists"])


def counted(found: Found) -> str:
    if found.is_exact:
        return str(found.total) if found.total else "No"
    return f"Over {COUNTED}" if found.total >= COUNTED else f"At least {found.total}"


def sentence(search: Search, found: Found, place_label: str) -> str:
    """``12 neuro physiotherapists within 10 miles of LS1 4AP``; for home visits, who visits there."""
    people = f"{counted(found)} {who(search, found.total)}"
    one = found.is_exact and found.total == 1
    condition = (
        f" {'treats' if one else 'treat'} {search.condition.title.lower()}" if search.condition else ""
    )
    if search.home_visits:
        visit = f"{'visits' if one else 'visit'} homes at {place_label}"
        return f"{people} {visit}{' and' + condition if condition else ''}"
    treating = f" who{condition}" if condition else ""
    return f"{people}{treating} within {miles(search.radius)} of {place_label}"


def miles(number: int) -> str:
    return "1 mile" if number == 1 else f"{number} miles"

"""What was searched for, said in a sentence."""

from directory.choices import Insurer, Language
from directory.forms import Search
from directory.nearest import ANY_DISTANCE, COUNTED, Found

# More than these make a heading that nobody reads; the tags under it name them all.
_CLAUSES_TOLD = 3


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
    clauses = _clauses(search, found.is_exact and found.total == 1)
    if search.home_visits:
        visit = "visits" if found.is_exact and found.total == 1 else "visit"
        if not search.is_anywhere:
            return f"{people} {listed([f'{visit} homes at {place_label}', *clauses])}"
        clauses = [f"{visit} homes", *clauses]
    treating = f" who {listed(clauses)}" if clauses else ""
    return f"{people}{treating} {reach(search.radius)} {'from' if search.is_anywhere else 'of'} {place_label}"


def reach(radius: int) -> str:
    return "at any distance" if radius == ANY_DISTANCE else f"within {miles(radius)}"


def _clauses(search: Search, one: bool) -> list[str]:
    """What else is true of whom was found, after "who": one person speaks, several speak."""
    s = "s" if one else ""
    has = "has" if one else "have"
    clauses = []
    if search.condition:
        clauses.append(f"treat{s} {search.condition.title.lower()}")
    if search.language:
        clauses.append(f"speak{s} {Language(search.language).label}")
    # At home nobody has to get into a clinic.
    if search.wheelchair and not search.home_visits:
        clauses.append(f"{has} wheelchair access")
    if search.hoist:
        clauses.append("can work with a hoist" if search.home_visits else f"{has} a hoist")
    if search.online:
        clauses.append(f"see{s} people online")
    if search.evenings or search.weekends:
        times = listed(["in the evening"] * search.evenings + ["at weekends"] * search.weekends)
        clauses.append(f"work{s} {times}")
    if search.insurer:
        clauses.append(f"take{s} {Insurer(search.insurer).label}")
    if search.price:
        clauses.append(f"charge{s} £{search.price} or less")
    if len(clauses) > _CLAUSES_TOLD:
        rest = len(clauses) - _CLAUSES_TOLD + 1
        clauses[_CLAUSES_TOLD - 1 :] = [f"fit{s} {rest} more filters"]
    return clauses


def listed(words: list[str]) -> str:
    """``a, b and c``."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def miles(number: int) -> str:
    return "1 mile" if number == 1 else f"{number} miles"


def miles_away(number: float) -> str:
    """As on a card: to a tenth."""
    return f"{number:.1f} mile{'' if f'{number:.1f}' == '1.0' else 's'} away"

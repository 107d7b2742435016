"""Type-ahead for the place box: towns and outward codes, largest first."""

import re

from places.locate import outward_codes_starting, tidy
from places.towns import town_of_outward, towns_starting

LIMIT = 8
# 67.6 million people (ONS, mid-2022) to 1.74 million postcodes: it sets codes among towns by size.
_PEOPLE_A_POSTCODE = 39


def suggest(text: str) -> list[str]:
    """At most eight places that ``locate`` understands, for the start of one."""
    typed = tidy(text)[:60]
    # A blank at the end says that the word is finished.
    if text[-1:].isspace() and typed:
        typed += " "
    sizes = {town.label: town.population for town in towns_starting(typed, LIMIT)}
    if code := re.fullmatch(r"([A-Za-z]{1,2})(?: ?(\d[0-9A-Za-z]?))? ?", typed):
        codes = outward_codes_starting("".join(part or "" for part in code.groups()))
        sizes |= {
            found: postcodes * _PEOPLE_A_POSTCODE
            for found, postcodes in codes.order_by("-postcodes").values_list("code", "postcodes")[: LIMIT * 4]
        }
        start = "".join(part or "" for part in code.groups()).upper()
        sizes |= {
            outward: town.population // 20
            for outward, town in town_of_outward().items()
            if outward.startswith(start) and (start[-1].isdigit() or outward[len(start)].isdigit())
        }
    exact = typed.strip().upper().replace(" ", "")
    # The code that has been typed in full comes first: LS1 before the larger LS17.
    return sorted(sizes, key=lambda place: (place != exact, -sizes[place], place))[:LIMIT]

"""From what somebody typed to a point: postcodes whole and in part, and towns."""

import re
import unicodedata
from dataclasses import dataclass, replace
from string import ascii_uppercase

from django.db.models import QuerySet
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from places.codepoint import E4
from places.models import PartialPostcode, Postcode
from places.names import name_key
from places.postcodes import (
    Code,
    code_at_end,
    key_range,
    postcode_key,
    read_code,
    read_code_with_swaps,
    text_of_key,
)
from places.towns import Town, town_of_outward, towns_like, towns_named

# What follows a comma may name a country, and not the village called Wales.
_COUNTRIES = {"england", "scotland", "wales", "northern ireland", "jersey", "guernsey", "isle of man"}
EXAMPLE = "Type a postcode such as LS1 4AP, the first part of one such as LS1, or a town such as Leeds."
MAX_LENGTH = 100
# Source: OS Code-Point Open covers Great Britain alone.
_WITHOUT_EXACT_POSTCODES = {
    "BT": "Northern Ireland",
    "GY": "Guernsey, Alderney and Sark",
    "JE": "Jersey",
    "IM": "the Isle of Man",
}


@dataclass(frozen=True)
class Place:
    """A point in degrees (WGS 84), what to call it, and how exact it is.

    ``precision`` is "postcode", "sector", "outward code" or "town". ``note`` tells the person
    where the point is not quite what they typed. ``alternatives`` are other towns of that name,
    as labels that ``locate`` understands.
    """

    latitude: float
    longitude: float
    label: str
    precision: str
    note: str = ""
    alternatives: tuple[str, ...] = ()


class PlaceNotFound(Exception):
    """Says what could not be found and what to type; ``suggestions`` are likely places instead."""

    def __init__(self, message: str, suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.suggestions = suggestions


def tidy(text: str) -> str:
    """What was typed, without control and invisible characters, blanks in rows and trailing dots."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in text)
    text = "".join(c for c in text if unicodedata.category(c) not in {"Cf", "Cs", "Co", "Cn"})
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text)
    return re.sub(r"\s+", " ", text).strip(" .,;:-")


def locate(text: str) -> Place:
    """The place that somebody means. Raises PlaceNotFound."""
    typed = tidy(text)
    if not typed:
        raise PlaceNotFound(f"Enter a postcode or town. {EXAMPLE}")
    if len(typed) > MAX_LENGTH:
        raise PlaceNotFound(f"That is too long for a place. {EXAMPLE}")
    if place := place_known_as(typed):
        return place
    raise _not_found(typed, read_code(typed))


def place_known_as(typed: str) -> Place | None:
    """As ``locate``, of tidied text; None, without a search for what is like it, where no place is meant."""
    code = read_code(typed)
    if code and (place := _place_of_code(code)):
        return place
    if towns := towns_named(typed):
        return _place_of_towns(towns)
    # O for 0 and I for 1, but only where what was typed could be nothing else.
    for swapped in read_code_with_swaps(typed):
        if place := _place_of_code(swapped):
            note = place.note or f"We read “{typed}” as {swapped}."
            return replace(place, note=note)
    if (ending := code_at_end(typed)) and ending != code and (place := _place_of_code(ending)):
        return place
    before, _, last = typed.rpartition(",")
    if before and name_key(last) not in _COUNTRIES and (towns := towns_named(last)):
        place = _place_of_towns(towns)
        return replace(
            place, note=f"We do not know “{_short(before)}”, so distances are measured from {place.label}."
        )
    return None


def _place_of_code(code: Code) -> Place | None:
    if served := town_of_outward().get(code.outward):
        return _place_in_town_served(code, served)
    note = ""
    if len(code.inward) == 3:
        postcode = Postcode.objects.filter(pk=postcode_key(code.outward + code.inward)).first()
        if postcode:
            return Place(postcode.latitude_e4 / E4, postcode.longitude_e4 / E4, str(code), "postcode")
        note = f"We do not hold the postcode {code}. It may be new, old or mistyped."
    elif code.cut:
        note = "That is only part of a postcode."
    sector = f"{code.outward} {code.inward[:1]}" if code.inward else ""
    # W1 and EC1 only exist with a letter behind them: W1A, EC1A.
    split = [code.outward + letter for letter in ascii_uppercase]
    found = PartialPostcode.objects.filter(code__in=[sector, code.outward, *split])
    held = {partial.code: partial for partial in found}
    if not held.keys() & {sector, code.outward}:
        place = _place_of_split_code(code.outward, list(held.values()))
        if place and code.inward:
            note = note or f"We do not hold {sector}. It may be new, old or mistyped."
            return replace(place, note=f"{note} Distances are measured from the middle of {code.outward}.")
        return place
    partial = held.get(sector) or held[code.outward]
    if not note and sector and partial.code != sector:
        note = f"We do not hold {sector}. It may be new, old or mistyped."
    if note:
        note += f" Distances are measured from the middle of {partial.code}."
    precision = "outward code" if partial.is_outward else "sector"
    return Place(partial.latitude, partial.longitude, partial.code, precision, note)


def _place_of_split_code(outward: str, parts: list[PartialPostcode]) -> Place | None:
    """The middle of the codes that it is split into."""
    weight = sum(part.postcodes for part in parts)
    if not weight:
        return None
    return Place(
        sum(part.latitude * part.postcodes for part in parts) / weight,
        sum(part.longitude * part.postcodes for part in parts) / weight,
        outward,
        "outward code",
    )


def _place_in_town_served(code: Code, town: Town) -> Place:
    area = _WITHOUT_EXACT_POSTCODES[code.outward[:2]]
    return Place(
        town.latitude,
        town.longitude,
        f"{code.outward} ({town.name})",
        "town",
        note=f"We do not hold exact postcodes for {area}. Distances are measured from {town.label}.",
    )


def _place_of_towns(towns: list[Town]) -> Place:
    town, *others = towns
    return Place(
        town.latitude, town.longitude, town.label, "town", alternatives=tuple(t.label for t in others)
    )


def _not_found(typed: str, code: Code | None) -> PlaceNotFound:
    if code:
        return PlaceNotFound(
            f"We cannot find the postcode {code}. Check it, or type only its first part, or your town."
        )
    if re.fullmatch(r"[A-Za-z]{1,2}", typed) and (codes := largest_outward_codes(typed, 5)):
        return PlaceNotFound(
            f"{typed.upper()} is only the start of a postcode. Add the number after it, such as {codes[0]}.",
            tuple(codes),
        )
    suggestions = tuple(town.label for town in towns_like(typed))
    return PlaceNotFound(f"We cannot find “{_short(typed)}”. {EXAMPLE}", suggestions)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"


def largest_outward_codes(prefix: str, limit: int) -> list[str]:
    """Outward codes of a postcode area or with a longer prefix, those with most postcodes first."""
    return list(
        outward_codes_starting(prefix).order_by("-postcodes", "code").values_list("code", flat=True)[:limit]
    )


def outward_codes_starting(prefix: str) -> QuerySet[PartialPostcode]:
    """A queryset of the outward codes that start so; a one-letter prefix means that area alone."""
    prefix = prefix.upper()
    codes = PartialPostcode.objects.filter(is_outward=True, code__gte=prefix, code__lte=prefix + "Z" * 4)
    if prefix.isalpha():
        # "L" is the area of L1, not of LS1.
        codes = codes.filter(code__regex=rf"^{prefix}[0-9]")
    return codes


def locate_postcode(text: str) -> Place:
    """The point of a full postcode, for an address that has to be right.

    Raises PlaceNotFound, with the most similar postcode as its suggestion. Outside Great Britain
    the point is that of the town (see ``locate``).
    """
    typed = tidy(text)
    # Where there are no exact postcodes, the first part says as much as the whole.
    codes = [
        code
        for code in (read_code(typed), *read_code_with_swaps(typed))
        if code and (len(code.inward) == 3 or code.outward in town_of_outward())
    ]
    if not codes:
        raise PlaceNotFound("Enter a full postcode, such as LS1 4AP.")
    code = codes[0]
    place = _place_of_code(code)
    if place and place.precision == "town":
        return replace(place, label=str(code))
    if place and place.precision == "postcode":
        return place
    nearest = nearest_known_postcode(str(code))
    offer = f" Did you mean {nearest}?" if nearest else ""
    raise PlaceNotFound(f"We do not hold the postcode {code}.{offer}", (nearest,) if nearest else ())


def nearest_known_postcode(text: str) -> str:
    """The held postcode most like an unknown one, of its sector or its outward code; "" if none is."""
    code = read_code(tidy(text))
    if not code:
        return ""
    for part in (Code(code.outward, code.inward[:1]), Code(code.outward, "")):
        keys = key_range(part)
        held = Postcode.objects.filter(pk__range=(keys.start, keys.stop - 1)).values_list("pk", flat=True)
        if names := [text_of_key(key) for key in held]:
            best = process.extractOne(str(code), names, scorer=DamerauLevenshtein.normalized_similarity)
            return best[0] if best else ""
    return ""

"""What is invented about a sample physiotherapist or clinic: words, numbers, facts, in likely shares.

Every function takes the random numbers that it draws from: the same seed makes the same facts, on any day.
"""

import random
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from directory.choices import Inside, Insurer, Language, Parking, Specialism

# Source: Ofcom, telephone numbers for use in TV and radio drama programmes.
_DRAMA_BY_AREA = {
    "LS": "0113 496 0",
    "S": "0114 496 0",
    "NG": "0115 496 0",
    "LE": "0116 496 0",
    "BS": "0117 496 0",
    "RG": "0118 496 0",
    "B": "0121 496 0",
    "EH": "0131 496 0",
    "G": "0141 496 0",
    "L": "0151 496 0",
    "M": "0161 496 0",
    "NE": "0191 498 0",
    "CF": "029 2018 0",
    "BT": "028 9649 6",
    **dict.fromkeys(("E", "EC", "N", "NW", "SE", "SW", "W", "WC"), "020 7946 0"),
}
_ANYWHERE = "01632 960"
_MOBILE = "07700 900"
_OPENINGS = (
    "{first} has worked as a physiotherapist for {years} years.",
    "{first} trained in the north and has treated patients for {years} years.",
    "After {years} years in hospitals and clinics, {first} now works in the community.",
    "{first} came to physiotherapy after an injury, {years} years ago.",
)
_WAYS = (
    "The first appointment is for listening and a careful examination.",
    "You leave each appointment with two or three exercises and a clear plan.",
    "Treatment starts from what you want to do again.",
    "Explanations come before treatment, and nothing is done without your yes.",
)
_NEURO_WAYS = (
    "Much of the work is with people after a stroke, or with Parkinson's or multiple sclerosis.",
    "Walking, balance and getting up safely are the usual aims.",
    "Family and carers are welcome to take part.",
)
_FIRST_STATEMENT = date(2025, 1, 1)
_ACCESS_NOTES = (
    "Ring the bell at the side door.",
    "The ramp is at the back of the building.",
    "The nearest bay is round the corner.",
    "Call us and we meet you at the door.",
)
# Those met most often beside English.
_COMMON = {
    Language.ARABIC,
    Language.BENGALI,
    Language.BSL,
    Language.FRENCH,
    Language.GUJARATI,
    Language.HINDI,
    Language.ITALIAN,
    Language.POLISH,
    Language.PORTUGUESE,
    Language.PUNJABI,
    Language.ROMANIAN,
    Language.SPANISH,
    Language.URDU,
}
_OTHER_LANGUAGES = [language for language in Language if language != Language.ENGLISH]
_LANGUAGE_WEIGHTS = [6 if language in _COMMON else 1 for language in _OTHER_LANGUAGES]
# Most people with a private policy have one of the first four.
_INSURER_CHANCES = {
    Insurer.BUPA: 0.8,
    Insurer.AXA: 0.75,
    Insurer.AVIVA: 0.6,
    Insurer.VITALITY: 0.55,
    Insurer.WPA: 0.4,
    Insurer.CIGNA: 0.3,
    Insurer.HEALIX: 0.2,
    Insurer.SIMPLYHEALTH: 0.2,
}
_NEURO = {"stroke-recovery", "parkinsons", "multiple-sclerosis", "vertigo"}
_VESTIBULAR = {"vertigo"}
# Of the other conditions, which are of muscles, joints and backs.
_FEWEST, _MOST = 6, 14


def landline(postcode: str, index: int) -> str:
    area = "".join(letter for letter in postcode.partition(" ")[0][:2] if letter.isalpha())
    return f"{_DRAMA_BY_AREA.get(area, _ANYWHERE)}{index % 1000:03}"


def mobile(index: int) -> str:
    return f"{_MOBILE}{index % 1000:03}"


def specialisms(neuro: bool, pick: random.Random) -> list[str]:
    others = [value for value in Specialism.values if value != Specialism.NEURO]
    if neuro:
        chosen = {Specialism.NEURO.value, *pick.sample(("older-people", "vestibular", "amputee"), k=1)}
        chosen |= {Specialism.MUSCULOSKELETAL.value} if pick.random() < 0.3 else set()
    else:
        chosen = {Specialism.MUSCULOSKELETAL.value, *pick.sample(others, k=pick.randint(0, 2))}
    return [value for value in Specialism.values if value in chosen]


def languages(pick: random.Random) -> list[str]:
    chosen = {Language.ENGLISH}
    if pick.random() < 0.3:
        chosen |= {*pick.choices(_OTHER_LANGUAGES, _LANGUAGE_WEIGHTS, k=pick.randint(1, 2))}
    return [language.value for language in Language if language in chosen]


def biography(first: str, neuro: bool, pick: random.Random) -> str:
    opening = pick.choice(_OPENINGS).format(first=first, years=pick.randint(3, 32))
    ways = pick.sample(_NEURO_WAYS if neuro else _WAYS, k=2)
    return f"<p>{opening} {ways[0]}</p><p>{ways[1]}</p>"


def offers(neuro: bool, visits: bool, pick: random.Random) -> dict[str, Any]:
    """When and how somebody sees patients, and what it costs: fields of a physiotherapist."""
    fee = pick.choice((35, 35, 38, 40, 40, 45, 45, 48, 50, 50, 55, 55, 60, 60, 65, 65, 70, 75, 80, 90))
    is_online, tells_fees = pick.random() < 0.35, pick.random() < 0.92
    return {
        "online": is_online,
        "evenings": pick.random() < 0.45,
        "weekends": pick.random() < 0.2,
        "insurers": _insurers(pick),
        "hoist_at_home": visits and pick.random() < (0.3 if neuro else 0.06),
        "fee_first": Decimal(fee) if tells_fees else None,
        "fee_follow_up": Decimal(fee - pick.choice((0, 5, 10))) if tells_fees else None,
        "fee_online": Decimal(fee - pick.choice((0, 5, 10))) if tells_fees and is_online else None,
        # Some ask more for coming, some for the way, some for neither.
        "fee_home": Decimal(fee + pick.choice((5, 10, 15, 20)))
        if tells_fees and visits and pick.random() < 0.6
        else None,
        "visit_fee": Decimal(pick.choice((0, 5, 8, 10, 12, 15)))
        if tells_fees and visits and pick.random() < 0.7
        else None,
    }


def _insurers(pick: random.Random) -> list[str]:
    if pick.random() < 0.35:
        return []
    return [insurer.value for insurer in Insurer if pick.random() < _INSURER_CHANCES[insurer]]


def access(pick: random.Random) -> dict[str, Any]:
    """What was stated about the way into a clinic: nothing about one in ten, and much is never stated."""
    if pick.random() < 0.1:
        return {}
    parking = pick.choices([*Parking.values, ""], (35, 15, 35, 10, 5))[0]
    walked = parking in {Parking.OWN, Parking.BAY, Parking.STREET}
    return {
        "access_stated_on": _FIRST_STATEMENT + timedelta(days=pick.randrange(365)),
        "steps": pick.choices((0, 1, 2, 4, 12, None), (55, 15, 10, 7, 5, 8))[0],
        "inside": pick.choices([*Inside.values, ""], (60, 12, 20, 8))[0],
        "door_cm": pick.choice((68, 70, 72, 75, 76, 77, 80, 82, 85, 90, 100, None)),
        "parking": parking,
        "parking_metres": pick.choice((5, 10, 15, 20, 30, 50, 80, 120, None)) if walked else None,
        "hoist": pick.choices((True, False, None), (4, 66, 30))[0],
        "hearing_loop": pick.choices((True, False, None), (20, 45, 35))[0],
        "quiet_room": pick.choices((True, False, None), (25, 35, 40))[0],
        "access_note": pick.choice(_ACCESS_NOTES) if pick.random() < 0.15 else "",
    }


def conditions_treated(specialisms: list[str], slugs: Iterable[str], pick: random.Random) -> set[str]:
    """Of these conditions those that fit what somebody works in: a few of many, as people list them."""
    held, treated = set(slugs), set()
    neuro, others = sorted(held & _NEURO), sorted(held - _NEURO)
    if Specialism.NEURO in specialisms and neuro:
        treated |= {*pick.sample(neuro, k=pick.randint(1, max(1, len(neuro) - 1)))}
    if Specialism.VESTIBULAR in specialisms:
        treated |= held & _VESTIBULAR
    if Specialism.MUSCULOSKELETAL in specialisms:
        treated |= {*pick.sample(others, k=min(len(others), pick.randint(_FEWEST, _MOST)))}
    return treated

"""What is known of a clinic and of a person, in words, for the profile and for comparing.

What nobody stated is never told as a no: a person who needs a hoist plans their day by it.
"""

from decimal import Decimal
from typing import NamedTuple
from urllib.parse import quote

from directory.choices import Inside, Parking
from directory.models import Clinic, Physiotherapist
from directory.wording import miles
from places.postcodes import read_code
from places.towns import town_of_outward


class Fact(NamedTuple):
    """``told`` is "" where nobody stated it. ``missing`` is what a reader still has to ask for."""

    name: str
    told: str
    missing: str = ""


class Link(NamedTuple):
    name: str
    address: str


def access_of(clinic: Clinic) -> list[Fact]:
    """Every kind of fact about getting in, always in this order, known or not."""
    return [
        _fact("Way in", _steps(clinic.steps)),
        _fact("Way to the rooms", Inside(clinic.inside).label if clinic.inside else ""),
        _fact("Narrowest door", f"{clinic.door_cm} cm wide" if clinic.door_cm else ""),
        _parking(clinic),
        _fact("Hoist", _yes_or_no(clinic.hoist)),
        _fact("Hearing loop", _yes_or_no(clinic.hearing_loop)),
        _fact("Quiet room to wait in", _yes_or_no(clinic.quiet_room)),
    ]


def _fact(name: str, told: str) -> Fact:
    return Fact(name, told, "" if told else name.lower())


def _steps(number: int | None) -> str:
    if number is None:
        return ""
    return "Step-free" if number == 0 else f"{number} step{_s(number)}"


def _parking(clinic: Clinic) -> Fact:
    kind = Parking(clinic.parking).label if clinic.parking else ""
    metres = clinic.parking_metres
    if clinic.parking == Parking.NONE:
        return Fact("Parking", kind)
    if metres is None:
        return Fact("Parking", kind, "how far the parking is from the door" if kind else "parking")
    away = f"{metres} metre{_s(metres)} from the door"
    return Fact("Parking", f"{kind}, {away}") if kind else Fact("Parking", away, "kind of parking")


def _yes_or_no(value: bool | None) -> str:
    return {True: "Yes", False: "No", None: ""}[value]


def _s(number: int) -> str:
    return "" if number == 1 else "s"


def directions_to(clinic: Clinic) -> list[Link]:
    """Addresses at outside maps. They are told the clinic, never where a reader is."""
    to = quote(_destination(clinic), safe=",")
    return [
        Link("OpenStreetMap", f"https://www.openstreetmap.org/directions?to={to}"),
        Link("Google Maps", f"https://www.google.com/maps/dir/?api=1&destination={to}"),
        Link("Apple Maps", f"https://maps.apple.com/?daddr={to}"),
    ]


def _destination(clinic: Clinic) -> str:
    if has_own_point(clinic):
        return f"{clinic.latitude:.5f},{clinic.longitude:.5f}"
    return f"{clinic.address}, {clinic.postcode}"


def has_own_point(clinic: Clinic) -> bool:
    """Where we hold no postcodes the point is the middle of a town; the address leads to the door."""
    code = read_code(clinic.postcode)
    return clinic.pin_by_hand or not code or code.outward not in town_of_outward()


def fees_of(person: Physiotherapist) -> list[Fact]:
    """Every kind of fee, always in this order; what they do not offer is not missing."""
    visits, online = person.home_visits, person.online
    in_all = person.price_of_visit if person.visit_fee else None
    return [
        _fee("First appointment", person.fee_first),
        _fee("Follow-up appointment", person.fee_follow_up),
        _fee("Online appointment", person.fee_online, online),
        _fee("Home visit", person.fee_home, visits),
        _fee("Travel fee for a home visit", person.visit_fee, visits),
        _fee("First home visit in all", in_all, visits and in_all is not None),
    ]


def _fee(name: str, amount: Decimal | None, is_offered: bool = True) -> Fact:
    if not is_offered:
        return Fact(name, "")
    return _fact(name, "" if amount is None else pounds(amount))


def pounds(amount: Decimal) -> str:
    return f"£{amount:,.2f}".removesuffix(".00") if amount else "Nothing to pay"


def tags_of(person: Physiotherapist) -> list[str]:
    return [
        *(["Neuro physiotherapy"] if person.is_neuro else []),
        *(["Home visits"] if person.home_visits else []),
        *([person.get_gender_display()] if person.gender else []),
        *ways_to_meet(person),
    ]


def ways_to_meet(person: Physiotherapist) -> list[str]:
    return [
        *(["Online appointments"] if person.online else []),
        *(["Evenings (after 6 pm)"] if person.evenings else []),
        *(["Weekends"] if person.weekends else []),
    ]


def visits_of(person: Physiotherapist, area: str) -> str:
    """``Within 10 miles of LS2``; "" for somebody who visits nobody."""
    if not person.home_visits:
        return ""
    return f"within {miles(person.visit_miles or 0)} of {area or 'their base'}"


def base_area(person: Physiotherapist) -> str:
    """As much of a base's postcode as readers may see: the whole of it may be where somebody lives."""
    code = read_code(person.visit_postcode)
    return code.outward if code else ""

from decimal import Decimal
from typing import NamedTuple

from directory.choices import Language
from directory.facts import pounds
from directory.models import Clinic, Physiotherapist, SearchPoint
from directory.nearest import Match
from directory.soonest import Asked, Booking, are_known, bookings_of
from directory.wording import miles


class Card(NamedTuple):
    """A result as it is shown: ``clinic`` is None where the distance is that from a visits' base.

    ``miles`` is to a tenth, but from a base to a whole mile: it is often the visitor's own home, which a
    few searches with tenths would find. ``booking`` is None for who takes no bookings on the site;
    ``shows_times`` where anybody does.
    """

    person: Physiotherapist
    clinic: Clinic | None
    miles: float
    booking: Booking | None = None
    shows_times: bool = False

    @property
    def soonest(self) -> str:
        """The next free time, and where unless that is where the card says."""
        if not self.booking or not self.booking.times:
            return ""
        first = self.booking.times[0]
        is_elsewhere = self.clinic and first.clinic_id not in {None, self.clinic.pk}
        return f"{first.told}, at another clinic" if is_elsewhere else first.told

    @property
    def is_booked_elsewhere(self) -> bool:
        """By getting in touch."""
        return self.shows_times and not self.soonest

    @property
    def phone(self) -> str:
        return self.person.phone or (self.clinic.phone if self.clinic else "")

    @property
    def distance(self) -> str:
        if self.clinic:
            return f"{self.miles:.1f} {'mile' if self.miles == 1 else 'miles'}"
        return f"About {miles(round(self.miles))}" if self.miles else "Less than a mile"

    @property
    def is_step_free(self) -> bool:
        return self.clinic is not None and self.clinic.is_wheelchair_accessible

    @property
    def has_hoist(self) -> bool:
        return bool(self.clinic.hoist) if self.clinic else self.person.hoist_at_home

    @property
    def price(self) -> str:
        """Of a first appointment there, or of a visit, as far as it is stated; else ""."""
        person = self.person
        if self.clinic:
            return _priced("First appointment", person.fee_first)
        if person.price_of_visit is not None:
            return f"{_priced('Home visit', person.price_of_visit)}, travel included"
        return f"{_priced('Home visit', person.fee_home)}, travel fee not stated" if person.fee_home else ""

    @property
    def other_languages(self) -> list[str]:
        return [name for name in self.person.language_names if name != Language.ENGLISH.label]


def _priced(name: str, amount: Decimal | None) -> str:
    if amount is None:
        return ""
    return f"{name} {pounds(amount)}" if amount else f"{name}: {pounds(amount).lower()}"


def cards_of(matches: list[Match], asked: Asked | None = None) -> list[Card]:
    """One query for people and clinics together, and those of their bookings. ``asked``: where an
    appointment must be."""
    ids = [match.physiotherapist_id for match in matches]
    listed = Physiotherapist.objects.listed().filter(pk__in=ids)
    points = SearchPoint.objects.filter(physiotherapist__in=listed)
    points = points.select_related("physiotherapist", "clinic").defer("physiotherapist__biography")
    shown = {(point.physiotherapist_id, point.clinic_id): point for point in points}
    people = {point.physiotherapist_id: point.physiotherapist.slug for point in shown.values()}
    bookings = bookings_of(people, asked or Asked())
    return [
        Card(
            point.physiotherapist,
            point.clinic,
            round(match.miles, 1 if point.clinic else 0),
            bookings.get(match.physiotherapist_id),
            are_known(),
        )
        for match in matches
        # Somebody who was unlisted between the two queries is left out.
        if (point := shown.get((match.physiotherapist_id, match.clinic_id)))
    ]

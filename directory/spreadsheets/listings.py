"""The columns of the two sheets, and what is special about each kind of listing."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Count

from directory.choices import Gender, Inside, Insurer, Language, Parking, Specialism
from directory.history import successors
from directory.models import Clinic, Physiotherapist, a_year_after
from directory.models.duplicates import Kind
from directory.search_table import hold_clinics, lock
from directory.spreadsheets.at_hand import (
    Clinics,
    Reference,
    Slugs,
    clinics_named,
    condition_slugs,
    links_of,
    name_key,
    reference_to,
    references,
)
from directory.spreadsheets.cells import (
    Day,
    Degrees,
    OneOf,
    Pounds,
    SeveralOf,
    Telephone,
    WebAddress,
    WholeNumber,
    Words,
    YesNo,
    nearest,
    plain,
    shortened,
    text_of,
)
from directory.spreadsheets.resource import Column, Draft, ListingResource
from directory.spreadsheets.sheet import Sheet
from places.locate import Place

_LARGEST_ID = 10**15
_POINT = ("latitude", "longitude")
_YES_NO = "yes or no"
_YES_NO_UNKNOWN = "yes, no, or empty for not known"
_DATE = "2026-01-31 or 31/01/2026"
_POUNDS = "pounds, such as 45 or 45.50"


def _codes(choices: Any) -> str:
    return "; ".join(str(label) for label in choices.labels)


class IdColumn(Column):
    """Exported, so that a clinic can be renamed; it is never set."""

    def put(self, draft: Draft, cell: Any, resource: ListingResource) -> None:
        pass


class PointColumn(Column):
    """Only of a pin that was set by hand; the postcode's point is worked out."""

    def get_value(self, instance: Any) -> Any:
        return getattr(instance, self.attribute) if instance.pin_by_hand else None

    def words(self, draft: Draft, values: dict[str, Any], resource: ListingResource) -> str:
        return super().words(draft, values, resource) if values["pin_by_hand"] else ""


class ClinicResource(ListingResource):
    needed: ClassVar[list[str]] = ["Name", "Postcode"]
    postcodes: ClassVar[list[str]] = ["postcode"]

    id = IdColumn("ID", WholeNumber(most=_LARGEST_ID), "as exported; empty for a new clinic")
    name = Column("Name", Words())
    address = Column("Address", Words(), "number, street and town, without the postcode")
    postcode = Column("Postcode", Words())
    phone = Column("Telephone", Telephone())
    pin_by_hand = Column("Pin set by hand", YesNo(), "yes to use the latitude and longitude that follow")
    latitude = PointColumn("Latitude", Degrees(), "degrees, such as 53.7967")
    longitude = PointColumn("Longitude", Degrees(), "degrees, such as -1.5478")
    access_stated_on = Column("Access stated on", Day(), _DATE)
    steps = Column("Steps at the way in", WholeNumber(), "0 for a step-free way in")
    inside = Column("Way to the rooms", OneOf(Inside), _codes(Inside))
    door_cm = Column("Narrowest door in cm", WholeNumber())
    parking = Column("Parking", OneOf(Parking), _codes(Parking))
    parking_metres = Column("Metres from the parking", WholeNumber())
    hoist = Column("Hoist", YesNo(may_be_unknown=True), _YES_NO_UNKNOWN)
    hearing_loop = Column("Hearing loop", YesNo(may_be_unknown=True), _YES_NO_UNKNOWN)
    quiet_room = Column("Quiet room", YesNo(may_be_unknown=True), _YES_NO_UNKNOWN)
    access_note = Column("More on access", Words())

    class Meta:
        model = Clinic
        name = "clinics"

    def look_up(self, rows: list[dict[str, Any]], lock: bool) -> None:
        texts = [plain(row.get("Postcode")) for row in rows]
        self.places.look_up(texts)
        ids = [pk for row in rows if (pk := _number(row.get("ID"))) is not None]
        postcodes = [code for text in texts for code in self.places.both(text)]
        self.known_clinics = Clinics(ids, postcodes, lock)

    def hold(self, people: set[int], clinics: set[int]) -> None:
        hold_clinics(clinics)

    def find(self, row: dict[str, Any]) -> Clinic | None:
        name, postcodes = plain(row.get("Name")), self.places.both(plain(row.get("Postcode")))
        try:
            pk = WholeNumber(_LARGEST_ID).clean(row.get("ID"))
            if pk is None:
                found = self.known_clinics.with_name(name, postcodes)
            else:
                found = self.known_clinics.with_id(pk, " Leave the ID empty for a new clinic.")
        except ValueError as error:
            raise ValidationError({"id": str(error)}) from error
        if found:
            self.once(found.pk, row, "clinic")
        if pk is None:
            # Also where a row of an earlier batch has made it since.
            self.once((name_key(name), postcodes[0]), row, "clinic")
        return found

    def settle(self, draft: Draft, row: dict[str, Any], errors: dict[str, list[str]]) -> None:
        clinic, before = draft.listing, draft.before
        if not clinic.pin_by_hand:
            for name in _POINT:
                given = getattr(clinic, name)
                if given is not None and given != before[name]:
                    errors.setdefault(name, []).append(
                        "Say yes under “Pin set by hand” to use it, or leave it empty."
                    )
                setattr(clinic, name, before[name])
            if draft.is_new or clinic.postcode != before["postcode"]:
                self._refuse_towns(clinic, errors)

    def _refuse_towns(self, clinic: Clinic, errors: dict[str, list[str]]) -> None:
        """Many rows of one island would all come to lie on its town hall."""
        place = self.places.locate(clinic.postcode)
        if isinstance(place, Place) and place.precision == "town":
            errors.setdefault("postcode", []).append(
                f"{place.note.partition('. ')[0]}. Say yes under “Pin set by hand”, and enter the latitude "
                "and longitude of the door."
            )

    def title_of(self, listing: Clinic) -> str:
        return str(listing)


class ConditionsColumn(Column):
    def put(self, draft: Draft, cell: Any, resource: Any) -> None:
        slugs = [slug.strip().casefold() for slug in text_of(cell).split(";")]
        chosen = []
        for slug in filter(None, slugs):
            if slug not in resource.conditions:
                likely = nearest(slug, list(resource.conditions))
                meant = f" Did you mean “{likely}”?" if likely else ""
                raise ValueError(
                    f"No condition page has the address “{shortened(slug)}”.{meant} Write the last part of "
                    "each page's address, with semicolons between them."
                )
            chosen.append(resource.conditions[slug])
        draft.links[self.attribute] = list(dict.fromkeys(chosen))

    def get_value(self, instance: Any) -> Any:
        return sorted(page.slug for page in instance.conditions_treated.all())

    def export(self, instance: Any, **kwargs: Any) -> str:
        return "; ".join(self.get_value(instance))

    def both_words(self, draft: Draft, resource: Any) -> tuple[str, str]:
        slugs = {pk: slug for slug, pk in resource.conditions.items()}
        return tuple(  # type: ignore[return-value]
            "; ".join(sorted(slugs.get(key, "") for key in keys)) for keys in draft.both_keys(self.attribute)
        )


class ClinicsColumn(Column):
    def put(self, draft: Draft, cell: Any, resource: Any) -> None:
        named = references(text_of(cell))
        draft.links[self.attribute] = clinics_named(
            named, resource.known_clinics, resource.places, draft.listing.sample
        )

    def export(self, instance: Any, **kwargs: Any) -> str:
        twice = kwargs.get("twice", frozenset())
        return "; ".join(
            reference_to(clinic, (clinic.name, clinic.postcode) not in twice)
            for clinic in instance.clinics.all()
        )

    def both_words(self, draft: Draft, resource: Any) -> tuple[str, str]:
        names = {pk: str(clinic) for pk, clinic in resource.known_clinics.by_id.items()}
        both = draft.both_keys(self.attribute)
        old, new = ("; ".join(sorted(names.get(key, f"ID {key}") for key in keys)) for keys in both)
        if old == new:
            # Two clinics of one name and postcode.
            old, new = ("; ".join(f"ID {key}" for key in sorted(keys)) for keys in both)
        return old, new


class PhysiotherapistResource(ListingResource):
    needed: ClassVar[list[str]] = ["HCPC number"]
    of_people: ClassVar[bool] = True
    link_names: ClassVar[list[str]] = ["clinics", "conditions_treated"]
    postcodes: ClassVar[list[str]] = ["visit_postcode"]
    not_cleaned: ClassVar[set[str]] = {"checked_by"}

    hcpc_number = Column("HCPC number", Words(), "tells who a row is about")
    name = Column("Name", Words())
    gender = Column("Gender", OneOf(Gender), _codes(Gender))
    listed = Column("Listed", YesNo(), _YES_NO)
    checked_on = Column("Registration checked on", Day(), _DATE)
    check_due_on = Column("Next check due", Day(), "empty for 12 months after the check")
    specialisms = Column("Specialisms", SeveralOf(Specialism), _codes(Specialism))
    conditions_treated = ConditionsColumn(
        "Conditions treated", Words(), "the last part of each page's address: low-back-pain; sciatica"
    )
    languages = Column("Languages", SeveralOf(Language), "English; British Sign Language")
    clinics = ClinicsColumn(
        "Clinics", Words(), "name and postcode of each: Aire Rooms, LS1 4AP; Foss House, YO1 7HH"
    )
    online = Column("Sees patients online", YesNo(), _YES_NO)
    evenings = Column("Evening appointments", YesNo(), _YES_NO)
    weekends = Column("Weekend appointments", YesNo(), _YES_NO)
    home_visits = Column("Home visits", YesNo(), _YES_NO)
    visit_postcode = Column("Base for home visits", Words(), "a postcode")
    visit_miles = Column("Visits homes within miles", WholeNumber(), "1 to 50")
    visit_fee = Column("Travel fee", Pounds(), _POUNDS)
    hoist_at_home = Column("Hoist at home", YesNo(), _YES_NO)
    phone = Column("Telephone", Telephone())
    email = Column("E-mail", Words())
    website = Column("Website", WebAddress())
    fee_first = Column("Fee for a first appointment", Pounds(), _POUNDS)
    fee_follow_up = Column("Fee for a follow-up", Pounds(), _POUNDS)
    fee_online = Column("Fee online", Pounds(), _POUNDS)
    fee_home = Column("Fee for a home visit", Pounds(), _POUNDS)
    insurers = Column("Insurers", SeveralOf(Insurer), _codes(Insurer))
    biography = Column("Biography", Words(several_lines=True), "text, or the HTML of the form")

    class Meta:
        model = Physiotherapist
        name = "physiotherapists"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.slugs = Slugs()
        self.conditions = condition_slugs()

    def look_up(self, rows: list[dict[str, Any]], lock: bool) -> None:
        numbers = [_hcpc(row) for row in rows]
        found = Physiotherapist.objects.filter(hcpc_number__in=numbers).order_by("pk")
        if lock:
            # Not against new rows that refer to them, such as what a patient says is wrong.
            found = found.select_for_update(no_key=True)
        self.people = {person.hcpc_number: person for person in found}
        ids = [person.pk for person in self.people.values()]
        self.link_rows = {name: links_of(Physiotherapist, name, ids) for name in self.link_names}
        named = [reference for row in rows for reference in _references(row.get("Clinics"))]
        self.places.look_up(
            [
                *(plain(row.get("Base for home visits")) for row in rows),
                # What a file without that column leaves as it is.
                *(person.visit_postcode for person in self.people.values() if person.home_visits),
                *(part.postcode for part in named),
            ]
        )
        linked = {key for rows_of in self.link_rows["clinics"].values() for key in rows_of}
        self.known_clinics = Clinics(
            linked | {part.pk for part in named if part.pk is not None},
            (code for part in named for code in self.places.both(part.postcode)),
        )
        new = [(plain(row.get("Name")), number) for row, number in zip(rows, numbers, strict=True)]
        self.slugs.look_up([(name, number) for name, number in new if number not in self.people])
        self.merged = _merged({number for number in numbers if number not in self.people})

    def hold(self, people: set[int], clinics: set[int]) -> None:
        lock(Physiotherapist, people)
        lock(Clinic, clinics)

    def find(self, row: dict[str, Any]) -> Physiotherapist | None:
        number = _hcpc(row)
        if not number:
            raise ValidationError({"hcpc_number": "Enter the HCPC number: it tells who the row is about."})
        self.once(number, row, "HCPC number")
        if number in self.merged:
            raise ValidationError(
                {"hcpc_number": f"{number} was merged into {self.merged[number]}. Delete the row."}
            )
        return self.people.get(number)

    def links_now(self, listing: Physiotherapist) -> dict[str, dict[int, int]]:
        return {name: dict(self.link_rows[name].get(listing.pk, {})) for name in self.link_names}

    def settle(self, draft: Draft, row: dict[str, Any], errors: dict[str, list[str]]) -> None:
        person = draft.listing
        is_new_check = person.checked_on != draft.before["checked_on"]
        if (
            person.checked_on
            and "check_due_on" not in errors
            and (person.check_due_on is None or (is_new_check and "Next check due" not in row))
        ):
            # As the form fills it in.
            person.check_due_on = a_year_after(person.checked_on)

    def complete(self, draft: Draft) -> None:
        person = draft.listing
        if draft.is_new:
            person.slug = self.slugs.new(person.name, person.hcpc_number)
        if person.checked_on != draft.before["checked_on"]:
            person.checked_by = self.user if person.checked_on else None

    def title_of(self, listing: Physiotherapist) -> str:
        return f"{listing.name}, {listing.hcpc_number}"

    def export(self, queryset: Any = None, **kwargs: Any) -> Any:
        linked = queryset.prefetch_related("clinics", "conditions_treated")
        return super().export(linked, twice=_clinics_twice(), **kwargs)


RESOURCES: list[type[ListingResource]] = [PhysiotherapistResource, ClinicResource]


def _number(cell: Any) -> int | None:
    try:
        return WholeNumber(_LARGEST_ID).clean(cell)
    except ValueError:
        return None


def _hcpc(row: dict[str, Any]) -> str:
    return plain(row.get("HCPC number")).strip().upper()


def _references(cell: Any) -> list[Reference]:
    try:
        return references(plain(cell))
    except ValueError:
        return []


def _merged(numbers: set[str]) -> dict[str, str]:
    """By HCPC number of somebody who is no more listed under it, into whom they were merged."""
    records = Physiotherapist.history.filter(hcpc_number__in=numbers)
    found = set(records.values_list("hcpc_number", "id"))
    kept = successors(Kind.PHYSIOTHERAPIST, {pk for _, pk in found})
    names = {
        person.pk: f"{person.name}, {person.hcpc_number}"
        for person in Physiotherapist.objects.filter(pk__in=kept.values())
    }
    return {number: names[kept[pk]] for number, pk in found if kept.get(pk) in names}


def _clinics_twice() -> frozenset[tuple[str, str]]:
    """Names and postcodes that several clinics share."""
    shared = Clinic.objects.order_by().values("name", "postcode").annotate(number=Count("pk"))
    return frozenset(shared.filter(number__gt=1).values_list("name", "postcode"))


def resource_for(sheet: Sheet) -> type[ListingResource]:
    """The kind of listing that the headings speak of."""
    given = {heading.casefold() for heading in sheet.headings}
    return max(
        RESOURCES, key=lambda kind: len(given & {column.column_name.casefold() for column in kind.columns()})
    )

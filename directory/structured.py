"""What a profile says of a person and of where they work, in schema.org's words."""

from conditions.json_ld import Data, known
from conditions.own_address import own_address
from directory.facts import has_own_point
from directory.models import Clinic, Physiotherapist

_COUNTRIES = {"JE": "JE", "GY": "GG", "IM": "IM"}


def person_data(person: Physiotherapist) -> list[Data]:
    """The person first. Nothing of invented people: a search engine would take them for real ones."""
    if person.sample:
        return []
    address = own_address(person.get_absolute_url())
    clinics = [clinic for clinic in person.clinics.all() if not clinic.sample]
    known_facts = known(
        name=person.name,
        jobTitle="Physiotherapist",
        url=address,
        mainEntityOfPage=address,
        identifier={"@type": "PropertyValue", "propertyID": "HCPC", "value": person.hcpc_number},
        knowsAbout=person.specialism_names,
        knowsLanguage=person.language_names,
        telephone=person.phone,
        email=person.email,
        sameAs=person.website,
        workLocation=[{"@id": _id_of(clinic)} for clinic in clinics],
    )
    return [{"@type": "Person", "@id": f"{address}#person"} | known_facts, *map(clinic_data, clinics)]


def clinic_data(clinic: Clinic) -> Data:
    postal = {
        "@type": "PostalAddress",
        "streetAddress": clinic.address,
        "postalCode": clinic.postcode,
        "addressCountry": _COUNTRIES.get(clinic.postcode[:2].upper(), "GB"),
    }
    facts = known(name=clinic.name, address=postal, telephone=clinic.phone, geo=_point(clinic))
    return {"@type": "Physiotherapy", "@id": _id_of(clinic)} | facts


def _point(clinic: Clinic) -> Data | None:
    """None where all that is known is the town's."""
    if not has_own_point(clinic):
        return None
    return {
        "@type": "GeoCoordinates",
        "latitude": round(clinic.latitude or 0, 5),
        "longitude": round(clinic.longitude or 0, 5),
    }


def _id_of(clinic: Clinic) -> str:
    """The same on the profile of everybody who works there."""
    return own_address(f"/#clinic-{clinic.pk}")

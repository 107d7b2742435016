"""What tests are made of: plain functions with defaults, each of which can be overridden."""

from itertools import count
from typing import Any

from conditions.models import Condition, ConditionArea, ConditionVersion, RedFlag
from conditions.versions import publish
from directory.models import Clinic, Physiotherapist
from places.locate import locate_postcode

_numbers = count(1)


def make_draft(slug: str = "", areas: tuple[str, ...] = ("upper-back",), **values: Any) -> ConditionVersion:
    """A draft of a new page, with one red flag, cause, treatment, section and source."""
    slug = slug or f"page-{next(_numbers)}"
    condition = Condition.objects.create(slug=slug)
    ConditionArea.objects.bulk_create(ConditionArea(condition=condition, area=area) for area in areas)
    words = {
        "title": slug.replace("-", " ").capitalize(),
        "summary": f"A summary of {slug}.",
        "overview": "<p>An overview.</p>",
        "symptoms": "<p>Some symptoms.</p>",
        "self_care": "<p>Some advice.</p>",
    } | values
    version = ConditionVersion.objects.create(condition=condition, **words)
    RedFlag.objects.create(
        version=version, position=1, urgency="emergency", heading="Call 999 if:", items="you have chest pain"
    )
    version.causes.create(position=1, title="A cause", body="<p>Why.</p>")
    version.treatments.create(position=1, name="A treatment", evidence="mixed", body="<p>How.</p>")
    version.sections.create(position=1, heading="In pregnancy", body="<p>Ask.</p>")
    version.sources.create(
        position=1, title="A source", publisher="A publisher", url="https://example.org/source"
    )
    return version


def make_page(slug: str = "", **values: Any) -> ConditionVersion:
    """A page that readers can see."""
    return publish(make_draft(slug, **values), by=None)


def make_clinic(postcode: str = "LS1 4AP", **values: Any) -> Clinic:
    number = next(_numbers)
    place = locate_postcode(postcode)
    defaults = {
        "name": f"Clinic {number}",
        "address": f"{number} Sample Street",
        "latitude": place.latitude,
        "longitude": place.longitude,
    }
    return Clinic.objects.create(postcode=postcode, **defaults | values)


def make_physiotherapist(
    clinics: tuple[Clinic, ...] = (), visits_from: str = "", visit_miles: int = 10, **values: Any
) -> Physiotherapist:
    """``visits_from``: the postcode of a base for home visits, which turns them on."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "name": f"Person {number}",
        "slug": f"person-{number}",
        "hcpc_number": f"PH{number}",
    }
    if visits_from:
        base = locate_postcode(visits_from)
        defaults |= {
            "home_visits": True,
            "visit_postcode": visits_from,
            "visit_miles": visit_miles,
            "visit_latitude": base.latitude,
            "visit_longitude": base.longitude,
        }
    person = Physiotherapist.objects.create(**defaults | values)
    person.clinics.set(clinics)
    return person

"""What tests are made of: plain functions with defaults, each of which can be overridden."""

from datetime import timedelta
from itertools import count
from typing import Any

from django.contrib.auth.models import Group, User
from django.utils import timezone

from conditions.models import Page, PageArea, RedFlagCard, Signature, Source, Version
from conditions.versions import publish, send_to_review, sign
from directory.models import Clinic, Physiotherapist
from places.locate import locate_postcode

_numbers = count(1)


def make_card(**values: Any) -> RedFlagCard:
    defaults = {
        "name": f"Card {next(_numbers)}",
        "urgency": "emergency",
        "heading": "Call 999 if:",
        "items": "you have chest pain",
    }
    return RedFlagCard.objects.create(**defaults | values)


def make_source(**values: Any) -> Source:
    number = next(_numbers)
    defaults = {
        "title": f"Source {number}",
        "publisher": "A publisher",
        "url": f"https://example.org/source-{number}",
    }
    return Source.objects.create(**defaults | values)


# What the form of a condition page has; make_draft makes them all but the related pages.
CONDITION_PARTS = ("red_flags", "causes", "treatments", "sections", "related_pages", "citations")


def add_other_parts(version: Version) -> None:
    """One of each kind that make_draft leaves out."""
    version.related_pages.create(position=1, page=make_page().page, difference="It is less sore.")
    version.exercises.create(
        position=1,
        name="Nod",
        purpose="To move.",
        how="<ol><li>Nod.</li></ol>",
        amount="Ten",
        stop="If sore.",
    )
    version.checklists.create(position=1, heading="Bring", items="A towel")
    version.tables.create(position=1, heading="Diary", columns="Day\nPain", rows="Monday")


def make_draft(
    slug: str = "", areas: tuple[str, ...] = ("upper-back",), kind: str = Page.Kind.CONDITION, **values: Any
) -> Version:
    """A draft of a new page, with a red flag, a cause, a treatment, a section and two sources."""
    slug = slug or f"page-{next(_numbers)}"
    page = Page.objects.create(kind=kind, slug=slug)
    PageArea.objects.bulk_create(PageArea(page=page, area=area) for area in areas)
    words = {
        "title": slug.replace("-", " ").capitalize(),
        "summary": f"A summary of {slug}.",
        "overview": "<p>An overview.</p>",
        "symptoms": "<p>Some symptoms.</p>",
        "self_care": "<p>Some advice.</p>",
    } | values
    version = Version.objects.create(page=page, **words)
    flag = version.red_flags.model(version=version, position=1, card=make_card())
    flag.copy_words()
    flag.save()
    version.causes.create(position=1, title="A cause", body="<p>Why.</p>")
    version.treatments.create(position=1, name="A treatment", evidence="mixed", body="<p>How.</p>")
    version.sections.create(position=1, heading="In pregnancy", body="<p>Ask.</p>")
    for position in (1, 2):
        version.citations.create(position=position, source=make_source())
    return version


def make_page(slug: str = "", **values: Any) -> Version:
    """A page that readers can see, published without a signature."""
    return publish(make_draft(slug, **values), by=None, unsigned=True)


def make_user(name: str, *groups: str) -> User:
    """Somebody who may sign in to the admin, in the groups of ``conditions.groups``."""
    # Without a password, whose hashing takes a quarter of a second: tests use force_login.
    user = User.objects.create_user(name, f"{name}@example.com", is_staff=True)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def make_signature(version: Version, by: User, **values: Any) -> Signature:
    """A valid signature under the words as they are; the version must be in review."""
    defaults = {
        "name": "Ann Example",
        "profession": "Physiotherapist",
        "registration_number": "PH999999",
        "checked": "All of it.",
        "next_review_on": timezone.localdate() + timedelta(days=365),
    }
    return sign(version, Signature(**defaults | values), by, version.revision)


def make_signed_page(slug: str, **values: Any) -> Version:
    """A page that readers can see, with a valid signature."""
    draft = make_draft(slug, **values)
    send_to_review(draft, None)
    draft.refresh_from_db()
    make_signature(draft, make_user(f"reviewer-of-{slug}", "Clinical reviewer"))
    return publish(Version.objects.get(pk=draft.pk), by=None)


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
        "checked_on": timezone.localdate(),
        "check_due_on": timezone.localdate() + timedelta(days=300),
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

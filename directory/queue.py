"""What of the directory waits for an editor: how many, the first few, and where all of them are."""

from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from conditions.queue import Item
from directory.models import Clinic, Correction, Physiotherapist
from directory.registration import State, in_state
from directory.retired import clinics_at_retired_postcodes, people_with_retired_bases

SHOWN = 10
# The lists' filter for those at a postcode that was retired.
RETIRED = "retired"


class Waiting(NamedTuple):
    """``items`` are the first ``SHOWN`` of ``number``; ``url`` leads to the list of all."""

    heading: str
    number: int
    items: list[Item]
    url: str


def listings_queue(user: User | AnonymousUser) -> list[Waiting]:
    """What the person's permissions let them do something about, without lists that are empty."""
    lists: list[Waiting] = []
    if user.has_perm("directory.change_physiotherapist"):
        people = Physiotherapist.objects.order_by("check_due_on", "name", "pk")
        lists += [
            _registrations("Registration lapsed, not shown any more", State.LAPSED, people),
            _registrations("Registration due within 30 days", State.DUE, people),
            _registrations("Registration never checked, not shown yet", State.NEVER, people),
        ]
        lists.append(_bases())
    if user.has_perm("directory.change_clinic"):
        lists.append(_clinics())
    if user.has_perm("directory.change_correction"):
        lists.append(_corrections())
    return [waiting for waiting in lists if waiting.number]


def _registrations(heading: str, state: State, people: QuerySet[Physiotherapist]) -> Waiting:
    found = in_state(people, state)
    items = [
        Item(
            person.name,
            reverse("admin:directory_physiotherapist_change", args=[person.pk]),
            f"{person.hcpc_number}, due by {date_format(person.check_due_on, 'j F Y')}"
            if person.check_due_on
            else person.hcpc_number,
        )
        for person in found.only("name", "hcpc_number", "check_due_on")[:SHOWN]
    ]
    url = reverse("admin:directory_physiotherapist_changelist") + f"?registration={state}"
    return Waiting(heading, found.count() if len(items) == SHOWN else len(items), items, url)


def _bases() -> Waiting:
    found = people_with_retired_bases()
    people = Physiotherapist.objects.filter(pk__in=found[:SHOWN]).order_by("name")
    items = [
        Item(
            person.name,
            reverse("admin:directory_physiotherapist_change", args=[person.pk]),
            person.visit_postcode,
        )
        for person in people
    ]
    url = reverse("admin:directory_physiotherapist_changelist") + f"?{RETIRED}=yes"
    return Waiting("Home visits from a postcode that we do not hold any more", len(found), items, url)


def _clinics() -> Waiting:
    found = clinics_at_retired_postcodes()
    clinics = Clinic.objects.filter(pk__in=found[:SHOWN]).order_by("name")
    items = [
        Item(clinic.name, reverse("admin:directory_clinic_change", args=[clinic.pk]), clinic.postcode)
        for clinic in clinics
    ]
    url = reverse("admin:directory_clinic_changelist") + f"?{RETIRED}=yes"
    return Waiting("Clinics at a postcode that we do not hold any more", len(found), items, url)


def _corrections() -> Waiting:
    found = Correction.objects.filter(dealt_with_at=None).order_by("created_at")
    items = [
        Item(
            str(correction),
            reverse("admin:directory_correction_change", args=[correction.pk]),
            f"since {date_format(timezone.localtime(correction.created_at), 'j F Y')}",
        )
        for correction in found.select_related("physiotherapist")[:SHOWN]
    ]
    url = reverse("admin:directory_correction_changelist") + "?state=open"
    return Waiting("Visitors say that it is wrong", found.count(), items, url)

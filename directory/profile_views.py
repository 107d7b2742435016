import re
from typing import Any

from django.db.models import Exists
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from conditions.models import Version
from directory.compare_views import compare_address
from directory.facts import access_of, base_area, directions_to, fees_of, pounds, tags_of, visits_of
from directory.models import Clinic, Physiotherapist
from directory.near import read_near
from directory.soonest import Asked, Booking, FreeTime, are_known, bookings_of
from directory.visiting import reach_of

TIMES_SHOWN = 6
_SLUG = re.compile(r"[a-z0-9-]{1,140}")


@require_safe
def profile(request: HttpRequest, slug: str) -> HttpResponse:
    person = listed_at(slug)
    if person.slug != slug:
        near = read_near(request)
        return HttpResponsePermanentRedirect(person.get_absolute_url() + (near.query if near else ""))
    treated = Version.objects.live().conditions().filter(page__in=person.conditions_treated.all())
    near = read_near(request)
    # For the red flags that are shown before a booking.
    condition = request.GET.get("condition", "")
    asked = Asked(condition=condition if _SLUG.fullmatch(condition) else "")
    booking = bookings_of({person.pk: person.slug}, asked, TIMES_SHOWN).get(person.pk)
    context = {
        "person": person,
        "shows_times": are_known(),
        "booking": booking,
        "times": _times(booking, list(person.clinics.all())),
        "near": near,
        "clinics": [_clinic(clinic) for clinic in person.clinics.all()],
        "treated": treated.order_by("title"),
        "tags": tags_of(person),
        "visits": visits_of(person, base_area(person)),
        "reach": reach_of(person),
        "travel_fee": "" if person.visit_fee is None else pounds(person.visit_fee),
        "fees": [fee for fee in fees_of(person) if fee.told],
        "compare_address": compare_address([person], near),
    }
    return render(request, "directory/profile.html", context)


def _times(booking: Booking | None, clinics: list[Clinic]) -> list[tuple[FreeTime, str]]:
    """Each with the name of its clinic, where there are several."""
    names = {clinic.pk: clinic.name for clinic in clinics} if len(clinics) > 1 else {}
    return [(time, names.get(time.clinic_id or 0, "")) for time in booking.times] if booking else []


def listed_at(slug: str) -> Physiotherapist:
    """Whoever may be shown at an address, or had it before. Raises Http404."""
    listed = Physiotherapist.objects.listed().prefetch_related("clinics")
    if person := listed.filter(slug=slug).first():
        return person
    # An address that is somebody else's today leads to nobody who had it before.
    taken = Physiotherapist.objects.filter(slug=slug)
    return get_object_or_404(listed.filter(~Exists(taken)), former_profiles__slug=slug)


def _clinic(clinic: Clinic) -> dict[str, Any]:
    facts = access_of(clinic)
    return {
        "clinic": clinic,
        "facts": [fact for fact in facts if fact.told],
        "missing": [fact.missing for fact in facts if fact.missing],
        "directions": directions_to(clinic),
    }

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
from directory.visiting import reach_of


@require_safe
def profile(request: HttpRequest, slug: str) -> HttpResponse:
    person = listed_at(slug)
    if person.slug != slug:
        near = read_near(request)
        return HttpResponsePermanentRedirect(person.get_absolute_url() + (near.query if near else ""))
    treated = Version.objects.live().conditions().filter(page__in=person.conditions_treated.all())
    near = read_near(request)
    context = {
        "person": person,
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

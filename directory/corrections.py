"""A visitor's note that a profile is wrong: no account, no name, no e-mail address, no cookie.

The form has no CSRF token. A token guards what a signed-in browser may do, and here nobody is signed
in: whoever makes another's browser send this form gains no more than by sending it themselves, but for
that person's share of the rate limit. So a browser that says that the form stands on another site is
refused, which needs no cookie. (Django's own token would set one.)
"""

from datetime import timedelta

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from directory.models import Correction, Physiotherapist
from directory.profile_views import listed_at
from directory.visitors import is_from_elsewhere, tries

HOUR = 3600
# In an hour: several from one address, which a hospital's patients may share, and about one profile.
PER_VISITOR = 5
PER_PROFILE = 20
LONGEST = 2000

FROM_ELSEWHERE = "We could not send your note. Press the button again."
VISITOR_SENT_ENOUGH = f"We take {PER_VISITOR} notes an hour from one place. Wait an hour, then send it again."
PROFILE_HAS_ENOUGH = "Many people have told us about this profile now. Wait an hour, then send it again."


class MessageField(forms.CharField):
    """Counted as its reader would: browsers send each line break as two characters."""

    def to_python(self, value: object) -> str:
        return (super().to_python(value) or "").replace("\x00", "").replace("\r\n", "\n").strip()


class CorrectionForm(forms.Form):
    about = forms.ChoiceField(
        choices=Correction.About,
        error_messages={"required": "Choose what is wrong.", "invalid_choice": "Choose what is wrong."},
    )
    message = MessageField(error_messages={"required": "Write what is wrong, and what is right if you know."})
    # People never see it; programs that fill in every field do.
    topic = forms.CharField(required=False)

    def clean_message(self) -> str:
        message = self.cleaned_data["message"]
        if len(message) > LONGEST:
            raise forms.ValidationError(
                f"Your note is {len(message):,} characters long. Shorten it to {LONGEST:,}."
            )
        return message


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def correction(request: HttpRequest, slug: str) -> HttpResponse:
    person = listed_at(slug)
    if request.method != "POST":
        if person.slug != slug:
            return HttpResponsePermanentRedirect(reverse("directory:correction", args=[person.slug]))
        return _page(request, person, CorrectionForm())
    form = CorrectionForm(request.POST)
    if is_from_elsewhere(request):
        return _page(request, person, form, FROM_ELSEWHERE, status=403)
    if request.POST.get("topic"):
        return _thanks(person)
    if not form.is_valid():
        return _page(request, person, form)
    if _too_many_about(person):
        return _page(request, person, form, PROFILE_HAS_ENOUGH, status=429)
    if tries(request, "correction", HOUR) > PER_VISITOR:
        return _page(request, person, form, VISITOR_SENT_ENOUGH, status=429)
    Correction.objects.create(
        physiotherapist=person, about=form.cleaned_data["about"], message=form.cleaned_data["message"]
    )
    return _thanks(person)


@require_safe
def thanks(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "directory/correction_sent.html", {"person": listed_at(slug)})


def _page(
    request: HttpRequest, person: Physiotherapist, form: CorrectionForm, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {"person": person, "form": form, "problem": problem, "longest": LONGEST}
    response = render(request, "directory/correction.html", context, status=status)
    if status == 429:
        response.headers["Retry-After"] = str(HOUR)
    return response


def _thanks(person: Physiotherapist) -> HttpResponse:
    return HttpResponseRedirect(reverse("directory:correction-sent", args=[person.slug]))


def _too_many_about(person: Physiotherapist) -> bool:
    since = timezone.now() - timedelta(seconds=HOUR)
    return person.corrections.filter(created_at__gt=since).count() >= PER_PROFILE

"""Seeing a draft as readers would: by a signed link, without an account, for two weeks."""

from datetime import timedelta
from typing import Any

from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conditions.models import Version
from conditions.views import TEMPLATES, page_context

LINK_AGE = timedelta(days=14)
_signer = TimestampSigner(salt="conditions.preview")


def link_to(version: Version) -> str:
    """The path of a link that anybody who has it can open for ``LINK_AGE``."""
    return reverse("preview", args=[_signer.sign(str(version.pk))])


def rendered(request: HttpRequest, version: Version, **context: Any) -> HttpResponse:
    """The version in the page's own template, marked as a preview, never indexed and never kept."""
    response = render(
        request, TEMPLATES[version.page.kind], page_context(version) | {"is_preview": True} | context
    )
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "no-store"
    # The address is the key to the draft: a source that is followed from it must not be told.
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
@never_cache
def shared(request: HttpRequest, token: str) -> HttpResponse:
    try:
        pk = _signer.unsign(token, max_age=LINK_AGE)
    except SignatureExpired:
        return _gone(request, "This link has expired. Links to drafts work for 14 days.")
    except BadSignature:
        raise Http404 from None
    version = Version.objects.filter(pk=pk).select_related("page").first()
    if version is None:
        return _gone(request, "This draft has been deleted.")
    if version.status == Version.Status.WITHDRAWN:
        return _gone(request, "This version has been withdrawn.")
    return rendered(request, version)


def _gone(request: HttpRequest, why: str) -> HttpResponse:
    response = render(request, "conditions/preview_gone.html", {"why": why}, status=410)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response

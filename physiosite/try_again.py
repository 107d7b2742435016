"""The page for a request that may be sent again later: nothing that was typed is lost."""

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string

# Passwords and codes are typed again.
_NEVER_SHOWN = ("password", "otp")


def try_again(request: HttpRequest, status: int, heading: str, words: str, seconds: int) -> HttpResponse:
    """It leans on nothing that may be broken, and is for whoever sent the request alone."""
    is_form = request.method not in {"GET", "HEAD"}
    context = {
        "heading": heading,
        "words": words,
        "typed": _typed(request) if is_form else [],
        "is_form": is_form,
        "address": request.get_full_path(),
    }
    headers = {
        "Retry-After": str(seconds),
        "Cache-Control": "private, no-store",
        # The address may be the key to an appointment.
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
    }
    return HttpResponse(render_to_string("try_again.html", context), status=status, headers=headers)


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Nothing where a file was sent, which no page can hold."""
    try:
        if request.FILES:
            return []
        fields = [(name, str(value)) for name, values in request.POST.lists() for value in values]
    except (OSError, BadRequest, SuspiciousOperation, MultiPartParserError):
        return []
    if any(hidden in name.lower() for name, _ in fields for hidden in _NEVER_SHOWN):
        return []
    return fields

"""/.well-known/security.txt: whom to tell of a hole in the site (RFC 9116)."""

from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from conditions.own_address import own_address

# The standard advises less than a year.
MONTHS_VALID = 7


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {expires(timezone.now()):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {own_address(reverse('security-txt'))}",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def expires(now: datetime) -> datetime:
    """The start of a month, so that the file changes once a month: over half a year from now."""
    now = now.astimezone(UTC)
    months = now.year * 12 + now.month - 1 + MONTHS_VALID
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)

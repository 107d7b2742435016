from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

PUBLIC_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self'",
    "media-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
# Django's own admin draws its small pictures from its style sheets.
ADMIN_POLICY = PUBLIC_POLICY | {"img-src": "'self' data:"}
# The one style sheet that django-prose-editor writes into its page, as tests/test_admin_policy.py reckons it.
PROSE_EDITOR_STYLE = "'sha256-PlumsSlvJ7vvWzjqibGAYKq92O3y/4JTxWWsWJvyUYA='"
PERMISSIONS = "camera=(), microphone=(), payment=(), usb=(), geolocation=(self)"


def _written(policy: dict[str, str]) -> str:
    return "; ".join(f"{directive} {sources}" for directive, sources in policy.items())


def with_prose_editor(nonce: str) -> dict[str, str]:
    """The admin's policy for a form with django-prose-editor (``conditions.prose`` says why)."""
    return ADMIN_POLICY | {
        "script-src": f"'self' 'nonce-{nonce}'",
        "style-src": f"'self' {PROSE_EDITOR_STYLE}",
    }


def security_headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    admin_prefix = f"/{settings.ADMIN_PATH}"

    def policy_for(request: HttpRequest, response: HttpResponse) -> dict[str, str]:
        if nonce := getattr(response, "script_nonce", ""):
            return with_prose_editor(nonce)
        if host := getattr(response, "media_host", ""):
            # An episode of the podcast whose audio lies elsewhere.
            return PUBLIC_POLICY | {"media-src": f"'self' {host}"}
        return ADMIN_POLICY if request.path_info.startswith(admin_prefix) else PUBLIC_POLICY

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if settings.DEBUG and response.status_code in {404, 500}:
            # Django's own pages for developers have their styles inline.
            return response
        response.headers.setdefault("Content-Security-Policy", _written(policy_for(request, response)))
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        # Podcast apps that run in a browser show the podcast's cover on their own pages.
        is_cover = request.path_info.startswith(f"{settings.STATIC_URL}img/podcast-cover.")
        origin = "cross-origin" if is_cover else "same-origin"
        response.headers.setdefault("Cross-Origin-Resource-Policy", origin)
        return response

    return middleware

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

PUBLIC_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
# The editors' text widget (django-prose-editor) loads its modules through an inline import map,
# and sets style attributes; Django's own admin needs neither.
ADMIN_POLICY = PUBLIC_POLICY | {
    "script-src": "'self' 'unsafe-inline'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
}
PERMISSIONS = "camera=(), microphone=(), payment=(), usb=(), geolocation=(self)"


def _written(policy: dict[str, str]) -> str:
    return "; ".join(f"{directive} {sources}" for directive, sources in policy.items())


def security_headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    admin_prefix = f"/{settings.ADMIN_PATH}"
    public, admin = _written(PUBLIC_POLICY), _written(ADMIN_POLICY)

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if settings.DEBUG and response.status_code in {404, 500}:
            # Django's own pages for developers have their styles inline.
            return response
        is_admin = request.path_info.startswith(admin_prefix)
        response.headers.setdefault("Content-Security-Policy", admin if is_admin else public)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware

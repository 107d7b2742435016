"""How often one visitor may search and send forms: far more than a person does, or a hospital whose patients
share an address. Bookings and corrections have limits of their own beside these."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from directory.visitors import tries
from physiosite.try_again import try_again

SECONDS = 60
# With each key that is pressed another one is sent.
TYPE_AHEADS_A_SEARCH = 4
_SEARCHES = {"search", "directory:search", "directory:compare"}
_TYPE_AHEADS = {"search-suggestions", "places:suggestions"}


def is_searching_too_often(request: HttpRequest) -> bool:
    """Counts this search too."""
    return tries(request, "search", SECONDS) > settings.SEARCHES_PER_MINUTE


class Limits:
    """Middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *args: Any) -> HttpResponse | None:
        match = request.resolver_match
        name = match.view_name if match else ""
        if request.method not in {"GET", "HEAD"}:
            # Sign-in has limits of its own, and who has signed in is known.
            is_admins = request.path_info.startswith(f"/{settings.ADMIN_PATH}")
            if not is_admins and tries(request, "form", SECONDS) > settings.FORMS_PER_MINUTE:
                return _too_many(request, "Many forms were sent from where you are.")
        elif name in _SEARCHES and request.GET and is_searching_too_often(request):
            return _too_many(request, "Many searches were made from where you are.")
        elif name in _TYPE_AHEADS:
            most = settings.SEARCHES_PER_MINUTE * TYPE_AHEADS_A_SEARCH
            if tries(request, "type-ahead", SECONDS) > most:
                return _too_many(request, "Many searches were made from where you are.")
        return None


def _too_many(request: HttpRequest, words: str) -> HttpResponse:
    return try_again(request, 429, "Wait a minute", f"{words} Wait a minute, then try again.", SECONDS)

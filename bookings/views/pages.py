"""What all pages of a booking have in common."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

NOT_KEPT = "no-store, private"
# With nobody's details in it: a browser may show it again, with what was typed, when somebody goes back.
NOT_SHARED = "private, no-cache"
FROM_ELSEWHERE = "We could not take that. Press the button again."


def with_token(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For pages whose address lets whoever has it do something: nothing of them is kept, found or told.

    They need no CSRF token: nobody can send their form who does not know the address.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", NOT_KEPT)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return csrf_exempt(wrapped)


def known(value: Any) -> Any:
    """Raises Http404 for None: what an altered address leads to is told to nobody."""
    if value is None:
        raise Http404
    return value

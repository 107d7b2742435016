from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from simple_history.middleware import HistoryRequestMiddleware


class SiteAdmin(admin.AdminSite):
    site_header = "The Physiotherapy Site"
    site_title = "The Physiotherapy Site: editors"
    index_title = "What would you like to change?"
    site_url = "/"

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return super().admin_view(_known_to_history(view), cacheable)


def _known_to_history(view: Callable[..., Any]) -> Callable[..., Any]:
    """Histories tell who is signed in. Here and not for the whole site, so that no public page asks."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HistoryRequestMiddleware(lambda request: view(request, *args, **kwargs))(request)

    return inner

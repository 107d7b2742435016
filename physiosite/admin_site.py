from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from simple_history.middleware import HistoryRequestMiddleware

from physiosite.accounts import sessions


class SiteAdmin(admin.AdminSite):
    site_header = "The Physiotherapy Site"
    site_title = "The Physiotherapy Site: editors"
    index_title = "What would you like to change?"
    site_url = "/"

    def has_permission(self, request: HttpRequest) -> bool:
        is_verified = getattr(request.user, "otp_device", None) is not None
        return super().has_permission(request) and (is_verified or not settings.SECOND_FACTOR)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return _signed_out_in_time(super().admin_view(_known_to_history(view), cacheable))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        # Models, which are not there yet when Django makes its admin site.
        from physiosite.accounts.views import SignIn

        if sessions.end_if_old(request):
            _tell_of_the_end(request)
        if request.method == "GET" and self.has_permission(request):
            return redirect("admin:index")
        context = self.each_context(request) | {
            "title": "Sign in",
            "app_path": request.get_full_path(),
            REDIRECT_FIELD_NAME: request.GET.get(REDIRECT_FIELD_NAME, reverse("admin:index")),
        }
        view: Any = never_cache(SignIn.as_view(extra_context=context | (extra_context or {})))
        response: HttpResponse = view(request)
        return response

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from physiosite.accounts import views

        def half_way(view: Callable[..., HttpResponse]) -> Any:
            return sensitive_post_parameters()(never_cache(_known_to_history(view)))

        return [
            path("login/code/", half_way(views.sign_in_code), name="sign_in_code"),
            path("login/set-up/", half_way(views.sign_in_set_up), name="sign_in_set_up"),
            path("account/", self.admin_view(views.account), name="account"),
            path("account/phone/", self.admin_view(views.another_phone), name="another_phone"),
            path("account/codes/", self.admin_view(views.new_recovery_codes), name="new_recovery_codes"),
            *super().get_urls(),
        ]


def _known_to_history(view: Callable[..., Any]) -> Callable[..., Any]:
    """Histories tell who is signed in. Here and not for the whole site, so that no public page asks."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HistoryRequestMiddleware(lambda request: view(request, *args, **kwargs))(request)

    return inner


def _signed_out_in_time(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if sessions.end_if_old(request):
            _tell_of_the_end(request)
        return view(request, *args, **kwargs)

    return inner


def _tell_of_the_end(request: HttpRequest) -> None:
    messages.info(request, "You were signed out, as some time had passed. Sign in again to go on.")

"""Users in the admin, with what an administrator does when somebody has lost their phone."""

from typing import Any

import django_otp.plugins.otp_static.admin
import django_otp.plugins.otp_totp.admin  # noqa: F401
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from physiosite.accounts import events, second_factor

# The library's own pages would show everybody's keys and codes.
admin.site.unregister([StaticDevice, TOTPDevice, User])


@admin.register(User)
class Accounts(UserAdmin):
    readonly_fields = ["second_factor"]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return [*fieldsets, ("Second factor", {"fields": ["second_factor"]})] if obj else fieldsets

    @admin.display(description="Phone and recovery codes")
    def second_factor(self, user: User) -> str:
        phone = TOTPDevice.objects.filter(user=user, confirmed=True).first()
        if not phone:
            return "None yet. They are asked to set one up when they sign in."
        return format_html(
            'Set up on {}, {} recovery codes left. <a href="{}">Reset, if they have lost both</a>',
            date_format(localtime(phone.created_at), "j F Y") if phone.created_at else "an unknown day",
            second_factor.recovery_codes_left(user),
            reverse("admin:auth_user_reset_second_factor", args=[user.pk]),
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.reset_view)
        own = path("<int:pk>/reset-second-factor/", view, name="auth_user_reset_second_factor")
        return [own, *super().get_urls()]

    def reset_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        # Who may only change users must not come into an administrator's account.
        if not (request.user.is_active and request.user.is_superuser):
            raise PermissionDenied
        user = User.objects.filter(pk=pk).first()
        if user is None:
            raise Http404
        if request.method == "POST":
            if second_factor.reset(user):
                events.second_factor_changed(user, "reset")
                self.log_change(request, user, "Reset the second factor.")
            messages.success(request, f"{user} sets up a phone and new recovery codes at the next sign-in.")
            return redirect("admin:auth_user_change", pk)
        title = f"Reset the second factor of {user}"
        context = self.admin_site.each_context(request) | {"title": title, "found": user, "opts": self.opts}
        return render(request, "accounts/reset.html", context)

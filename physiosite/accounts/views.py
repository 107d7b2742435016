"""Signing in: a password, then a code. And what an editor can do about their own second factor."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.contrib.auth.views import LoginView
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django_otp import login as remember_device
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from physiosite.accounts import events, half_way, second_factor
from physiosite.accounts.forms import CodeForm, PasswordAndCodeForm, PasswordForm, SignInForm
from physiosite.accounts.lockout import is_locked_out, locked_out

# The key of a phone that is being set up, until it has shown a right code.
KEY = "new_second_factor"


class SignIn(LoginView):
    """With a second factor, the right password only leads to the next step."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    next_page = "admin:index"

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        has_one = second_factor.has_one(user)
        if not has_one and not settings.SECOND_FACTOR:
            return super().form_valid(form)
        half_way.begin(self.request, user, then=self.get_success_url())
        return redirect("admin:sign_in_code" if has_one else "admin:sign_in_set_up")


def sign_in_code(request: HttpRequest) -> HttpResponse:
    user = half_way.user_of(request)
    if user is None or not second_factor.has_one(user):
        return redirect("admin:login")
    form = CodeForm(request.POST or None)
    if request.method == "POST":
        if is_locked_out(request, user):
            return locked_out(request, HttpResponse(), {"username": user.get_username()})
        if form.is_valid() and (device := _device_of(request, user, form)):
            then = half_way.finish(request, user, device)
            if isinstance(device, StaticDevice):
                _tell_of_codes_left(request, user)
            return redirect(then)
    return _page(request, "code", "Type the code from your phone", form=form)


def sign_in_set_up(request: HttpRequest) -> HttpResponse:
    """At the first sign-in. Never for who has a second factor already: they would get round it."""
    user = half_way.user_of(request)
    if user is None or second_factor.has_one(user):
        return redirect("admin:login")
    form = CodeForm(request.POST or None)
    if device := _set_up_phone(request, user, form):
        codes = second_factor.make_recovery_codes(user)
        then = half_way.finish(request, user, device)
        return _show_codes(request, codes, then)
    return _set_up_page(request, user, form)


def account(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    context = {
        "phone": TOTPDevice.objects.filter(user=user, confirmed=True).first(),
        "codes_left": second_factor.recovery_codes_left(user),
    }
    return _page(request, "account", "Your sign-in", **context)


def another_phone(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    form = PasswordAndCodeForm(request, user, request.POST or None)
    if device := _set_up_phone(request, user, form):
        codes = second_factor.make_recovery_codes(user)
        remember_device(request, device)
        return _show_codes(request, codes, "admin:account")
    return _set_up_page(request, user, form)


def new_recovery_codes(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    if not second_factor.has_one(user):
        return redirect("admin:account")
    form = PasswordForm(request, user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        codes = second_factor.make_recovery_codes(user)
        events.second_factor_changed(user, "got new recovery codes")
        return _show_codes(request, codes, "admin:account")
    return _page(request, "new_codes", "Make new recovery codes", form=form)


def _user(request: HttpRequest) -> User:
    # The admin lets nobody else in; this tells the type checker too.
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def _device_of(request: HttpRequest, user: User, form: CodeForm) -> Any:
    found = second_factor.check(user, form.cleaned_data["code"])
    if found.wait_until:
        seconds = max(1, round((found.wait_until - timezone.now()).total_seconds() + 0.5))
        wait = f"{seconds} seconds" if seconds < 120 else f"{seconds // 60 + 1} minutes"
        form.add_error("code", f"There were too many wrong codes. Wait {wait}, then type a new one.")
    elif found.device is None:
        form.add_error(
            "code",
            "That code is not right, or has been used. Type the one that your phone shows now, or one of "
            "your recovery codes.",
        )
        failed = {"username": user.get_username()}
        user_login_failed.send(sender=__name__, credentials=failed, request=request, wrong="code")
    return found.device


def _set_up_phone(request: HttpRequest, user: User, form: Form) -> TOTPDevice | None:
    if request.method != "POST" or not form.is_valid() or KEY not in request.session:
        return None
    device = second_factor.set_up(user, request.session[KEY], form.cleaned_data["code"])
    if device is None:
        form.add_error("code", "That code is not right. Type the six digits that your phone shows now.")
        return None
    del request.session[KEY]
    events.second_factor_changed(user, "set up")
    return device


def _tell_of_codes_left(request: HttpRequest, user: User) -> None:
    left = second_factor.recovery_codes_left(user)
    codes = "1 recovery code" if left == 1 else f"{left or 'no'} recovery codes"
    messages.warning(
        request,
        f"You have {codes} left. Under “Your sign-in”, set up another phone if yours is lost, or make "
        "new codes.",
    )


def _set_up_page(request: HttpRequest, user: User, form: Form) -> HttpResponse:
    key = request.session.setdefault(KEY, second_factor.new_key())
    address = second_factor.address_for_app(user, key)
    context = {
        "address": address,
        "picture": second_factor.picture_to_scan(address),
        "key_to_type": second_factor.key_to_type(key),
        "is_signed_in": admin.site.has_permission(request),
    }
    return _page(request, "set_up", "Set up your phone for signing in", form=form, **context)


def _show_codes(request: HttpRequest, codes: list[str], then: str) -> HttpResponse:
    """The only time that they are shown."""
    return _page(request, "codes", "Keep your recovery codes", codes=codes, then=then)


def _page(request: HttpRequest, name: str, title: str, **context: Any) -> HttpResponse:
    context = admin.site.each_context(request) | {"title": title} | context
    return render(request, f"accounts/{name}.html", context)

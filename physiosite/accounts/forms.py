from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest


class SignInForm(AdminAuthenticationForm):
    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        # Django tells only the browser; what counts failures has no room for more.
        self.fields["username"].validators.append(MaxLengthValidator(150))


class CodeForm(forms.Form):
    # Much longer than any code, since people paste with what stands around it.
    code = forms.CharField(
        max_length=50,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": "Type the code."},
    )


class PasswordForm(forms.Form):
    """Asked again before something that would lock the owner out: the computer may stand open."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Type your password."},
    )

    def __init__(self, request: HttpRequest, user: User, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.request, self.user = request, user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        # Through the same door as signing in, so that wrong ones are counted.
        if authenticate(self.request, username=self.user.get_username(), password=password) is None:
            raise forms.ValidationError("That is not your password.")
        return password


class PasswordAndCodeForm(PasswordForm, CodeForm):
    field_order = ["code", "password"]

"""A page of the admin: what is held about an e-mail address, and erasing it. The address is in no URL."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from bookings.admin.common import BookingPages, editor, mail_rows
from bookings.forms import EMAIL
from bookings.holdings import erase_all, held_about
from bookings.models import Actor


class EmailForm(forms.Form):
    # As people paste it: what is no address cannot be held either, and the answer says so.
    email = forms.EmailField(
        label="E-mail address",
        error_messages={"required": EMAIL, "invalid": EMAIL},
        widget=forms.EmailInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )


class HoldingsPages(BookingPages):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.holdings_view)
        return [path("holdings/", view, name="bookings_appointment_holdings"), *super().get_urls()]

    def holdings_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        may_erase = self.has_change_permission(request)
        form = EmailForm(request.POST if request.method == "POST" else None)
        held = None
        now = timezone.now()
        if request.method == "POST" and form.is_valid():
            email = form.cleaned_data["email"]
            if "_erase" in request.POST:
                if not may_erase:
                    raise PermissionDenied
                number = erase_all(email, now, Actor.EDITOR, editor(request))
                told = "1 appointment" if number == 1 else f"{number} appointments"
                messages.success(request, f"Erased: what was held of the patient in {told}, and the mails.")
                return HttpResponseRedirect(reverse("admin:bookings_appointment_holdings"))
            held = held_about(email)
        return self.shown(
            request,
            "holdings",
            title="What do you hold about this e-mail address?",
            is_wrong=bool(form.errors),
            form=form,
            held=held,
            mails=mail_rows(held.mails) if held else [],
            to_come=[each for each in held.appointments if each.is_open] if held else [],
            may_erase=may_erase,
        )

"""What the pages of the admin about bookings share."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from post_office.models import STATUS, Email

from bookings.models import Appointment, AppointmentMail


class MailRow(NamedTuple):
    about: str
    to: str
    state: str
    at: datetime


class BookingPages(admin.ModelAdmin):
    def shown(self, request: HttpRequest, template: str, status: int = 200, **context: Any) -> HttpResponse:
        """A page of the admin about this model."""
        own = {
            "opts": self.opts,
            "list_url": reverse(f"admin:bookings_{self.opts.model_name}_changelist"),
            "list_name": self.opts.verbose_name_plural,
        }
        context = self.admin_site.each_context(request) | own | context
        return render(request, f"admin/bookings/{template}.html", context, status=status)


def editor(request: HttpRequest) -> User:
    # Django's admin lets nobody else in; this tells the type checker too.
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def appointment_url(appointment: Appointment, page: str = "change") -> str:
    return reverse(f"admin:bookings_appointment_{page}", args=[appointment.pk])


def mail_rows(mails: Iterable[Email]) -> list[MailRow]:
    return [MailRow(_about(mail), ", ".join(mail.to), _state(mail), mail.last_updated) for mail in mails]


def _about(mail: Email) -> str:
    try:
        return str(mail.about_appointment)
    except AppointmentMail.DoesNotExist:
        return "Another mail"


def _state(mail: Email) -> str:
    tries = mail.number_of_retries or 0
    if mail.status == STATUS.sent:
        return "Sent"
    if mail.status == STATUS.failed:
        return f"Failed, after {tries} {'try' if tries == 1 else 'tries'}. It is not tried again."
    return f"Waiting, tried {tries} times" if tries > 1 else "Waiting, tried once" if tries else "Waiting"

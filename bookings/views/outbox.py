"""The outbox as a page, while developing: to follow the links of mails that nobody sends."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from post_office.models import Email

SHOWN = 50


@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """Raises Http404 unless DEBUG is on: everybody's mails stand there."""
    if not settings.DEBUG:
        raise Http404
    mails = [
        {
            "subject": message.subject,
            "to": ", ".join(message.to),
            "state": email.get_status_display(),
            "at": email.created,
            "text": message.body,
            "attached": email.about_appointment.calendar if hasattr(email, "about_appointment") else "",
        }
        for email in Email.objects.select_related("about_appointment").order_by("-pk")[:SHOWN]
        for message in [email.prepare_email_message()]
    ]
    response = render(request, "bookings/outbox.html", {"mails": mails, "most": SHOWN})
    response.headers["Cache-Control"] = "no-store, private"
    return response

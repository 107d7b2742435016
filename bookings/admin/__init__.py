import post_office.admin  # noqa: F401
from django.contrib import admin
from post_office.models import Attachment, Email, EmailTemplate, Log

import bookings.admin.appointment
import bookings.admin.diary  # noqa: F401

# Mails are shown with their appointment. The library's own pages would keep an address in the admin's log
# for each mail that is deleted, and send mails past ``bookings.sending``.
admin.site.unregister([Attachment, Email, EmailTemplate, Log])

from django.db import models
from post_office.models import Email

from bookings.models.appointment import Appointment


class AppointmentMail(models.Model):
    """A mail of django-post-office's outbox, which appointment it is about, and the calendar entry with it.

    The entry is kept here, since the library keeps attachments as files, outside the transaction.
    """

    class About(models.TextChoices):
        BOOKED = "booked"
        MOVED = "moved"
        CANCELLED = "cancelled"
        WEEK_BEFORE = "week-before", "Reminder, 7 days before"
        HOURS_BEFORE = "hours-before", "Reminder, 48 hours before"

    class To(models.TextChoices):
        PATIENT = "patient"
        PHYSIOTHERAPIST = "physiotherapist"

    email = models.OneToOneField(Email, on_delete=models.CASCADE, related_name="about_appointment")
    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="mails")
    about = models.CharField(max_length=15, choices=About)
    to = models.CharField(max_length=20, choices=To)
    # Of the appointment when it was written: a reminder is written once for each time that it is moved to.
    sequence = models.PositiveIntegerField()
    calendar = models.TextField(blank=True)
    # Who sends it has it until then; whoever crashed meanwhile lets it go by itself.
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "about", "to", "sequence"], name="each_mail_is_written_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_about_display()}, to the {self.get_to_display().lower()}"

from django.conf import settings
from django.db import models


class SentFile(models.Model):
    """A spreadsheet too large for the page that shows what it would do, until it is confirmed.

    One for each editor; ``directory.spreadsheets.forms`` deletes those that nobody confirmed.
    """

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the content.")
    content = models.BinaryField(help_text="Compressed by zlib.")
    sent_at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"From {self.owner}"

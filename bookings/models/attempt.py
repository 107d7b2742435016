from django.db import models


class Attempt(models.Model):
    """How often something was tried by somebody in one hour, counted in the database for all processes.

    ``who`` is a hash whose key is the site's secret and the day: it tells nobody's address.
    """

    who = models.CharField(max_length=64)
    hour = models.DateTimeField()
    number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["who", "hour"], name="attempts_counted_by_hour")]

    def __str__(self) -> str:
        return f"{self.number} in the hour from {self.hour:%H:%M}"

from django.db import models


class Change(models.Model):
    """That something which public pages show has changed: written by the database itself (triggers.py), in
    the transaction of the change. On SQLite one row, with another ``mark`` each time; on PostgreSQL a row
    for each statement, so that no transaction waits for another, of which the oldest are deleted."""

    mark = models.CharField(max_length=32, default="")

    def __str__(self) -> str:
        return f"{self.pk} {self.mark}"

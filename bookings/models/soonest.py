"""Held for speed: the next free times of everybody with a diary."""

from array import array
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import models

from bookings.models.diary import Diary, Where

_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Of one time.
BYTES = array("I").itemsize


class NextTimes(models.Model):
    """The next free times for a new patient at one sort of place, in order, as minutes since 1970.

    They were free at ``refreshed_at`` with no regard to notice or to holds, and every booking since has
    made them anew. More may follow the last of them, and as the diary's end moves on by a day each day,
    they are made anew every day.
    """

    diary = models.ForeignKey(Diary, on_delete=models.CASCADE, related_name="next_times")
    where = models.CharField(max_length=10, choices=Where)
    notice_minutes = models.PositiveIntegerField()
    minutes = models.BinaryField()
    refreshed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["diary", "where"], name="next_times_once_a_place")]

    def __str__(self) -> str:
        return f"Next times, {self.get_where_display().lower()}"


def packed(times: Iterable[datetime]) -> bytes:
    return array("I", [(time - _EPOCH) // _MINUTE for time in times]).tobytes()


def unpacked(minutes: bytes | memoryview) -> array:
    numbers = array("I")
    numbers.frombytes(bytes(minutes))
    return numbers


def time_of(minutes: int) -> datetime:
    return _EPOCH + minutes * _MINUTE


def minutes_of(time: datetime) -> int:
    return (time - _EPOCH) // _MINUTE

"""A page of the admin: a week of a diary at a glance; and which appointments lie outside its hours."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from bookings.admin.common import BookingPages, appointment_url
from bookings.bank_holidays import ClosedDays, bank_holidays
from bookings.models import Appointment, Diary, State, Where
from bookings.slots import Hours, Span, days_between, stretches_of, utc_of
from bookings.week import (
    AWAY,
    BREAK,
    FREE,
    NO_HOURS,
    TAKEN,
    Piece,
    Taken,
    hours_shown,
    monday_of,
    pieces_of,
    week_text,
    why_outside,
)
from bookings.wording import hour_of
from directory.models import Clinic

WEEK = timedelta(days=7)
UNIT = timedelta(minutes=5)
_WORDS = {FREE: "Free", AWAY: "Time off", BREAK: "Break", NO_HOURS: ""}


class Outside(NamedTuple):
    appointment: Appointment
    why: str


class Block(NamedTuple):
    """A piece of a day as the page shows it. ``size`` are classes of the style sheet, by five minutes."""

    piece: Piece
    size: str
    times: str
    words: str
    place: str
    appointment: Appointment | None
    outside: str


class Day(NamedTuple):
    day: date
    is_today: bool
    bank_holiday: str
    blocks: list[Block]
    is_empty: bool


class WeekPages(BookingPages):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.week_view)
        return [path("<int:pk>/week/", view, name="bookings_diary_week"), *super().get_urls()]

    def week_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        diary = Diary.objects.select_related("physiotherapist").filter(pk=pk).first()
        if not self.has_view_permission(request, diary):
            raise PermissionDenied
        if diary is None:
            raise Http404
        now = timezone.now()
        asked = request.GET.get("week", "")
        today = timezone.localdate(now)
        present = today - timedelta(days=today.weekday())
        monday = monday_of(asked) or present
        return self.shown(
            request,
            "week",
            title=f"{diary}: {_week_in_words(monday)}",
            diary=diary,
            days=_days_of(diary, monday, now),
            is_nonsense=bool(asked) and not monday_of(asked),
            asked=asked[:20],
            is_present=monday == present,
            before=week_text(monday - WEEK),
            after=week_text(monday + WEEK),
            shows_names=request.user.has_perm("bookings.view_appointment"),
            is_nav_sidebar_enabled=False,
        )


def week_url(diary: Diary, day: date | None = None) -> str:
    address = reverse("admin:bookings_diary_week", args=[diary.pk])
    return f"{address}?week={week_text(day)}" if day else address


def appointments_outside(diary: Diary, now: datetime) -> list[Outside]:
    """Those to come that nobody could book any more as the diary is now. They are kept."""
    hours, away = _rules_of(diary)
    closed = ClosedDays(diary.bank_holidays)
    upcoming = Appointment.objects.open(now).filter(physiotherapist=diary.physiotherapist_id)
    return [
        Outside(appointment, why)
        for appointment in upcoming.select_related("physiotherapist", "clinic")
        if (why := why_outside(_taken(appointment), hours, closed, away))
    ]


def _days_of(diary: Diary, monday: date, now: datetime) -> list[Day]:
    days = list(days_between(monday, monday + timedelta(days=6)))
    hours, away = _rules_of(diary)
    closed = ClosedDays(diary.bank_holidays)
    begins, ends = utc_of(days[0], time(0)), utc_of(monday + WEEK, time(0))
    found = Appointment.objects.taking_time(now).filter(
        physiotherapist=diary.physiotherapist_id, starts__gte=begins, starts__lt=ends
    )
    appointments = {each.pk: each for each in found.select_related("clinic")}
    taken = [_taken(appointment) for appointment in appointments.values()]
    stretches = {day: list(stretches_of(hours, [day], closed, [])) for day in days}
    spans = hours_shown(
        days,
        [
            *(Span(each.starts, each.ends) for of_day in stretches.values() for each in of_day),
            *(Span(each.starts, each.ends) for each in taken),
        ],
    )
    outside = {each.number: why_outside(each, hours, closed, away) for each in taken}
    clinics = {
        clinic.pk: clinic.name
        for clinic in Clinic.objects.filter(pk__in=[rule.place.clinic_id for rule in hours])
    }
    today = timezone.localdate(now)
    shown = []
    for day in days:
        pieces = pieces_of(spans[day], stretches[day], away, taken)
        blocks = [_block(piece, appointments, outside, clinics) for piece in pieces]
        holiday = bank_holidays(diary.bank_holidays, day.year).get(day, "")
        is_empty = all(piece.what == NO_HOURS for piece in pieces)
        shown.append(Day(day, day == today, holiday, blocks, is_empty))
    return shown


def _block(
    piece: Piece, appointments: dict[int, Appointment], outside: dict[int, str], clinics: dict[int, str]
) -> Block:
    units = max(1, round((piece.ends - piece.starts) / UNIT))
    appointment = appointments[piece.number] if piece.what == TAKEN and piece.number else None
    place = ""
    if appointment:
        place = appointment.clinic.name if appointment.clinic else str(appointment.get_where_display())
    elif piece.place:
        clinic = piece.place.clinic_id
        place = clinics.get(clinic, "") if clinic else str(Where(piece.place.where).label)
    return Block(
        piece,
        f"tens-{units // 10} ones-{units % 10}",
        f"{hour_of(piece.starts)} to {hour_of(piece.ends)}",
        _WORDS.get(piece.what, ""),
        place,
        appointment,
        outside[appointment.pk] if appointment and appointment.state == State.BOOKED else "",
    )


def _rules_of(diary: Diary) -> tuple[list[Hours], list[Span]]:
    hours = [rule.as_rule for rule in diary.hours.order_by("pk")]
    return hours, [Span(each.starts, each.ends) for each in diary.time_off.all()]


def _taken(appointment: Appointment) -> Taken:
    return Taken(
        appointment.pk,
        appointment.starts,
        appointment.ends,
        appointment.busy_until,
        appointment.place,
        online=appointment.where == Where.ONLINE,
    )


def _week_in_words(monday: date) -> str:
    sunday = monday + timedelta(days=6)
    return f"week of {monday.day} {monday:%B} to {sunday.day} {sunday:%B %Y}"


def links_to(outside: Iterable[Outside]) -> list[tuple[str, str, str]]:
    """Address, time and reason of each."""
    return [
        (
            appointment_url(each.appointment),
            f"{timezone.localtime(each.appointment.starts):%a %d %b %Y %H:%M}",
            each.why,
        )
        for each in outside
    ]

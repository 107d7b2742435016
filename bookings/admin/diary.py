"""Diaries: one for each physiotherapist, with kinds of appointment, working hours and time off."""

import re
from itertools import combinations
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from bookings.admin.week import WeekPages, appointments_outside, links_to, week_url
from bookings.models import Diary, Kind, Offer, TimeOff, Where, WorkingHours
from directory.models import Clinic, Physiotherapist

NOBODY_IS_TOLD = (
    "{} has no e-mail address on their own page, so nobody tells them of appointments. Enter one there."
)
NOT_THEIRS = "Choose one of the clinics of this physiotherapist, or add the clinic on their own page first."
# As many as one message holds; the diary's page has them all.
NAMED_IN_MESSAGE = 10


class RowForm(forms.ModelForm):
    """A row of a table, whose headings are no labels to those who hear the page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            _labelled(field)


class OfferForm(RowForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == Kind.ONLINE and not _person_of(self).online:
            self.add_error("kind", _not_ticked(_person_of(self), "Sees patients online"))
        return cleaned


class HoursForm(RowForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        person = _person_of(self)
        if cleaned.get("where") == Where.HOME and not person.home_visits:
            self.add_error("where", _not_ticked(person, "Visits patients at home"))
        if cleaned.get("where") == Where.ONLINE and not person.online:
            self.add_error("where", _not_ticked(person, "Sees patients online"))
        if cleaned.get("online_too") and not person.online:
            self.add_error("online_too", _not_ticked(person, "Sees patients online"))
        clinic = cleaned.get("clinic")
        if clinic and not person.clinics.filter(pk=clinic.pk).exists():
            self.add_error("clinic", NOT_THEIRS)
        return cleaned


class DiaryForm(forms.ModelForm):
    """A diary that somebody else may save meanwhile: then the second is told, once, before theirs is kept."""

    # When the diary had been saved last as the form was filled in.
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "seen" in self.fields:
            self.fields["seen"].initial = self.instance.updated_at.isoformat()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.instance.pk and "seen" in self.fields:
            self._check_seen(cleaned.get("seen", ""))
        return cleaned

    def _check_seen(self, seen: str) -> None:
        # Whoever comes second waits here until the first has saved.
        held = Diary.objects.select_for_update().filter(pk=self.instance.pk).first()
        if not seen or held is None or seen == held.updated_at.isoformat():
            return
        saved = held.updated_at
        entry = LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(Diary), object_id=str(self.instance.pk)
        ).first()
        sent = QueryDict(mutable=True)
        sent.update(self.data)
        sent[self.add_prefix("seen")] = saved.isoformat()
        self.data = sent
        raise ValidationError(
            f"{entry.user if entry else 'Somebody'} saved this diary while you were at it, at "
            f"{localtime(saved):%H:%M}, so nothing of yours is saved yet. What you typed is still there, but "
            "for rows that they deleted. Open the diary in another tab to see what they changed. If you save "
            "again, yours takes its place."
        )


class RowFormSet(forms.BaseInlineFormSet):
    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        if self.is_bound:
            rows = {str(pk) for pk in self.get_queryset().values_list("pk", flat=True)}
            sent = QueryDict(mutable=True)
            sent.update(self.data)
            self.data = without_deleted(sent, str(self.prefix), rows)

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            _labelled(form.fields["DELETE"])


def without_deleted(sent: QueryDict, prefix: str, rows: set[str]) -> QueryDict:
    """What was sent for a table of rows, but for those that are no more: Django would refuse the others too.

    ``rows``: the primary keys that there are.
    """
    counts = [sent.get(f"{prefix}-{count}_FORMS", "") for count in ("TOTAL", "INITIAL")]
    if not all(re.fullmatch(r"\d{1,4}", count) for count in counts):
        return sent
    total, initial = map(int, counts)
    kept = [row for row in range(total) if row >= initial or sent.get(f"{prefix}-{row}-id") in rows]
    if len(kept) == total:
        return sent
    numbers = {str(old): new for new, old in enumerate(kept)}
    left = QueryDict(mutable=True)
    for key, values in sent.lists():
        part = re.fullmatch(rf"{re.escape(prefix)}-(\d+)-(\w+)", key)
        if not part:
            left.setlist(key, values)
        elif part[1] in numbers:
            left.setlist(f"{prefix}-{numbers[part[1]]}-{part[2]}", values)
    left[f"{prefix}-TOTAL_FORMS"] = str(len(kept))
    left[f"{prefix}-INITIAL_FORMS"] = str(sum(row < initial for row in kept))
    return left


class HoursFormSet(RowFormSet):
    def clean(self) -> None:
        super().clean()
        rows = [
            form.instance
            for form in self.forms
            if form.is_valid() and form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]
        problems = [
            f"{one} and {other}: both claim the same time, and nobody is at two places. Change one."
            for one, other in combinations(rows, 2)
            if one.meets(other)
        ]
        if problems:
            raise ValidationError(problems)


class InDiaryInline(admin.TabularInline):
    extra = 0
    # The browser's own fields for times: a row of hours has many columns.
    formfield_overrides = {
        models.TimeField: {"widget": forms.TimeInput(format="%H:%M", attrs={"type": "time"})},
        models.DateField: {"widget": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})},
        models.DateTimeField: {
            "form_class": forms.DateTimeField,
            "widget": forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        },
    }


class OfferFormSet(RowFormSet):
    def get_unique_error_message(self, unique_check: Any) -> str:
        return "Each kind of appointment stands here once. Change the row that there is, or delete one."


class OfferInline(InDiaryInline):
    model = Offer
    form = OfferForm
    formset = OfferFormSet
    max_num = len(Kind)


class HoursInline(InDiaryInline):
    model = WorkingHours
    form = HoursForm
    formset = HoursFormSet

    def get_formset(self, request: HttpRequest, obj: Diary | None = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        if obj and "clinic" in formset.form.base_fields:
            field: Any = formset.form.base_fields["clinic"]
            # With one that they have left, so that the row says what is the matter with it.
            theirs = Q(physiotherapists=obj.physiotherapist_id) | Q(
                pk__in=obj.hours.exclude(clinic=None).values("clinic")
            )
            field.queryset = Clinic.objects.filter(theirs).distinct()
            field.error_messages["invalid_choice"] = NOT_THEIRS
            # A clinic is looked after on its own page.
            for may in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
                setattr(field.widget, may, False)
        return formset


class TimeOffInline(InDiaryInline):
    model = TimeOff
    form = RowForm
    formset = RowFormSet
    # What is over goes to the bottom.
    ordering = ["-starts", "pk"]


@admin.register(Diary)
class DiaryAdmin(WeekPages):
    form = DiaryForm
    list_display = ["physiotherapist", "is_open", "kinds", "rules", "week", "updated_at"]
    list_filter = ["is_open", "bank_holidays", "physiotherapist__sample"]
    list_select_related = ["physiotherapist"]
    search_fields = ["physiotherapist__name", "physiotherapist__hcpc_number"]
    autocomplete_fields = ["physiotherapist"]
    inlines = [OfferInline, HoursInline, TimeOffInline]
    fieldsets = [
        (None, {"fields": ["physiotherapist", "is_open", "bank_holidays"]}),
        (
            "When patients can book, cancel and move",
            {"fields": ["notice_hours", "days_ahead", "change_hours", "reminders"]},
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Diary]:
        diaries = super().get_queryset(request)
        return diaries.annotate(number_of_hours=Count("hours")).prefetch_related("offers")

    def get_fieldsets(self, request: HttpRequest, obj: Diary | None = None) -> Any:
        if obj is None or not self.has_change_permission(request, obj):
            # When it was saved is the form's own field; what is only read has no form.
            return self.fieldsets
        (name, options), *others = self.fieldsets
        return [(name, {"fields": [*options["fields"], "seen"]}), *others]

    def get_inlines(self, request: HttpRequest, obj: Diary | None) -> Any:
        # Which clinics there are to choose is known once it is known whose diary it is.
        return self.inlines if obj else []

    def get_readonly_fields(self, request: HttpRequest, obj: Diary | None = None) -> list[str]:
        return ["physiotherapist"] if obj else []

    @admin.display(description="Kinds of appointment")
    def kinds(self, diary: Diary) -> str:
        return ", ".join(str(offer.get_kind_display()) for offer in diary.offers.all())

    @admin.display(description="Rows of hours", ordering="number_of_hours")
    def rules(self, diary: Any) -> int:
        return diary.number_of_hours

    @admin.display(description="Week")
    def week(self, diary: Diary) -> SafeString:
        whose = diary.physiotherapist
        return format_html('<a href="{}" aria-label="This week: {}">This week</a>', week_url(diary), whose)

    def response_add(
        self, request: HttpRequest, obj: Diary, post_url_continue: str | None = None
    ) -> HttpResponse:
        messages.success(request, f"{obj} is made. Now enter kinds of appointment and working hours.")
        return HttpResponseRedirect(reverse("admin:bookings_diary_change", args=[obj.pk]))

    def save_model(self, request: HttpRequest, obj: Diary, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if obj.is_open and not obj.physiotherapist.email:
            messages.warning(request, NOBODY_IS_TOLD.format(obj.physiotherapist))

    def response_change(self, request: HttpRequest, obj: Diary) -> HttpResponse:
        links = links_to(appointments_outside(obj, timezone.now()))
        if links:
            told = format_html_join("; ", '<a href="{}">{}</a> ({})', links[:NAMED_IN_MESSAGE])
            more = f"; and {len(links) - NAMED_IN_MESSAGE} more" if len(links) > NAMED_IN_MESSAGE else ""
            messages.warning(
                request,
                format_html(
                    "Appointments that are booked are kept, also where the diary has no hours for them any "
                    "more. Move them, cancel them, or leave them as they are: {}{}.",
                    told,
                    more,
                ),
            )
        return super().response_change(request, obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        diary = kwargs.get("obj")
        if diary:
            context |= {
                # A row of hours takes the whole width of a screen.
                "is_nav_sidebar_enabled": False,
                "outside": links_to(appointments_outside(diary, timezone.now())),
                "week_url": week_url(diary),
            }
        return super().render_change_form(request, context, *args, **kwargs)


def _labelled(field: forms.Field) -> None:
    # The admin wraps the widgets of relations.
    widget: Any = getattr(field.widget, "widget", field.widget)
    widget.attrs["aria-label"] = str(field.label).capitalize()


def _person_of(form: forms.ModelForm) -> Physiotherapist:
    # Rows are entered when there is a diary already.
    return form.instance.diary.physiotherapist


def _not_ticked(person: Physiotherapist, what: str) -> str:
    return f"“{what}” is not ticked on the page of {person}. Tick it there first, or choose otherwise here."

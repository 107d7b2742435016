"""What the forms of physiotherapists and clinics share: two editors at once, history, merging."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict

from conditions.compare import Change
from conditions.richtext import RichTextField, clean_html
from directory.admin.duplicates import DuplicatePages
from directory.history import (
    Names,
    begin_history,
    changes_between,
    hold,
    label_of,
    moment,
    newest_record_id,
    records_of,
    states_of,
)
from directory.models import Clinic
from directory.queue import RETIRED
from directory.retired import clinics_at_retired_postcodes, people_with_retired_bases

_LARGEST = 2**31 - 1


class ListingForm(forms.ModelForm):
    """A listing that somebody else may save meanwhile: then the second is told, once, what the first did.

    What only the first changed is put into the second's form; where both changed something, the second's
    words stay. So pressing save again loses nothing but what the second has seen and replaced.
    """

    # The newest record in the listing's history when the form was filled in.
    seen_history = forms.IntegerField(
        widget=forms.HiddenInput, required=False, min_value=0, max_value=_LARGEST
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.model: type[models.Model] = type(self.instance)
        self.others_changes: list[Change] = []
        self.changed_by_both: list[str] = []
        if self.instance.pk and "seen_history" in self.fields:
            self.fields["seen_history"].initial = newest_record_id(self.model, self.instance.pk)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.instance.pk and "seen_history" in self.fields:
            self._check_seen(cleaned.get("seen_history"))
        return cleaned

    def _check_seen(self, seen: int | None) -> None:
        # Whoever comes second waits here until the first has saved.
        hold(self.model, self.instance.pk)
        records = records_of(self.model).filter(id=self.instance.pk).select_related("history_user")
        newest = records.order_by("-history_id").first()
        if seen is None or newest is None or seen == newest.history_id:
            return
        # Of a listing that had no history the first record is what it was before its first change.
        before = records.filter(history_id=seen).first() or records.order_by("history_id").first()
        self._take_over(before, newest)
        who = newest.history_user or "Somebody"
        raise ValidationError(
            f"{who} saved this listing while you were at it, at {moment(newest.history_date)}, so nothing of "
            "yours is saved yet. What only they changed is in the form now; what you typed is still there. "
            "Above the form you see what they changed. Look it over, then save again."
        )

    def _take_over(self, before: Any, now: Any) -> None:
        """Put what only the other changed into what was sent, and note what both did."""
        states = states_of(self.model, [before, now])
        then, saved = states[before.history_id], states[now.history_id]
        names = Names(self.model, [then, saved])
        self.others_changes = changes_between(self.model, then, saved, names)
        sent = QueryDict(mutable=True)
        sent.update(self.data)
        for name, field in self.fields.items():
            if name not in then or field.disabled:
                continue
            key = self.add_prefix(name)
            if then[name] == saved[name]:
                continue
            typed = field.widget.value_from_datadict(self.data, self.files, key)
            if name in self.cleaned_data and not isinstance(then[name], list):
                # Tidied as what is saved is: a browser's line breaks are no change.
                typed = self.cleaned_data[name]
                if isinstance(self.model._meta.get_field(name), RichTextField):
                    typed = clean_html(typed)
            if not field.has_changed(then[name], typed):
                _put(sent, key, field, saved[name])
            elif field.has_changed(saved[name], typed):
                self.changed_by_both.append(label_of(self.model._meta.get_field(name)))
        sent[self.add_prefix("seen_history")] = str(now.history_id)
        self.data = sent


def _put(sent: QueryDict, key: str, field: forms.Field, value: Any) -> None:
    """As a browser would send the value in the field."""
    # The admin wraps the widgets of relations.
    widget = getattr(field.widget, "widget", field.widget)
    if isinstance(widget, forms.CheckboxInput):
        sent.pop(key, None)
        if value:
            sent[key] = "on"
        return
    # Text, or a list of it; the type checker knows of no widget's own methods here.
    written: Any = widget.format_value(field.prepare_value(value))  # type: ignore[union-attr]
    parts = written if isinstance(written, list | tuple) else ["" if written is None else written]
    sent.setlist(key, [str(part) for part in parts])


class RetiredFilter(admin.SimpleListFilter):
    title = "postcode"
    parameter_name = RETIRED

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Not held any more")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet | None:
        if self.value() != "yes":
            return queryset
        is_clinic = queryset.model is Clinic
        return queryset.filter(
            pk__in=clinics_at_retired_postcodes() if is_clinic else people_with_retired_bases()
        )


class ListingAdmin(DuplicatePages):
    form: type[forms.ModelForm] = ListingForm
    change_form_template = "admin/directory/change_form.html"
    change_list_template = "admin/directory/change_list.html"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not self.has_change_permission(request, obj):
            # The number of a record is the form's own field; what is only read has no form.
            return fieldsets
        (name, options), *others = fieldsets
        first = (name, {**options, "fields": [*options["fields"], "seen_history"]})
        return [first, *others]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            begin_history(obj)
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic():
            begin_history(obj)
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        with transaction.atomic():
            for listing in queryset.order_by("pk"):
                begin_history(listing)
            super().delete_queryset(request, queryset)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        form = context["adminform"].form
        context |= {
            "others_changes": getattr(form, "others_changes", []),
            "changed_by_both": getattr(form, "changed_by_both", []),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        urls: dict[str, Any] = {"deleted_url": self.page_url("deleted")}
        if self.has_merge_permission(request):
            urls["duplicates_url"] = self.page_url("duplicates")
        return super().changelist_view(request, urls | (extra_context or {}))

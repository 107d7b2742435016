"""The panel of advice beside a draft's form: for the saved words, and for those that are being typed."""

from collections.abc import Iterable
from typing import Any

from django.forms import BaseForm, BaseFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from conditions.advice import Advice, Parts, advice_for, page_text, parts_of, reading_age
from conditions.forms import VersionForm
from conditions.models import Version

PANEL = "admin/conditions/version/advice.html"


def advice_context(version: Version, parts: Parts | None = None) -> dict[str, Any]:
    parts = parts_of(version) if parts is None else parts
    return {
        "advice": advice_for(version, parts),
        "reading_age": round(reading_age(page_text(version, parts), [version.title])),
    }


def panel_as_typed(request: HttpRequest, version: Version, formsets: Iterable[Any]) -> HttpResponse:
    """For a form that was just saved; its rows keep their numbers, whatever their order on the page."""
    parts = {
        formset.prefix: {
            row: form.instance
            for row, form in enumerate(formset.forms)
            # Neither a row that is still empty nor one that was taken off.
            if form.instance.pk
        }
        for formset in formsets
    }
    return _panel(request, advice_context(version, parts))


def panel_of_errors(request: HttpRequest, form: VersionForm, formsets: Iterable[BaseFormSet]) -> HttpResponse:
    """For a form that cannot be read as a page yet: what it needs first."""
    if form.overtaken_by:
        # What the form's own error says holds for saving, which nobody did.
        message = "Somebody saved this draft while you were writing. Save yours to see what differs."
        wrong = [Advice("content-start", "This form", message)]
    else:
        wrong = [Advice("content-start", "This form", str(error)) for error in form.non_field_errors()]
    wrong += _field_errors(form)
    for formset in formsets:
        group = f"{formset.prefix}-group"
        wrong += [Advice(group, "This list", str(error)) for error in formset.non_form_errors()]
        for row in formset.forms:
            wrong += [Advice(str(row.prefix), "This row", str(error)) for error in row.non_field_errors()]
            wrong += _field_errors(row)
    return _panel(request, {"advice": wrong, "waits": True})


def _field_errors(form: BaseForm) -> list[Advice]:
    return [
        Advice(form[name].auto_id, str(form[name].label), str(error))
        for name, messages in form.errors.items()
        if name in form.fields
        for error in messages
    ]


def _panel(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    response = render(request, PANEL, context)
    response["Cache-Control"] = "no-store"
    return response

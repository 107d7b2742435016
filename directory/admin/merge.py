"""Pages of the admin: two listings become one, after a look at what would move."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join

from conditions.admin.common import editor
from directory.admin.history import HistoryPages
from directory.history import newest_record_id
from directory.merge import BOTH, CHANGED_SINCE, GONE, KEPT, Question, full_name, merge, questions, rehearse

_SIDES = {KEPT: "The one that stays", GONE: "The other one", BOTH: "Both together"}


class MergeForm(forms.Form):
    """Which of the two is right, for each thing on which they differ."""

    # The newest record of each that the editor has seen.
    seen_kept = forms.IntegerField(widget=forms.HiddenInput)
    seen_gone = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, asked: list[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked
        for question in asked:
            self.fields[question.name] = forms.ChoiceField(
                label=question.label,
                initial=question.likely,
                widget=forms.RadioSelect,
                choices=[
                    (side, _answer(side, question.answers[side]))
                    for side in _SIDES
                    if side in question.answers
                ],
            )

    @property
    def choices(self) -> dict[str, str]:
        return {question.name: self.cleaned_data[question.name] for question in self.asked}


def _answer(side: str, lines: list[str]) -> str:
    said = format_html_join("", "<br>{}", ((line,) for line in lines or ["nothing"]))
    return format_html("<span><strong>{}</strong>{}</span>", _SIDES[side], said)


class MergePages(HistoryPages):
    actions = ["merge_two"]

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<int:kept_pk>/merge/<int:gone_pk>/",
                self.admin_site.admin_view(self.merge_view),
                name=f"directory_{self.opts.model_name}_merge",
            ),
            *super().get_urls(),
        ]

    def has_merge_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request) and self.has_delete_permission(request)

    @admin.action(description="Merge two into one", permissions=["merge"])
    def merge_two(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        found = list(queryset.order_by("pk").values_list("pk", flat=True)[:3])
        if len(found) != 2:
            messages.error(request, "Tick just two listings to merge them.")
            return None
        return HttpResponseRedirect(self.page_url("merge", *found))

    def merge_view(self, request: HttpRequest, kept_pk: int, gone_pk: int) -> HttpResponse:
        if not self.has_merge_permission(request):
            raise PermissionDenied
        kept, gone = (self.get_object(request, str(pk)) for pk in (kept_pk, gone_pk))
        if kept is None or gone is None or kept_pk == gone_pk:
            messages.error(request, "One of the two was deleted or merged in the meantime.")
            return HttpResponseRedirect(self.page_url("changelist"))
        seen = newest_record_id(self.model, kept_pk), newest_record_id(self.model, gone_pk)
        fresh: dict[str, Any] = {"seen_kept": seen[0], "seen_gone": seen[1]}
        asked = questions(kept, gone)
        form = MergeForm(initial=fresh, asked=asked)
        report, errors = None, []
        if request.method == "POST":
            sent = MergeForm(request.POST, initial=fresh, asked=asked)
            # What was chosen stays, also where what is asked has changed since.
            chosen = {question.name: request.POST.get(question.name) or question.likely for question in asked}
            if any(request.POST.get(name) != str(value) for name, value in fresh.items()):
                errors = [CHANGED_SINCE]
            elif sent.is_valid():
                do = merge if "_merge" in request.POST else rehearse
                try:
                    report = do(self.model, kept_pk, gone_pk, sent.choices, editor(request), seen)
                except ValidationError as error:
                    errors = self.said(error)
                if report and do is merge:
                    self.log_change(request, report.listing, f"Merged with {full_name(gone)}.")
                    messages.success(
                        request, f"Merged. {full_name(gone)} is now part of {full_name(report.listing)}."
                    )
                    return HttpResponseRedirect(self.page_url("change", kept_pk))
            form = MergeForm(initial=fresh | chosen, asked=asked) if errors else sent
        return self.shown(
            request,
            "merge",
            title=f"Merge two {self.opts.verbose_name_plural}",
            kept=full_name(kept),
            gone=full_name(gone),
            form=form,
            report=report,
            errors=errors,
            kept_url=self.page_url("change", kept_pk),
            gone_url=self.page_url("change", gone_pk),
            other_way_url=self.page_url("merge", gone_pk, kept_pk),
            here_url=self.page_url("merge", kept_pk, gone_pk),
        )

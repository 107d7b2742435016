"""The editors' forms: a draft with its parts, and the steps from a draft to a page."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget, AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from conditions.areas import Area, set_areas
from conditions.compare import Change, compare_texts, paragraphs_of, part_lines
from conditions.models import HowCommon, Page, RedFlag, RedFlagCard, Signature, Version
from conditions.models.page import check_address_is_free, slug_validator
from conditions.models.review import latest_review_date
from conditions.versions import change_address


class VersionForm(forms.ModelForm):
    """A draft, with the address and the parts of the body of the page that it belongs to."""

    slug = forms.CharField(
        label="Address",
        max_length=80,
        validators=[slug_validator],
        help_text="The last part of the page's address, such as neck-pain. A change takes effect at once; "
        "the old address then leads to the new one.",
    )
    areas = forms.MultipleChoiceField(
        label="Parts of the body",
        choices=Area.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Where readers find the page. A change here shows at once, before the draft is published.",
    )
    how_common = forms.TypedChoiceField(
        label="How common it is",
        choices=HowCommon.choices,
        coerce=int,
        required=False,
        empty_value=None,
        initial=HowCommon.COMMON,
        help_text="Among what people see a physiotherapist for. Lists begin with the most common. A change "
        "shows at once.",
    )
    # The revision that this form was filled in from.
    seen_revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Version
        fields = (
            "title",
            "other_names",
            "summary",
            "overview",
            "symptoms",
            "self_care",
            "author",
            "picture",
            "note",
        )
        widgets = {
            "summary": forms.Textarea(attrs={"rows": 2, "cols": 80}),
            "other_names": forms.Textarea(attrs={"rows": 6, "cols": 80}),
            "note": forms.TextInput(attrs={"size": 80}),
            "title": forms.TextInput(attrs={"size": 60}),
        }

    # Set by the admin for a new page.
    new_kind: str = Page.Kind.CONDITION

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.page: Page | None = self.instance.page if self.instance.page_id else None
        self.kind = self.page.kind if self.page else self.new_kind
        if self.page:
            self.fields["slug"].initial = self.page.slug
            self.fields["areas"].initial = [row.area for row in self.page.areas.all()]
            self.fields["how_common"].initial = self.page.how_common
            self.fields["seen_revision"].initial = self.instance.revision
        if self.kind == Page.Kind.SIMPLE:
            # Their addresses are a contract with the rest of the site.
            self.fields["slug"].disabled = True
        # The draft as somebody else saved it while this form was filled in.
        self.overtaken_by: Version | None = None

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"]
        check_address_is_free(self.kind, slug, self.page)
        return slug

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.kind == Page.Kind.CONDITION and not cleaned.get("areas") and "areas" not in self.errors:
            self.add_error(
                "areas", "Choose at least one part of the body, so that readers can find the page."
            )
        if self.kind == Page.Kind.POST and not cleaned.get("author") and "author" in self.fields:
            self.add_error("author", "Choose who wrote it, or the site's editors together.")
        if self.page:
            self._check_revision(cleaned)
        return cleaned

    def _check_revision(self, cleaned: dict[str, Any]) -> None:
        """Tell the second of two people who save one draft, once, with both texts."""
        now = Version.objects.select_for_update(of=("self",)).get(pk=self.instance.pk)
        if not now.is_open:
            raise ValidationError(
                "This draft was published or withdrawn in the meantime, so nothing was saved. Your words are "
                "still in this form: open the page in another tab, edit its text anew and copy them there."
            )
        if cleaned.get("seen_revision") in (None, now.revision):
            return
        who = now.edited_by or "Somebody"
        self.overtaken_by = now
        # What is sent next is sent knowing of the other's words.
        sent = QueryDict(mutable=True)
        sent.update(self.data)
        sent["seen_revision"] = str(now.revision)
        self.data = sent
        raise ValidationError(
            f"{who} saved this draft while you were writing, at "
            f"{timezone.localtime(now.updated_at):%H:%M on %d/%m/%Y}. Your words are still in the form. "
            "Below it you see what differs. Saving again puts your words in place of theirs."
        )

    def save_page(self) -> None:
        """The page itself, before its draft. Not in ``save()``: that comes before the parts are checked."""
        page = self.page
        if page is None:
            page = Page.objects.create(kind=self.kind, slug=self.cleaned_data["slug"])
        elif page.slug != self.cleaned_data["slug"]:
            change_address(page, self.cleaned_data["slug"])
            page.refresh_from_db()
        if how_common := self.cleaned_data.get("how_common"):
            page.how_common = how_common
            page.save(update_fields=["how_common"])
        set_areas(page, self.cleaned_data["areas"])
        self.instance.page = page
        self.instance.revision += 1


class PartForm(forms.ModelForm):
    """A part of a version. Left without a number, it goes to the end of its list."""

    # Far below what the database can hold, so that there is always room at the end.
    position = forms.IntegerField(label="Order", min_value=0, max_value=9999, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A published version is only shown, without any field to fill in.
        if "position" in self.fields:
            self.fields["position"].required = False

    def has_changed(self) -> bool:
        # A row in which only the order was touched is no new part.
        return any(name != "position" for name in self.changed_data) or (
            bool(self.instance.pk) and super().has_changed()
        )


class PartFormSet(forms.BaseInlineFormSet):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound:
            self._bring_back_rows()

    def _bring_back_rows(self) -> None:
        """A row that somebody else took off meanwhile becomes one to add, with all that was typed in it.

        Django expects the rows to add after the others.
        """
        count = self.data.get(f"{self.prefix}-INITIAL_FORMS", "")
        there = {str(part.pk) for part in self.get_queryset()}
        known = range(min(int(count), self.absolute_max) if count.isdecimal() else 0)
        held = [row for row in known if self.data.get(f"{self.prefix}-{row}-id") in there]
        gone = [row for row in known if row not in held]
        if not gone:
            return
        sent = QueryDict(mutable=True)
        sent.update(self.data)
        data = sent.copy()
        rows = {row: f"{self.prefix}-{row}-" for row in known}
        for name in [name for name in data if name.startswith(tuple(rows.values()))]:
            del data[name]
        for new, old in enumerate([*held, *gone]):
            for name in [name for name in sent if name.startswith(rows[old])]:
                data.setlist(rows[new] + name.removeprefix(rows[old]), sent.getlist(name))
            if old in gone:
                data[f"{rows[new]}id"] = ""
        data[f"{self.prefix}-INITIAL_FORMS"] = str(len(held))
        self.data = data

    def typed_parts(self) -> list[Any]:
        """The parts as they are in the form, those of rows with a fault left out."""
        used = [form for form in self.forms if form.instance.pk or form.has_changed()]
        kept = [form for form in used if form.is_valid() and not form.cleaned_data.get("DELETE")]
        return sorted((form.instance for form in kept), key=lambda part: part.position)

    def clean(self) -> None:
        super().clean()
        filled = [form for form in self.forms if hasattr(form, "cleaned_data")]
        last = max((form.cleaned_data.get("position") or 0 for form in filled), default=0)
        for form in filled:
            kept = form.has_changed() and not form.cleaned_data.get("DELETE")
            if kept and not form.cleaned_data.get("position"):
                last += 1
                form.instance.position = last
        self.check_parts([form for form in filled if not form.cleaned_data.get("DELETE")])

    def check_parts(self, kept: list[forms.ModelForm]) -> None:
        """For what concerns several parts together."""


class RedFlagFormSet(PartFormSet):
    def check_parts(self, kept: list[forms.ModelForm]) -> None:
        used: set[str] = set()
        for form in kept:
            card = form.cleaned_data.get("card")
            if not card:
                continue
            if card.urgency in used and not form.cleaned_data.get("why_another"):
                form.add_error(
                    "why_another",
                    f"The page has a card “{card.get_urgency_display()}” already. Take one off, "
                    "or say why readers need both.",
                )
            used.add(card.urgency)

    def typed_parts(self) -> list[Any]:
        cards = super().typed_parts()
        for flag in cards:
            flag.copy_words()
        return cards

    def save_new(self, form: forms.ModelForm, commit: bool = True) -> RedFlag:
        form.instance.copy_words()
        return super().save_new(form, commit)

    def save_existing(self, form: forms.ModelForm, obj: RedFlag, commit: bool = True) -> RedFlag:
        form.instance.copy_words()
        return super().save_existing(form, obj, commit)


class RelatedPageFormSet(PartFormSet):
    def check_parts(self, kept: list[forms.ModelForm]) -> None:
        seen = set()
        for form in kept:
            page = form.cleaned_data.get("page")
            if page and page.pk == self.instance.page_id:
                form.add_error("page", "A page cannot be related to itself. Choose another.")
            elif page and page.pk in seen:
                form.add_error("page", "This page is in the list already.")
            if page:
                seen.add(page.pk)


def what_differs(form: VersionForm, formsets: list[PartFormSet]) -> list[Change]:
    """What was typed against what somebody else saved meanwhile; [] if nobody did."""
    now = form.overtaken_by
    if now is None:
        return []
    # The form's own instance holds what was typed, its parts what is in the database.
    typed = paragraphs_of(form.instance)
    for formset in formsets:
        typed[formset.get_default_prefix()] = [
            line for part in formset.typed_parts() for line in part_lines(part)
        ]
    return compare_texts(typed, paragraphs_of(now))


class RedFlagCardForm(forms.ModelForm):
    """A card of the library, with the parts of the body whose pages show it on top."""

    areas = forms.MultipleChoiceField(
        label="On top of the pages of",
        choices=Area.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="The pages of these parts of the body begin with this card, once a published page uses it.",
    )

    class Meta:
        model = RedFlagCard
        fields = ("name", "urgency", "heading", "items", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["areas"].initial = [row.area for row in self.instance.areas.all()]


class SignForm(forms.ModelForm):
    # The words that the reviewer has read.
    seen_revision = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Signature
        fields = ("name", "profession", "registration_number", "checked", "next_review_on")
        widgets = {"next_review_on": AdminDateWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["next_review_on"].initial = latest_review_date(timezone.localdate())


class PublishForm(forms.Form):
    """Now, or at a time in London; without a signature only if the publisher says so."""

    at = forms.SplitDateTimeField(
        label="Publish at (London time)",
        required=False,
        widget=AdminSplitDateTime,
        help_text="Leave empty to publish now.",
    )
    unsigned = forms.BooleanField(
        label="Publish without a signature",
        required=False,
        help_text="Readers are told that the page is not yet clinically reviewed.",
    )

    def clean_at(self) -> Any:
        at = self.cleaned_data["at"]
        if at and at < timezone.now() - timedelta(seconds=1):
            raise ValidationError(
                "That time has passed. Choose a later one, or leave it empty to publish now."
            )
        return at


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label="Why, for readers",
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
        max_length=500,
        help_text="One or two plain sentences. They stand at the page's address from now on.",
    )
    instead = forms.ModelChoiceField(
        label="Where readers should go instead", queryset=Page.objects.none(), required=False
    )

    def __init__(self, *args: Any, page: Page, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        live = Version.objects.live().values("page")
        choice = self.fields["instead"]
        assert isinstance(choice, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        choice.queryset = Page.objects.filter(pk__in=live).exclude(pk=page.pk)

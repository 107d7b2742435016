from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from conditions.areas import Area
from conditions.models import Condition, ConditionArea, ConditionVersion, slug_validator


class VersionForm(forms.ModelForm):
    """A draft, with the address and the parts of the body of the page that it belongs to."""

    slug = forms.CharField(
        label="Address",
        max_length=80,
        validators=[slug_validator],
        help_text="The last part of the page's address, such as neck-pain. It stays once published.",
    )
    areas = forms.MultipleChoiceField(
        label="Parts of the body",
        choices=Area.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="Where readers find the page. A change here shows at once, before the draft is published.",
    )

    class Meta:
        model = ConditionVersion
        fields = (
            "title",
            "other_names",
            "summary",
            "overview",
            "symptoms",
            "self_care",
            "note",
            "reviewed_by",
            "reviewed_on",
            "review_due_on",
        )
        widgets = {
            "summary": forms.Textarea(attrs={"rows": 2, "cols": 80}),
            "other_names": forms.Textarea(attrs={"rows": 6, "cols": 80}),
            "note": forms.TextInput(attrs={"size": 80}),
            "title": forms.TextInput(attrs={"size": 60}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.condition: Condition | None = self.instance.condition if self.instance.condition_id else None
        if self.condition:
            self.fields["slug"].initial = self.condition.slug
            self.fields["areas"].initial = [row.area for row in self.condition.areas.all()]
            # A form field that is disabled keeps its initial value whatever is sent.
            self.fields["slug"].disabled = self.condition.versions.filter(publish_at__isnull=False).exists()

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"]
        others = Condition.objects.filter(slug=slug)
        if self.condition:
            others = others.exclude(pk=self.condition.pk)
        if others.exists():
            raise ValidationError("Another page has this address. Choose another, or edit that page.")
        return slug

    def save_page(self) -> None:
        """Saves the page that the draft belongs to; not before every part of the draft is right."""
        condition = self.condition or Condition()
        condition.slug = self.cleaned_data["slug"]
        condition.save()
        chosen = self.cleaned_data["areas"]
        condition.areas.exclude(area__in=chosen).delete()
        held = set(condition.areas.values_list("area", flat=True))
        ConditionArea.objects.bulk_create(
            ConditionArea(condition=condition, area=area) for area in chosen if area not in held
        )
        self.instance.condition = condition


class ChildForm(forms.ModelForm):
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


class ChildFormSet(forms.BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        kept = [
            form
            for form in self.forms
            if hasattr(form, "cleaned_data") and form.has_changed() and not form.cleaned_data.get("DELETE")
        ]
        last = max(
            (form.cleaned_data.get("position") or 0 for form in self.forms if hasattr(form, "cleaned_data")),
            default=0,
        )
        for form in kept:
            if not form.cleaned_data.get("position"):
                last += 1
                form.instance.position = last

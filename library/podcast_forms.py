from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from library.models import Chapter, Episode
from library.podcast_moments import MomentField, clock


class EpisodeForm(forms.ModelForm):
    seconds = MomentField(
        label="Length",
        required=False,
        help_text="In minutes and seconds, such as 24:30. Read from an uploaded file.",
    )

    class Meta:
        model = Episode
        fields = (
            "title",
            "slug",
            "summary",
            "notes",
            "audio",
            "audio_url",
            "audio_type",
            "length",
            "seconds",
            "transcript",
            "picture",
            "kind",
            "season",
            "number",
            "explicit",
            "publish_at",
        )
        widgets = {
            "title": forms.TextInput(attrs={"size": 80}),
            "summary": forms.Textarea(attrs={"rows": 2, "cols": 80}),
            "transcript": forms.Textarea(attrs={"rows": 20, "cols": 80}),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        held = cleaned.get("audio")
        if held and getattr(held, "_committed", False):
            # What was read from the file, whatever has been typed beside it.
            for name in ("audio_type", "length", "seconds"):
                cleaned[name] = getattr(self.instance, name)
                self.errors.pop(name, None)
        return cleaned

    def clean_publish_at(self) -> Any:
        """One that is out would vanish if it were put off, which is rarely what is meant."""
        at = self.cleaned_data["publish_at"]
        now = timezone.now()
        if at and at != self.instance.publish_at and self.instance.is_published and at > now:
            raise ValidationError(
                "The episode is out already. Empty this to take it back, and set a time after that."
            )
        return at


class ChapterForm(forms.ModelForm):
    start = MomentField(label="Begins at", help_text="Such as 1:23.")

    class Meta:
        model = Chapter
        fields = ("start", "title", "url")


class ChapterFormSet(forms.BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        seconds = self.instance.seconds
        for form in self.forms:
            cleaned = getattr(form, "cleaned_data", {})
            start = cleaned.get("start")
            if seconds and start is not None and start >= seconds and not cleaned.get("DELETE"):
                form.add_error("start", f"The audio ends at {clock(seconds)}, before this chapter begins.")

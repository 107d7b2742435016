"""Words: what they mean, which mean the same, and which call for help at once."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.text import slugify

from conditions.fields import LinesField
from conditions.models import RedFlagCard
from conditions.models.version import one_a_line

own_path = RegexValidator(r"^/[^\s?#]*$", "Begin with a slash, such as /conditions/neck-pain/.")


class Term(models.Model):
    """A word of the glossary."""

    term = models.CharField(max_length=60, unique=True)
    other_forms = LinesField(
        blank=True,
        help_text="Other written forms of the same, one a line, such as the plural or the letters.",
    )
    meaning = models.CharField(max_length=250, help_text="One or two plain sentences.")
    page = models.CharField(
        "page with more",
        max_length=120,
        blank=True,
        validators=[own_path],
        help_text="Its path on this site.",
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["term"]

    def __str__(self) -> str:
        return self.term

    def clean(self) -> None:
        own = {form.casefold() for form in self.forms}
        for other in Term.objects.exclude(pk=self.pk):
            if shared := own & {form.casefold() for form in other.forms}:
                raise ValidationError(f"“{shared.pop()}” is a form of “{other}” already. Change that one.")

    @property
    def forms(self) -> list[str]:
        """The term itself first."""
        return [self.term, *one_a_line(self.other_forms)]

    @property
    def anchor(self) -> str:
        """Its id on the glossary's page."""
        return f"term-{slugify(self.term)}"


class Synonym(models.Model):
    """Words for one thing: in the site's search each finds what the others find."""

    words = LinesField(
        help_text="Words or phrases that mean the same, one a line, such as: shoulder blade, then scapula."
    )

    class Meta:
        ordering = ["words"]
        verbose_name = "words that mean the same"
        verbose_name_plural = "words that mean the same"

    def __str__(self) -> str:
        return ", ".join(self.word_list)

    def clean(self) -> None:
        if len({word.casefold() for word in self.word_list}) < 2:
            raise ValidationError({"words": "Enter two or more words or phrases, one a line."})

    @property
    def word_list(self) -> list[str]:
        return one_a_line(self.words)


class UrgentPhrases(models.Model):
    """What people type when they need help at once: the card then stands above all that the search finds."""

    card = models.OneToOneField(RedFlagCard, on_delete=models.PROTECT, related_name="urgent_phrases")
    phrases = LinesField(
        help_text="One a line, such as: chest pain. A search that has all words of a phrase shows the card."
    )

    class Meta:
        ordering = ["card__name"]
        verbose_name = "urgent phrases"
        verbose_name_plural = "urgent phrases"

    def __str__(self) -> str:
        return str(self.card)

    @property
    def phrase_list(self) -> list[str]:
        return one_a_line(self.phrases)

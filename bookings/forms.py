"""What a patient types, read into clean values; each message says what to do next."""

import re
import unicodedata

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError

from bookings.booking import Details
from bookings.models import Where

_WITHOUT_SHAPE = {"Cc", "Cf", "Cs", "Co", "Cn"}
# What a telephone number never has, the library would leave out.
_PHONE = re.compile(r"[0-9+()./ \u00a0\u2010-\u2015-]+((ext?\.?|x) ?[0-9]{1,6})?")
LONGEST_NAME, LONGEST_ADDRESS, LONGEST_REASON = 120, 300, 200
# As many characters as the column has.
LONGEST_PHONE = 20
PHONE = "Enter a telephone number, such as 07700 900123, or with the country: +353 1 234 5678."
EMAIL = "Enter an e-mail address, such as name@example.com."


class LineField(forms.CharField):
    """One line, without characters that nobody sees."""

    def to_python(self, value: object) -> str:
        return " ".join(visible(super().to_python(value) or "").split())


class LinesField(forms.CharField):
    def to_python(self, value: object) -> str:
        lines = visible((super().to_python(value) or "").replace("\r\n", "\n")).split("\n")
        return "\n".join(tidied for line in lines if (tidied := " ".join(line.split())))


def visible(text: str) -> str:
    """Without control characters but for line breaks, and without those that have no shape."""
    text = unicodedata.normalize("NFC", text).replace("\t", " ")
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in _WITHOUT_SHAPE)


def as_people_write(number: phonenumbers.PhoneNumber) -> str:
    """Which is how numbers are kept: 07700 900123, or +353 1 234 5678."""
    forms_of = phonenumbers.PhoneNumberFormat
    form = forms_of.NATIONAL if number.country_code == 44 else forms_of.INTERNATIONAL
    return phonenumbers.format_number(number, form)


class DetailsForm(forms.Form):
    name = LineField(error_messages={"required": "Enter your name."})
    email = LineField(error_messages={"required": "Enter your e-mail address. The times go there."})
    phone = LineField(
        error_messages={"required": "Enter a telephone number, for the case that something changes."}
    )
    address = LinesField(
        required=False, error_messages={"required": "Enter the address to visit, with its postcode."}
    )
    reason = LineField(required=False)
    consent = forms.BooleanField(
        error_messages={"required": "Tick the box if you agree. Without it, please book by telephone."}
    )
    # People never see it; programs that fill in every field do.
    topic = forms.CharField(required=False)

    def __init__(self, *args: object, where: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if where == Where.HOME:
            self.fields["address"].required = True
        else:
            del self.fields["address"]

    def clean_name(self) -> str:
        return self._not_longer("name", LONGEST_NAME)

    def clean_address(self) -> str:
        return self._not_longer("address", LONGEST_ADDRESS)

    def clean_reason(self) -> str:
        return self._not_longer("reason", LONGEST_REASON)

    def clean_email(self) -> str:
        typed = self.cleaned_data["email"].strip()
        if len(typed) > 254:
            raise ValidationError(f"That is too long for an e-mail address. {EMAIL}")
        if not typed.isascii() and not typed.rpartition("@")[0].isascii():
            raise ValidationError(f"We can only write to addresses with plain letters before the @. {EMAIL}")
        try:
            return forms.EmailField().clean(typed)
        except ValidationError as error:
            raise ValidationError(EMAIL) from error

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"].strip()
        try:
            if len(typed) > 40 or not _PHONE.fullmatch(typed):
                raise ValidationError(PHONE)
            number = phonenumbers.parse(typed, "GB")
        except phonenumbers.NumberParseException as error:
            raise ValidationError(PHONE) from error
        # Not "valid": which ranges are in use changes, and a number that is refused wrongly loses a patient.
        if not phonenumbers.is_possible_number(number):
            raise ValidationError(f"That number is too short or too long. {PHONE}")
        written = as_people_write(number)
        if len(written) > LONGEST_PHONE:
            # With an extension: the same digits, with less between them.
            extension, number.extension = number.extension, None
            whole = "".join(c for c in as_people_write(number) if c in "+0123456789")
            written = f"{whole} x{extension}" if extension else whole
        if len(written) > LONGEST_PHONE:
            raise ValidationError(f"That number is too long. Leave out the extension. {PHONE}")
        return written

    def details(self) -> Details:
        clean = self.cleaned_data
        return Details(
            clean["name"], clean["email"], clean["phone"], clean.get("address", ""), clean["reason"]
        )

    def as_typed(self) -> dict[str, str]:
        """For the hidden fields that carry it on."""
        return {name: self.data.get(name, "") for name in self.fields if self.data.get(name)}

    def _not_longer(self, name: str, most: int) -> str:
        value = self.cleaned_data[name]
        if len(value) > most:
            raise ValidationError(f"That is {len(value):,} characters long. Shorten it to {most}.")
        return value

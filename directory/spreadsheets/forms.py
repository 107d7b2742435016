import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.utils import timezone

from directory.models import SentFile
from directory.spreadsheets.sheet import FOR_ADMIN, MEGABYTE, Sheet, read_sheet

_HOURS_TO_CONFIRM = 12
# A larger file does not travel in the page.
IN_THE_PAGE = MEGABYTE
TOO_LARGE = f"The file is larger than {FOR_ADMIN.size // MEGABYTE} MB. {FOR_ADMIN.beyond}"


@dataclass
class Upload:
    """A file that somebody sent; ``content`` is compressed. ``kept`` is the digest of its ``SentFile``."""

    name: str
    size: int
    content: bytes
    kept: str = ""

    def sheet(self, progress: Callable[[int], Any] = int) -> Sheet:
        """Raises SheetError."""
        return read_sheet(zlib.decompress(self.content), FOR_ADMIN, progress)


class UploadForm(forms.Form):
    file = forms.FileField(
        label="CSV file or Excel Workbook (.xlsx)",
        allow_empty_file=True,
        help_text=f"At most {FOR_ADMIN.size // MEGABYTE} MB and {FOR_ADMIN.rows:,} rows. Nothing is changed "
        "yet: the next page shows what each row would do.",
        widget=forms.FileInput(
            attrs={
                "accept": ".csv,.xlsx,text/csv",
                "data-most-bytes": FOR_ADMIN.size,
                "data-too-large": TOO_LARGE,
            }
        ),
    )

    def clean_file(self) -> Upload:
        file = self.cleaned_data["file"]
        if file.size > FOR_ADMIN.size:
            raise forms.ValidationError(TOO_LARGE)
        return Upload(file.name, file.size, zlib.compress(file.read()))


def refusing(message: str) -> UploadForm:
    """The form, with what was wrong with the file that came."""
    form = UploadForm({})
    form.errors.clear()
    form.add_error("file", message)
    return form


class ConfirmForm(forms.Form):
    """Carries the file itself, or names the one that is kept, so that any of the site's processes can go on
    with it."""

    upload = forms.CharField(widget=forms.HiddenInput)
    rename = forms.BooleanField(
        required=False, label="Yes, these are the same people or clinics under another name."
    )


class _Bytes:
    def dumps(self, content: bytes) -> bytes:
        return content

    def loads(self, content: bytes) -> bytes:
        return content


def sealed(upload: Upload, digest: str, user: User) -> str:
    """The file and what was seen of it, signed for the person who sent it."""
    if upload.size > IN_THE_PAGE and not upload.kept:
        forget_old_files()
        upload.kept = sha256(upload.content).hexdigest()
        kept = {"digest": upload.kept, "content": upload.content}
        SentFile.objects.update_or_create(owner=user, defaults=kept)
    about = {"name": upload.name, "size": upload.size, "seen": digest, "kept": upload.kept}
    content = b"" if upload.kept else upload.content
    return signing.dumps(json.dumps(about).encode() + b"\n" + content, salt=_salt(user), serializer=_Bytes)


def unsealed(text: str, user: User) -> tuple[Upload, str]:
    """Raises signing.BadSignature for what was not sealed for this person, long ago, or is here no more."""
    sent: Any = signing.loads(text, salt=_salt(user), serializer=_Bytes, max_age=_HOURS_TO_CONFIRM * 3600)
    head, _, content = sent.partition(b"\n")
    about = json.loads(head)
    if kept := about["kept"]:
        found = SentFile.objects.filter(owner=user, digest=kept).first()
        if not found:
            raise signing.BadSignature
        content = bytes(found.content)
    return Upload(about["name"], about["size"], content, kept), about["seen"]


def forget(upload: Upload, user: User) -> None:
    SentFile.objects.filter(owner=user, digest=upload.kept).delete()


def forget_old_files() -> None:
    """Those that nobody confirmed."""
    oldest = timezone.now() - timedelta(hours=_HOURS_TO_CONFIRM)
    SentFile.objects.filter(sent_at__lt=oldest).delete()


def _salt(user: User) -> str:
    return f"directory.spreadsheets of {user.pk}"


class ExportForm(forms.Form):
    format = forms.ChoiceField(label="Kind of file", widget=forms.RadioSelect, initial="0")
    with_sample = forms.BooleanField(
        label="Sample listings too", required=False, help_text="Invented people, for trying things out."
    )

    def __init__(self, formats: list[Any], resources: list[Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        kind = self.fields["format"]
        assert isinstance(kind, forms.ChoiceField)  # noqa: S101 - for the type checker
        kind.choices = [(str(index), file().get_title()) for index, file in enumerate(formats)]
        if not settings.SAMPLE_DATA_ALLOWED:
            del self.fields["with_sample"]

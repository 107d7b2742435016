"""A text that is ciphertext in the database: Fernet of the library ``cryptography``, with keys that rotate.

``REASON_KEYS`` are tried in order, and the first one encrypts. docs/operating.md says how to change it.
"""

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

# What an editor reads in the place of a text whose key is gone.
UNREADABLE = "(cannot be read: its key is not among REASON_KEYS)"


class _Unreadable(str):
    """Says so to whoever reads it, and is saved again as the ciphertext that it was."""

    token: str


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypted(text: str) -> str:
    if isinstance(text, _Unreadable):
        return text.token
    return _fernet(tuple(settings.REASON_KEYS)).encrypt(text.encode()).decode() if text else ""


def decrypted(token: str) -> str:
    """UNREADABLE where no key fits."""
    if not token:
        return ""
    try:
        return _fernet(tuple(settings.REASON_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken:
        unreadable = _Unreadable(UNREADABLE)
        unreadable.token = token
        return unreadable


class EncryptedTextField(models.TextField):
    """An empty text stays empty, so that what has been erased can be told from what has not."""

    def from_db_value(self, value: str | None, *args: Any) -> str | None:
        return decrypted(value) if value else value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        return encrypted(value) if isinstance(value, str) else super().get_db_prep_save(value, connection)

    def get_lookup(self, lookup_name: str) -> Any:
        # Two ciphertexts of one text differ: only "is it empty" can be asked.
        return super().get_lookup(lookup_name) if lookup_name in {"exact", "isnull"} else None

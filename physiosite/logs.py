"""What must not stand in a log: the keys in addresses, and what a database repeats of a row it refused.
And the id by which the lines about one request are found again."""

import logging
import re
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

# As bookings.tokens and previews make them: text, a colon, and a signature; also as %3A.
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,200}(?::|%3A)[A-Za-z0-9_:-]{20,}", re.IGNORECASE)
# What was typed in several lines is in it with its line breaks.
_NEXT = r"^(?:HINT|CONTEXT|STATEMENT|Traceback|The above|During handling)"
_ROW = re.compile(rf"^(DETAIL:).*?(?={_NEXT}|\Z)", re.MULTILINE | re.DOTALL)
LEFT_OUT = "[left out]"
# As nginx makes them, and other proxies.
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{16,64}")
# Of the request that this thread answers.
current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")


def request_id_of(environ: Mapping[str, Any]) -> str:
    """The proxy's, or a new one where there is none or it could be something else."""
    given = str(environ.get("HTTP_X_REQUEST_ID", ""))
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


def without_secrets(text: str) -> str:
    return _ROW.sub(rf"\1 {LEFT_OUT}\n", _KEY.sub(LEFT_OUT, text))


class Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        text = without_secrets(super().format(record))
        request_id = current_request_id.get()
        return f"{request_id} {text}" if request_id else text

"""What must not stand in a log: the keys in addresses, and what a database repeats of a row it refused."""

import logging
import re

# As bookings.tokens and previews make them: text, a colon, and a signature; also as %3A.
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,200}(?::|%3A)[A-Za-z0-9_:-]{20,}", re.IGNORECASE)
# What was typed in several lines is in it with its line breaks.
_NEXT = r"^(?:HINT|CONTEXT|STATEMENT|Traceback|The above|During handling)"
_ROW = re.compile(rf"^(DETAIL:).*?(?={_NEXT}|\Z)", re.MULTILINE | re.DOTALL)
LEFT_OUT = "[left out]"


def without_secrets(text: str) -> str:
    return _ROW.sub(rf"\1 {LEFT_OUT}\n", _KEY.sub(LEFT_OUT, text))


class Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))

"""What must not stand in a log: the keys in addresses, and what a database repeats of a row it refused."""

import logging
import re

# As bookings.tokens and previews make them: text, a colon, and a signature; also as %3A.
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,200}(?::|%3A)[A-Za-z0-9_:-]{20,}", re.IGNORECASE)
_ROW = re.compile(r"^(DETAIL:).*$", re.MULTILINE)
LEFT_OUT = "[left out]"


def without_secrets(text: str) -> str:
    return _ROW.sub(rf"\1 {LEFT_OUT}", _KEY.sub(LEFT_OUT, text))


class Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))

"""schema.org's words in a page, as JSON-LD."""

import json
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

# One thing: its type, and what is known of it.
Data = dict[str, Any]
# So that no title can end the element that the data stands in.
_ESCAPED = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}


def known(**facts: Any) -> Data:
    """Without those that are not known."""
    return {name: value for name, value in facts.items() if value not in ("", None, [])}


def script(data: Data) -> SafeString:
    """An element with data, which no browser runs and so no content security policy stops."""
    written = json.dumps({"@context": "https://schema.org"} | data, ensure_ascii=False).translate(_ESCAPED)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(written))  # noqa: S308 - see above

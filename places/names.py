import re
import unicodedata


def name_key(text: str) -> str:
    """A place name in the form in which names are compared: ``St. Albans`` and ``saint-albans`` are one."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c for c in letters if not unicodedata.combining(c)).replace("&", " and ")
    letters = re.sub(r"['\u2019.`]", "", letters)
    words = re.sub(r"[^a-z0-9]+", " ", letters).split()
    return " ".join("st" if word == "saint" else word for word in words)

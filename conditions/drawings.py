from functools import cache

from django.conf import settings

_FOLDER = settings.BASE_DIR / "static" / "img" / "exercises"


@cache
def drawings() -> list[tuple[str, str]]:
    """The line drawings of exercises that there are: names of files, and the same in words."""
    return [(path.stem, path.stem.replace("-", " ").capitalize()) for path in sorted(_FOLDER.glob("*.svg"))]

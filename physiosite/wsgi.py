import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "physiosite.settings")
django_application = get_wsgi_application()

# It reads the settings, which are there from here on.
from physiosite.page_cache import PageCache  # noqa: E402

application = PageCache(django_application)


def make_ready() -> None:
    """What every process needs, once for all: without a question to the database, whose connections must not
    be shared."""
    from django.urls import get_resolver

    from places.towns import town_index

    _ = get_resolver().url_patterns
    town_index()
    # What is there now stays: to look through it for rubbish costs time, and copies the memory that is shared.
    gc.collect()
    gc.freeze()

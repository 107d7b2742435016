import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "physiosite.settings")
django_application = get_wsgi_application()

# They read the settings, which are there from here on.
from django.urls import get_resolver  # noqa: E402

from physiosite.page_cache import PageCache  # noqa: E402
from places.towns import town_index  # noqa: E402

application = PageCache(django_application)

# What the first visitor would wait for, and what processes that part afterwards share. No question to the
# database: a connection must not be shared.
_ = get_resolver().url_patterns
town_index()

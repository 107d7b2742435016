import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "physiosite.settings")
django_application = get_wsgi_application()

# It reads the settings, which are there from here on.
from physiosite.page_cache import PageCache  # noqa: E402

application = PageCache(django_application)

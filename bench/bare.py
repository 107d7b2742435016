"""The least that Django can do: one HttpResponse with the bytes of the file that BENCH_BODY names."""

import os
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import re_path

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    MIDDLEWARE=[],
    ROOT_URLCONF=__name__,
    SECRET_KEY=os.environ["SECRET_KEY"],
    LOGGING_CONFIG=None,
)
BODY = Path(os.environ["BENCH_BODY"]).read_bytes()


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(BODY)


urlpatterns = [re_path("", page)]

# It reads the settings, which are there from here on.
from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()

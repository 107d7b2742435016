from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conditions.finding import areas_with_pages, common_conditions
from physiosite.logs import current_request_id

COMMON_SHOWN = 9


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    context = {"pages": common_conditions(COMMON_SHOWN), "areas": areas_with_pages()}
    return render(request, "home.html", context)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """The process can reach its database."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # whatever stops the database from answering, the answer is the same
        return HttpResponse("no database\n", content_type="text/plain", status=503)
    return HttpResponse("ready\n", content_type="text/plain")


@never_cache
def failed(request: HttpRequest) -> HttpResponse:
    """Whatever has failed, this must not: no database, no session, nothing that other pages lean on."""
    page = loader.get_template("500.html").render({"request_id": current_request_id.get()})
    return HttpResponse(page, status=500)

"""One id for each request: in every line of the log about it, and on the page that says that it failed."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from physiosite.logs import current_request_id, request_id_of


def request_ids(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    def middleware(request: HttpRequest) -> HttpResponse:
        request_id = request_id_of(request.META)
        # gunicorn writes its line from the same environ, when all of this is over.
        request.META["HTTP_X_REQUEST_ID"] = request_id
        token = current_request_id.set(request_id)
        try:
            return get_response(request)
        finally:
            current_request_id.reset(token)

    return middleware

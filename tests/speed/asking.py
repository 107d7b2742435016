"""Asking the site as a web server does, through what keeps its pages."""

from typing import Any, NamedTuple
from wsgiref.util import setup_testing_defaults

from physiosite.page_cache import PageCache
from physiosite.wsgi import django_application


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def new_process() -> PageCache:
    """One that has no page yet."""
    return PageCache(django_application)


def ask(application: Any, address: str, method: str = "GET", **environ: Any) -> Answer:
    """``environ``: headers and the like, as WSGI has them."""
    path, _, query = address.partition("?")
    sent: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query}
    sent |= {"HTTP_HOST": "testserver", "REMOTE_ADDR": "127.0.0.1", **environ}
    setup_testing_defaults(sent)
    told: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        told[:] = [int(status[:3]), dict(headers)]

    response = application(sent, start)
    try:
        body = b"".join(response)
    finally:
        if hasattr(response, "close"):
            response.close()
    return Answer(told[0], told[1], body)

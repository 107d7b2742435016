"""Uploaded files: how they are served, and how much of one is taken.

Only the kinds that the site itself has made or checked go out, under names that it has made up, and in a way
that no browser runs anything in them. Whole or in parts: players seek in audio by asking for ranges of bytes
(https://www.rfc-editor.org/rfc/rfc9110#section-14).
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

TYPES = {
    "jpg": "image/jpeg",
    "m4a": "audio/x-m4a",
    "mp3": "audio/mpeg",
    "png": "image/png",
    "webp": "image/webp",
}
# One dot, before the ending: no name leads out of the folder or to a hidden file.
_NAME = re.compile(rf"(?:[A-Za-z0-9_-]+/)*[A-Za-z0-9_-]+\.(?P<ending>{'|'.join(TYPES)})")
_RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.ASCII | re.IGNORECASE)
_HEADERS = {
    "Accept-Ranges": "bytes",
    # All this is for everybody; to a browser that opens audio by itself, the sandbox is another site too.
    "Access-Control-Allow-Origin": "*",
    # Another upload has another name.
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Disposition": "inline",
    # Opened by itself, audio is a page that the browser makes around it, which plays it.
    "Content-Security-Policy": "default-src 'none'; media-src 'self'; sandbox",
    # Podcast apps that run in a browser show covers and play audio on their own pages.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
_CHUNK = 64 * 1024


@require_safe
def serve(request: HttpRequest, name: str) -> HttpResponseBase:
    known = _NAME.fullmatch(name)
    if not known:
        raise Http404
    try:
        # A stream closes it at its end.
        file = Path(default_storage.path(name)).open("rb")  # noqa: SIM115
    except OSError:
        raise Http404 from None
    answer = _answer(request, file, TYPES[known["ending"]])
    if not isinstance(answer, StreamingHttpResponse):
        file.close()
    return answer


def _answer(request: HttpRequest, file: BinaryIO, kind: str) -> HttpResponseBase:
    size, changed = _size_and_time(file)
    etag = f'"{changed:x}-{size:x}"'
    known = _HEADERS | {"Content-Type": kind, "ETag": etag, "Last-Modified": http_date(changed)}
    plain = HttpResponse(headers=known)
    conditional = get_conditional_response(request, etag=etag, last_modified=changed, response=plain)
    if conditional is not plain:
        # Nothing has changed, or not what the request is about.
        assert conditional is not None  # noqa: S101 - for the type checker
        for header, value in _HEADERS.items():
            # Browsers take them over for what they hold.
            conditional[header] = value
        return conditional
    start, end, status = _wanted(request, size, {etag, known["Last-Modified"]})
    if status == 416:
        return HttpResponse(
            status=416, headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"}
        )
    known["Content-Length"] = str(end - start)
    if status == 206:
        known["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    if request.method == "HEAD":
        # Not every server cuts the body off.
        return HttpResponse(status=status, headers=known)
    response = StreamingHttpResponse(_pieces(file, start, end), status=status, headers=known)
    # With the response, also if nobody reads it to its end.
    vars(response)["_resource_closers"].append(file.close)
    return response


def _size_and_time(file: BinaryIO) -> tuple[int, int]:
    status = os.fstat(file.fileno())
    return status.st_size, int(status.st_mtime)


def _wanted(request: HttpRequest, size: int, validators: set[str]) -> tuple[int, int, int]:
    """The first byte, the one after the last, and the status.

    The whole file for several ranges, which no player asks for and which make a server send more than the
    file for one request, for what is no range, and where the file is not the one that If-Range names.
    """
    whole = 0, size, 200
    asked = _RANGE.fullmatch(request.headers.get("Range", "")) if request.method == "GET" else None
    if not asked or request.headers.get("If-Range", "") not in {"", *validators}:
        return whole
    first, last = asked.groups()
    if first:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < int(first):
            return whole
    elif last:
        start, end = max(size - int(last), 0), size
    else:
        return whole
    return (start, end, 206) if start < end else (0, 0, 416)


def _pieces(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    file.seek(start)
    left = end - start
    while left and (piece := file.read(min(_CHUNK, left))):
        left -= len(piece)
        yield piece


class LimitedUploads(TemporaryFileUploadHandler):
    """Lets go of a file that grows beyond the largest the site takes.

    What else was sent with it is kept, so that the form can say what was wrong and loses nothing.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.received = 0

    @property
    def is_too_large(self) -> bool:
        return self.received > settings.LARGEST_AUDIO_MB * 1024 * 1024

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.is_too_large:
            # Gone from the disk with it.
            self.file.close()
        else:
            super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> UploadedFile | None:
        if not self.is_too_large:
            return super().file_complete(file_size)
        left_out = SimpleUploadedFile(self.file_name or "", b"", self.content_type or "")
        left_out.size = self.received
        return left_out

"""The site's own name, for addresses that are written out in full."""

from django.conf import settings
from django.http import HttpRequest


def own_address(request: HttpRequest, path: str) -> str:
    """With https, under the first name of ALLOWED_HOSTS: a page that answers under several has one address.

    Without, on a machine of one's own, under the name and port that were asked for.
    """
    if not settings.HTTPS:
        return f"{request.scheme}://{request.get_host()}{path}"
    # A leading dot stands for the name itself too.
    return f"https://{settings.ALLOWED_HOSTS[0].removeprefix('.')}{path}"

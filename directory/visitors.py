"""Who sends a form, as far as it matters: from this site, and from which address on the network.

Forms of the public site have no CSRF token, which would need a cookie: ``corrections`` says why.
"""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac


def is_from_elsewhere(request: HttpRequest) -> bool:
    """The browser says that the form stands on another site."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}


def address_of(request: HttpRequest) -> str:
    """The visitor's address, of IPv6 the part that is one household's."""
    text = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        # Its last part is what our own proxy wrote; what comes before it anybody can have made up.
        text = request.headers.get("X-Forwarded-For", text).rpartition(",")[2].strip()
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if not isinstance(address, IPv6Address):
        return text
    # What a server that listens on both calls an address of IPv4.
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False))


def tries(request: HttpRequest, what: str, seconds: int) -> int:
    """How often this visitor has tried something since the first time, which is so many seconds ago at most;
    counts this time too, for all processes. Of the address only a hash is kept, and not for longer; its key
    is the site's secret and the day, so that nothing can be matched with another day's."""
    visitor = salted_hmac(__name__, f"{timezone.localdate()} {address_of(request)}", algorithm="sha256")
    key = f"tries:{what}:{visitor.hexdigest()}"
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key)
    except ValueError:  # the time ended between the two
        return 1

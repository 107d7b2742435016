from django.conf import settings


def own_address(path: str) -> str:
    """A path of the site as an address under the site's own name, whichever name was asked for."""
    return settings.SITE_URL + path

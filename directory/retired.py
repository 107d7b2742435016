"""Listings at a postcode that is not held any more: kept where they are, and listed for editors.

Royal Mail retires postcodes, and the next import of postcodes leaves them out. The point that a listing
had is still right, so nothing is taken from the search; but its address wants looking at.
"""

from collections.abc import Iterable

from django.core.cache import cache
from django.db.models import QuerySet
from django.utils import timezone

from directory.models import Clinic, Physiotherapist
from places.models import Postcode
from places.postcodes import postcode_key, read_code
from places.towns import town_of_outward

_AT_ONCE = 5000
# Seconds.
_FRESH = 600


def clinics_at_retired_postcodes() -> list[int]:
    """Those whose pin was set by hand are where an editor put them, whatever the postcode."""
    return _lately_at_retired(Clinic.objects.filter(pin_by_hand=False).order_by("name"), "postcode")


def people_with_retired_bases() -> list[int]:
    visitors = Physiotherapist.objects.filter(home_visits=True, listed=True).order_by("name")
    return _lately_at_retired(visitors, "visit_postcode")


def _lately_at_retired(listings: QuerySet, postcode: str) -> list[int]:
    """Looked for in all of them once in ``_FRESH``, as a postcode is retired four times a year at most; what
    an editor has mended since is left out at once."""
    key = f"retired:{listings.model._meta.model_name}:{timezone.localdate()}"
    listed = listings.values_list("pk", postcode)
    if (found := cache.get(key)) is None:
        found = _at_retired(listed)
        cache.set(key, found, _FRESH)
        return found
    return _at_retired(listed.filter(pk__in=found)) if found else []


def _at_retired(listings: Iterable[tuple[int, str]]) -> list[int]:
    keys = {pk: _key_of(postcode) for pk, postcode in listings}
    wanted = sorted({key for key in keys.values() if key})
    held: set[int] = set()
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        held.update(Postcode.objects.filter(pk__in=some).values_list("pk", flat=True))
    return [pk for pk, key in keys.items() if key is not None and key not in held]


def _key_of(postcode: str) -> int | None:
    """None where no exact postcodes are held, so that none can be missed; 0 for what is no postcode."""
    code = read_code(postcode)
    if code and code.outward in town_of_outward():
        return None
    return postcode_key(code.outward + code.inward) if code and len(code.inward) == 3 else 0

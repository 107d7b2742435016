"""Looking up many postcodes at once, for imports."""

from collections.abc import Iterable

from places.codepoint import E4
from places.locate import Place, tidy
from places.models import Postcode
from places.postcodes import Code, postcode_key, read_code, read_code_with_swaps

# Some builds of SQLite take no more values in a statement than 32,766.
_AT_ONCE = 10_000


def locate_postcodes(texts: Iterable[str]) -> dict[str, Place]:
    """The places of those texts that are postcodes we hold, in one query; the same as ``locate_postcode``.

    What is missing from the answer is for ``locate_postcode`` to say: a postcode that we do not hold,
    one of a place without exact postcodes, or no postcode at all.
    """
    codes = {text: code for text in texts if (code := whole_code(text))}
    # Not in_bulk, which asks again for every thousand of them.
    keys = list({_key(code) for code in codes.values()})
    held: dict[int, Postcode] = {}
    for start in range(0, len(keys), _AT_ONCE):
        some = Postcode.objects.filter(pk__in=keys[start : start + _AT_ONCE])
        held |= {postcode.pk: postcode for postcode in some}
    places = {}
    for text, code in codes.items():
        if postcode := held.get(_key(code)):
            places[text] = Place(postcode.latitude_e4 / E4, postcode.longitude_e4 / E4, str(code), "postcode")
    return places


def whole_code(text: str) -> Code | None:
    """The whole postcode that a text is taken for, whether we hold it or not: an O may be typed for a 0."""
    typed = tidy(text)
    if (code := read_code(typed)) and len(code.inward) == 3:
        return code
    return next((code for code in read_code_with_swaps(typed) if len(code.inward) == 3), None)


def _key(code: Code) -> int:
    return postcode_key(code.outward + code.inward)

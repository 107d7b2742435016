"""Where a listing is, and whether it may be kept."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from places.locate import Place, PlaceNotFound, locate_postcode

# The Isles of Scilly and Jersey to Shetland, Belfast's west to Lowestoft.
_SOUTH, _NORTH, _WEST, _EAST = 49, 61, -9, 2

phone_validator = RegexValidator(
    r"^\+?[0-9][0-9 ()-]{8,18}[0-9]$", "Enter a telephone number, such as 0113 496 0000."
)

_at_hand: ContextVar[Mapping[str, Place | PlaceNotFound]] = ContextVar(
    "_at_hand", default=MappingProxyType({})
)


def latitude_field(**kwargs: Any) -> models.FloatField:
    return models.FloatField(validators=[MinValueValidator(_SOUTH), MaxValueValidator(_NORTH)], **kwargs)


def longitude_field(**kwargs: Any) -> models.FloatField:
    return models.FloatField(validators=[MinValueValidator(_WEST), MaxValueValidator(_EAST)], **kwargs)


@contextmanager
def places_at_hand(places: Mapping[str, Place | PlaceNotFound]) -> Iterator[None]:
    """What was looked up for many listings at once, by the text, for the listings that are cleaned within."""
    token = _at_hand.set(places)
    try:
        yield
    finally:
        _at_hand.reset(token)


def point_of(field: str, postcode: str) -> tuple[str, float, float]:
    """A postcode as it is written, with its point. Raises ValidationError on the field."""
    try:
        place = _at_hand.get().get(postcode) or locate_postcode(postcode)
        if isinstance(place, PlaceNotFound):
            raise place
    except PlaceNotFound as error:
        raise ValidationError({field: error.message}) from error
    return place.label, place.latitude, place.longitude


def settle_point(listing: Any, postcode: str, latitude: str, longitude: str, **of: Any) -> None:
    """Put a postcode as it is written, and its point, into the fields so named. Raises ValidationError.

    Royal Mail retires postcodes. What a listing has had with one stays, so that the rest of it can be
    changed. ``of``: of which saved listings the point is the postcode's.
    """
    typed = getattr(listing, postcode)
    names = postcode, latitude, longitude
    try:
        values = point_of(postcode, typed)
    except ValidationError:
        saved = type(listing)._base_manager.filter(pk=listing.pk, **of).values_list(*names).first()
        if not saved or None in saved or "".join(typed.split()).upper() != "".join(saved[0].split()):
            raise
        values = saved
    for name, value in zip(names, values, strict=True):
        setattr(listing, name, value)


def refuse_sample(listing: Any) -> None:
    """Raises ValidationError where invented people must not be."""
    if listing.sample and not settings.SAMPLE_DATA_ALLOWED:
        raise ValidationError("Sample listings are not allowed here (SAMPLE_DATA_ALLOWED is off).")

from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models


class Area(models.TextChoices):
    """The parts of the body that pages are found by, from the head down; the values stand in addresses."""

    HEAD_AND_JAW = "head-and-jaw", "Head and jaw"
    NECK = "neck", "Neck"
    SHOULDER = "shoulder", "Shoulder"
    UPPER_ARM = "upper-arm", "Upper arm"
    ELBOW = "elbow", "Elbow"
    FOREARM = "forearm", "Forearm"
    WRIST_AND_HAND = "wrist-and-hand", "Wrist and hand"
    UPPER_BACK = "upper-back", "Upper back"
    CHEST_AND_RIBS = "chest-and-ribs", "Chest and ribs"
    LOWER_BACK = "lower-back", "Lower back"
    HIP_AND_GROIN = "hip-and-groin", "Hip and groin"
    THIGH = "thigh", "Thigh"
    KNEE = "knee", "Knee"
    LOWER_LEG = "lower-leg", "Lower leg"
    ANKLE_AND_FOOT = "ankle-and-foot", "Ankle and foot"
    WHOLE_BODY = "whole-body", "Whole body"


def set_areas(of: Any, chosen: Collection[str]) -> None:
    """Just these parts of the body, for a page or for a card of the library.

    Raises ValidationError for one that there is not.
    """
    of.areas.exclude(area__in=chosen).delete()
    held = set(of.areas.values_list("area", flat=True))
    for area in dict.fromkeys(chosen):
        if area not in Area.values:
            raise ValidationError(f"There is no part of the body {area!r}.")
        if area not in held:
            of.areas.create(area=area)

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

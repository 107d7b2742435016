from django.db import models


class Gender(models.TextChoices):
    FEMALE = "female", "Female"
    MALE = "male", "Male"
    OTHER = "other", "Non-binary or another gender"


class Specialism(models.TextChoices):
    """What a physiotherapist works in. The values are kept in the database; neuro is searched for."""

    MUSCULOSKELETAL = "musculoskeletal", "Muscles, joints and back"
    NEURO = "neuro", "Neuro physiotherapy"
    SPORTS = "sports", "Sports injuries"
    PELVIC = "pelvic-health", "Pelvic health"
    PREGNANCY = "pregnancy", "Pregnancy and after birth"
    CHILDREN = "children", "Children and young people"
    OLDER_PEOPLE = "older-people", "Older people and falls"
    RESPIRATORY = "respiratory", "Breathing and lungs"
    VESTIBULAR = "vestibular", "Dizziness and balance"
    PERSISTENT_PAIN = "persistent-pain", "Persistent pain"
    HANDS = "hands", "Hand therapy"
    OCCUPATIONAL = "occupational", "Work and ergonomics"
    SURGERY = "after-surgery", "Recovery after surgery"
    AMPUTEE = "amputee", "Amputee rehabilitation"


class Language(models.TextChoices):
    """ISO 639-3 codes of languages spoken or signed in the United Kingdom. A bit of the search table goes
    by the place in this list: add at the end (62 at most)."""

    ENGLISH = "eng", "English"
    BSL = "bfi", "British Sign Language"
    ALBANIAN = "sqi", "Albanian"
    ARABIC = "ara", "Arabic"
    BENGALI = "ben", "Bengali"
    BULGARIAN = "bul", "Bulgarian"
    CANTONESE = "yue", "Cantonese"
    DUTCH = "nld", "Dutch"
    FARSI = "fas", "Farsi"
    FRENCH = "fra", "French"
    GAELIC = "gla", "Scottish Gaelic"
    GERMAN = "deu", "German"
    GREEK = "ell", "Greek"
    GUJARATI = "guj", "Gujarati"
    HEBREW = "heb", "Hebrew"
    HINDI = "hin", "Hindi"
    HUNGARIAN = "hun", "Hungarian"
    IRISH = "gle", "Irish"
    ITALIAN = "ita", "Italian"
    KURDISH = "kur", "Kurdish"
    LITHUANIAN = "lit", "Lithuanian"
    MALAYALAM = "mal", "Malayalam"
    MANDARIN = "cmn", "Mandarin"
    NEPALI = "nep", "Nepali"
    POLISH = "pol", "Polish"
    PORTUGUESE = "por", "Portuguese"
    PUNJABI = "pan", "Punjabi"
    ROMANIAN = "ron", "Romanian"
    RUSSIAN = "rus", "Russian"
    SOMALI = "som", "Somali"
    SPANISH = "spa", "Spanish"
    SWAHILI = "swa", "Swahili"
    TAGALOG = "tgl", "Tagalog"
    TAMIL = "tam", "Tamil"
    TURKISH = "tur", "Turkish"
    UKRAINIAN = "ukr", "Ukrainian"
    URDU = "urd", "Urdu"
    VIETNAMESE = "vie", "Vietnamese"
    WELSH = "cym", "Welsh"
    YORUBA = "yor", "Yoruba"


class Insurer(models.TextChoices):
    """Health insurers that pay physiotherapists in the United Kingdom. A bit of the search table goes by
    the place in this list: add at the end."""

    AVIVA = "aviva", "Aviva"
    AXA = "axa-health", "AXA Health"
    BUPA = "bupa", "Bupa"
    CIGNA = "cigna", "Cigna"
    HEALIX = "healix", "Healix"
    SIMPLYHEALTH = "simplyhealth", "Simplyhealth"
    VITALITY = "vitality", "Vitality"
    WPA = "wpa", "WPA"


class Inside(models.TextChoices):
    """How the treatment room is reached from the way in."""

    LEVEL = "level", "On the ground floor, no steps"
    LIFT = "lift", "By lift"
    STAIRS = "stairs", "By stairs"


class Parking(models.TextChoices):
    OWN = "own", "Own car park"
    BAY = "bay", "Disabled bay"
    STREET = "street", "On the street"
    NONE = "none", "None near by"


# Pounds, for "price up to".
PRICES = (40, 50, 60, 70, 80, 100)

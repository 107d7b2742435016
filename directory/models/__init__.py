from directory.models.clinic import Clinic
from directory.models.duplicates import Apart, Merged
from directory.models.physiotherapist import MAX_VISIT_MILES, FormerProfile, Physiotherapist, a_year_after
from directory.models.reports import Correction, EmptySearch
from directory.models.search_point import SearchPoint, condition_bit, insurer_bit, language_bit, price_bit
from directory.models.sent_file import SentFile

__all__ = [
    "MAX_VISIT_MILES",
    "Apart",
    "Clinic",
    "Correction",
    "EmptySearch",
    "FormerProfile",
    "Merged",
    "Physiotherapist",
    "SearchPoint",
    "SentFile",
    "a_year_after",
    "condition_bit",
    "insurer_bit",
    "language_bit",
    "price_bit",
]

from conditions.models.library import RedFlagCard, RedFlagCardArea, Source, Urgency
from conditions.models.page import HowCommon, OldAddress, Page, PageArea
from conditions.models.parts import Cause, Citation, RedFlag, RelatedPage, Section, TreatmentUse
from conditions.models.review import PublishedVersionError, Signature
from conditions.models.version import Version

__all__ = [
    "Cause",
    "Citation",
    "HowCommon",
    "OldAddress",
    "Page",
    "PageArea",
    "PublishedVersionError",
    "RedFlag",
    "RedFlagCard",
    "RedFlagCardArea",
    "RelatedPage",
    "Section",
    "Signature",
    "Source",
    "TreatmentUse",
    "Urgency",
    "Version",
]

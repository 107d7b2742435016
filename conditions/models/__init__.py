from conditions.models.library import Author, RedFlagCard, RedFlagCardArea, Source, Urgency
from conditions.models.page import HowCommon, OldAddress, Page, PageArea
from conditions.models.parts import (
    Cause,
    Checklist,
    Citation,
    Exercise,
    FillIn,
    RedFlag,
    RelatedPage,
    Section,
    TreatmentUse,
)
from conditions.models.picture import Picture
from conditions.models.review import PublishedVersionError, Signature
from conditions.models.version import Version

__all__ = [
    "Author",
    "Cause",
    "Checklist",
    "Citation",
    "Exercise",
    "FillIn",
    "HowCommon",
    "OldAddress",
    "Page",
    "PageArea",
    "Picture",
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

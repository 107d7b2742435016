from conditions.admin.library import AuthorAdmin, PictureAdmin, RedFlagCardAdmin, SourceAdmin
from conditions.admin.page import PageAdmin
from conditions.admin.version import VersionAdmin

__all__ = [
    "AuthorAdmin",
    "PageAdmin",
    "PictureAdmin",
    "RedFlagCardAdmin",
    "SourceAdmin",
    "VersionAdmin",
]

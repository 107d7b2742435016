from conditions.admin.library import RedFlagCardAdmin, SourceAdmin
from conditions.admin.page import PageAdmin
from conditions.admin.version import VersionAdmin

__all__ = ["PageAdmin", "RedFlagCardAdmin", "SourceAdmin", "VersionAdmin"]

from library.admin.podcast import EpisodeAdmin, ShowAdmin
from library.admin.words import OrganisationAdmin, SynonymAdmin, TermAdmin, UrgentPhrasesAdmin

__all__ = [
    "EpisodeAdmin",
    "OrganisationAdmin",
    "ShowAdmin",
    "SynonymAdmin",
    "TermAdmin",
    "UrgentPhrasesAdmin",
]

from library.models.organisation import Organisation, Topic
from library.models.podcast import Chapter, Episode, EpisodePerson
from library.models.podcast_show import Show, the_show
from library.models.words import Synonym, Term, UrgentPhrases

__all__ = [
    "Chapter",
    "Episode",
    "EpisodePerson",
    "Organisation",
    "Show",
    "Synonym",
    "Term",
    "Topic",
    "UrgentPhrases",
    "the_show",
]

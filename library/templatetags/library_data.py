from collections.abc import Iterable
from datetime import datetime

from django import template
from django.utils.safestring import SafeString

from conditions import structured as site
from conditions.json_ld import Data, script
from conditions.models import Section, Version
from library import structured
from library.models import Episode, Show

register = template.Library()


@register.simple_tag
def post_data(version: Version, first_at: datetime | None, sections: Iterable[Section]) -> SafeString:
    asked = site.questions(version, sections)
    return script(structured.blog_posting(version, first_at)) + _if_any(asked)


@register.simple_tag
def series_data(show: Show, episodes: Iterable[Episode]) -> SafeString:
    return _if_any(structured.podcast_series(show, episodes))


@register.simple_tag
def episode_data(episode: Episode, show: Show) -> SafeString:
    return _if_any(structured.podcast_episode(episode, show))


def _if_any(data: Data | None) -> SafeString:
    return script(data) if data else SafeString()

"""What posts and the podcast say of themselves in schema.org's words."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from conditions import structured as site
from conditions.json_ld import Data, known
from conditions.models import Version
from conditions.own_address import own_address
from library.models import Episode, Show
from library.models.podcast_show import feed_address
from library.podcast_feed import absolute, cover_address


def blog_posting(version: Version, first_at: datetime | None) -> Data:
    """``first_at``: when readers could see it first."""
    address = own_address(version.get_absolute_url())
    author, picture = version.author, version.picture
    by = known(name=author.name, description=author.credentials) if author else None
    return {"@type": "BlogPosting", "@id": f"{address}#post"} | known(
        headline=version.title,
        description=version.summary,
        url=address,
        inLanguage=site.LANGUAGE,
        datePublished=site.moment(first_at),
        dateModified=site.moment(version.publish_at),
        author={"@type": "Person" if author.is_person else "Organization"} | by if author and by else None,
        image=own_address(picture.file.url) if picture else "",
        publisher=site.organisation(),
        # Of a page schema.org can say that somebody reviewed it, and of a post it cannot.
        mainEntityOfPage={"@type": "WebPage", "@id": address, "url": address} | site.review(version),
    )


def podcast_series(show: Show, episodes: Iterable[Episode]) -> Data | None:
    """None where no episode is out but invented ones."""
    if all(episode.sample for episode in episodes):
        return None
    return _series(show) | {
        "description": show.description,
        "inLanguage": show.language,
        "image": cover_address(show),
        "publisher": site.organisation(),
    }


def _series(show: Show) -> Data:
    address = own_address(reverse("podcast:index"))
    named = {"name": show.title, "url": address, "webFeed": feed_address()}
    return {"@type": "PodcastSeries", "@id": f"{address}#series"} | named


def podcast_episode(episode: Episode, show: Show) -> Data | None:
    """None for an invented one."""
    if episode.sample:
        return None
    address = own_address(episode.get_absolute_url())
    season = {"@type": "PodcastSeason", "seasonNumber": episode.season} if episode.season else None
    return {"@type": "PodcastEpisode", "@id": f"{address}#episode"} | known(
        name=episode.title,
        description=episode.summary,
        url=address,
        inLanguage=show.language,
        datePublished=site.moment(episode.publish_at),
        duration=_duration(episode),
        episodeNumber=episode.number,
        partOfSeason=season,
        partOfSeries=_series(show),
        image=absolute(episode.picture.url) if episode.picture else cover_address(show),
        isFamilyFriendly=False if episode.explicit else None,
        audio=_audio(episode),
    )


def _audio(episode: Episode) -> Data | None:
    if not episode.audio_address:
        return None
    return {"@type": "AudioObject"} | known(
        contentUrl=absolute(episode.audio_address),
        encodingFormat=episode.audio_type,
        contentSize=f"{episode.length} B" if episode.length else "",
        duration=_duration(episode),
    )


def _duration(episode: Episode) -> str:
    """As ISO 8601 writes it, such as PT1830S."""
    return f"PT{episode.seconds}S" if episode.seconds else ""

"""The podcast's feed: RSS 2.0 with what Apple and the Podcasting 2.0 namespace ask for.

https://help.apple.com/itc/podcasts_connect/#/itcb54353390, https://podcastindex.org/namespace/1.0
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.feedgenerator import Enclosure, Rss201rev2Feed
from django.utils.html import escape
from django.utils.xmlutils import SimplerXMLGenerator

from library.models import Episode, Show
from library.models.podcast_show import feed_address

CONTENT_TYPE = "application/rss+xml; charset=utf-8"
OWN_COVER = "img/podcast-cover.jpg"
_NAMESPACES = {
    "xmlns:itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "xmlns:podcast": "https://podcastindex.org/namespace/1.0",
}
# What XML 1.0 cannot hold, not even as a number.
_IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _CleanXML(SimplerXMLGenerator):
    """Leaves out what would make the whole feed unreadable, wherever it comes from."""

    def characters(self, content: str) -> None:
        super().characters(_IMPOSSIBLE.sub("", content))

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802 - SAX's name
        clean: Any = {key: _IMPOSSIBLE.sub("", value) for key, value in attrs.items()}
        super().startElement(name, clean)


class _PodcastFeed(Rss201rev2Feed):
    def rss_attributes(self) -> dict[str, str]:
        return super().rss_attributes() | _NAMESPACES

    def write(self, outfile: Any, encoding: str) -> None:
        # As the class above does it, but for the kind of writer.
        xml = _CleanXML(outfile, encoding, short_empty_elements=True)
        xml.startDocument()
        xml.startElement("rss", self.rss_attributes())
        xml.startElement("channel", self.root_attributes())
        self.add_root_elements(xml)
        self.write_items(xml)
        self.endChannelElement(xml)
        xml.endElement("rss")

    def latest_post_date(self) -> datetime:
        return self.feed["changed"]

    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        show: Show = self.feed["show"]
        add = handler.addQuickElement
        add("itunes:author", show.author)
        add("itunes:image", attrs={"href": cover_address(show)})
        add("itunes:explicit", _true(show.explicit))
        add("itunes:type", "episodic")
        handler.startElement("itunes:category", {"text": Show.CATEGORY})
        add("itunes:category", attrs={"text": show.subcategory})
        handler.endElement("itunes:category")
        owner = {"owner": show.owner_email} if show.owner_email else {}
        if owner:
            handler.startElement("itunes:owner", {})
            add("itunes:name", show.author)
            add("itunes:email", show.owner_email)
            handler.endElement("itunes:owner")
        add("podcast:guid", str(show.guid))
        add("podcast:locked", "yes" if show.locked else "no", owner)

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        _add_episode(handler.addQuickElement, item["episode"], self.feed["show"])


def _add_episode(add: Any, episode: Episode, show: Show) -> None:
    add("itunes:author", show.author)
    add("itunes:duration", str(episode.seconds))
    add("itunes:explicit", _true(episode.explicit))
    add("itunes:episodeType", episode.kind)
    for name, number in (("itunes:season", episode.season), ("itunes:episode", episode.number)):
        if number:
            add(name, str(number))
    if episode.picture:
        add("itunes:image", attrs={"href": absolute(episode.picture.url)})
    if episode.sample:
        # Nothing invented belongs in a directory.
        add("itunes:block", "Yes")
    for name, kind in (("transcript-vtt", "text/vtt"), ("transcript", "text/html")):
        address = absolute(reverse(f"podcast:{name}", args=[episode.slug]))
        captions = {"rel": "captions"} if kind == "text/vtt" else {}
        add("podcast:transcript", attrs={"url": address, "type": kind, "language": show.language, **captions})
    if episode.chapters.all():
        address = absolute(reverse("podcast:chapters", args=[episode.slug]))
        add("podcast:chapters", attrs={"url": address, "type": "application/json+chapters"})
    for person in episode.people.all():
        href = {"href": person.url} if person.url else {}
        add("podcast:person", person.name, {"role": person.role, "group": person.group, **href})


def _true(flag: bool) -> str:
    return "true" if flag else "false"


def absolute(path: str) -> str:
    """A path of this site as an address; an address stays one."""
    return path if path.startswith(("https://", "http://")) else settings.SITE_URL + path


def cover_address(show: Show) -> str:
    return absolute(show.cover.url if show.cover else static(OWN_COVER))


def description(episode: Episode) -> str:
    """HTML: the summary and the show notes, whose links into this site get its name."""
    notes = re.sub(r'(<a [^<>]*href=")/(?!/)', rf"\g<1>{settings.SITE_URL}/", episode.notes)
    return f"<p>{escape(episode.summary)}</p>{notes}"


def written_feed(show: Show, episodes: Iterable[Episode], changed: datetime) -> str:
    """The episodes come with their people and chapters, or each is asked for them."""
    feed = _PodcastFeed(
        title=show.title,
        link=absolute(reverse("podcast:index")),
        description=show.description,
        language=show.language,
        feed_url=feed_address(),
        show=show,
        changed=changed,
    )
    for episode in episodes:
        feed.add_item(
            title=episode.title,
            link=absolute(episode.get_absolute_url()),
            description=description(episode),
            pubdate=episode.publish_at,
            unique_id=str(episode.guid),
            unique_id_is_permalink=False,
            enclosures=[Enclosure(absolute(episode.audio_address), str(episode.length), episode.audio_type)],
            episode=episode,
        )
    return feed.writeString("utf-8")

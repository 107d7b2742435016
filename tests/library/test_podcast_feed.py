"""/podcast/feed/: kept to the published rules, whatever editors have typed."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import feedparser
import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from library.models import Episode, EpisodePerson, Show
from library.models.podcast_show import podcast_guid
from library.podcast_feed import written_feed
from tests.library.podcast_rules import ATOM, ITUNES, PODCAST, broken_rules, text, tree_of
from tests.library.podcasts import OUT, make_episode, mp3, picture

pytestmark = pytest.mark.django_db
FEED = "/podcast/feed/"
HOST = "http://testserver"


def full_episode(**values) -> Episode:
    """With everything that an episode can have."""
    defaults: dict[str, Any] = {
        "title": "Sleeping with back pain",
        "slug": "sleeping",
        "notes": '<p>See <a href="/conditions/lower-back-pain/">back pain</a>.</p>',
        "picture": ContentFile(picture(), "cover.png"),
        "season": 2,
        "number": 3,
        "people": (("Ann Example", "host"), ("Ben Example", "audio editor")),
        "chapters": ((0, "Hello"), (12, "Pillows")),
    }
    episode = make_episode(**defaults | values)
    EpisodePerson.objects.filter(name="Ann Example").update(url="https://example.org/ann")
    return episode


def fetched(client, **headers):
    response = client.get(FEED, headers=headers)
    assert response.status_code == 200
    return response


def items(client) -> list:
    return tree_of(fetched(client).content).findall("channel/item")


# --- The rules ------------------------------------------------------------------------------------


def test_feed_with_everything_keeps_every_rule(client):
    Show.objects.create(owner_email="ann@example.org", cover=ContentFile(picture(), "c.jpg"), explicit=True)
    full_episode()
    make_episode(
        kind="trailer",
        audio_url="https://audio.example.org/a.m4a",
        audio_type="audio/x-m4a",
        length=9,
        seconds=8,
    )
    response = fetched(client)
    assert response.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    assert broken_rules(response.content) == []


def test_feed_without_episodes_or_a_show_is_valid_and_empty(client):
    response = fetched(client)
    assert broken_rules(response.content) == []
    assert items(client) == []
    assert fetched(client).content == response.content


@pytest.mark.parametrize(
    ("found", "instead", "rule"),
    [
        ("<title>The", "<title/><x>The", "rss"),
        (r"<title>Sleeping[^<]*</title>", "", "item: title"),
        (r"<description>Plain[^<]*</description>", "", "channel: description of up to 4,000 bytes"),
        (r'<itunes:image href="[^"]*static[^"]*"', '<itunes:image href="/a.jpg"', "channel: itunes:image"),
        (r"(podcast-cover)\.jpg", r"\1.webp", "channel: itunes:image"),
        ("en-gb</language>", "British</language>", "channel: language"),
        ('text="Medicine"', 'text="Physiotherapy"', "channel: itunes:category"),
        ("<itunes:explicit>false", "<itunes:explicit>no", "channel: itunes:explicit"),
        (r"<link>http[^<]*/podcast/</link>", "<link>/podcast/</link>", "channel: link"),
        ('rel="self"', 'rel="next"', "channel: atom:link to itself"),
        (r"<podcast:guid>[^<]*", "<podcast:guid>1", "channel: podcast:guid"),
        ("<podcast:locked>yes", "<podcast:locked>true", "channel: podcast:locked"),
        (r"<itunes:author>[^<]*</itunes:author>", "", "channel: itunes:author"),
        (r'length="\d+"', 'length=""', "item: enclosure"),
        (r'type="audio/mpeg"', 'type="audio/mp3"', "item: enclosure"),
        (r"\.mp3", ".ogg", "item: enclosure"),
        (r'<guid isPermaLink="false"', "<guid", "item: guid"),
        (r"<pubDate>[^<]*", "<pubDate>2026-03-02", "item: pubDate"),
        (r"<itunes:duration>\d+", "<itunes:duration>half an hour", "item: itunes:duration"),
        (r"<itunes:episode>3", "<itunes:episode>0", "item: itunes:season and itunes:episode"),
        (r"<itunes:episodeType>full", "<itunes:episodeType>whole", "item: itunes:episodeType"),
        (r'type="text/vtt"', 'type="text/plain"', "item: podcast:transcript"),
        (r"application/json\+chapters", "application/json", "item: podcast:chapters"),
        (r">Ann Example<", "><", "item: podcast:person"),
    ],
)
def test_each_rule_can_be_broken(client, found, instead, rule):
    full_episode()
    xml = fetched(client).content.decode()
    spoilt = re.sub(found, instead, xml)
    assert spoilt != xml
    try:
        assert rule in broken_rules(spoilt.encode())
    except SyntaxError:
        assert rule == "rss"


# --- What is in it --------------------------------------------------------------------------------


def test_item_says_what_the_episode_is(client):
    episode = full_episode()
    (item,) = items(client)
    enclosure = item.find("enclosure")
    assert enclosure.get("url") == HOST + episode.audio.url
    assert (enclosure.get("length"), enclosure.get("type")) == (str(len(mp3())), "audio/mpeg")
    assert text(item, "guid") == str(episode.guid)
    assert text(item, "link") == f"{HOST}/podcast/sleeping/"
    assert text(item, "pubDate") == "Mon, 02 Mar 2026 09:00:00 +0000"
    assert text(item, f"{ITUNES}duration") == "30"
    assert (text(item, f"{ITUNES}season"), text(item, f"{ITUNES}episode")) == ("2", "3")
    assert item.find(f"{ITUNES}image").get("href") == HOST + episode.picture.url
    assert text(item, "description") == (
        f'<p>{episode.summary}</p><p>See <a href="{HOST}/conditions/lower-back-pain/">back pain</a>.</p>'
    )
    assert {each.get("type"): each.get("url") for each in item.findall(f"{PODCAST}transcript")} == {
        "text/vtt": f"{HOST}/podcast/sleeping/transcript.vtt",
        "text/html": f"{HOST}/podcast/sleeping/transcript/",
    }
    assert item.find(f"{PODCAST}chapters").get("url") == f"{HOST}/podcast/sleeping/chapters.json"
    people = [(each.text, dict(each.attrib)) for each in item.findall(f"{PODCAST}person")]
    assert people == [
        ("Ann Example", {"role": "host", "group": "cast", "href": "https://example.org/ann"}),
        ("Ben Example", {"role": "audio editor", "group": "audio post-production"}),
    ]


def test_every_address_in_the_feed_is_there(client):
    Show.objects.create(cover=ContentFile(picture(), "c.jpg"))
    full_episode()
    xml = fetched(client).content.decode()
    found = {address for address in re.findall(rf'{HOST}(/[^"<&]*)', xml) if "conditions" not in address}
    assert len(found) >= 8
    for address in found:
        response = client.head(address)
        assert response.status_code == 200, address


def test_channel_says_what_the_show_is(client):
    Show.objects.create(
        title="Backs & more", owner_email="ann@example.org", locked=False, subcategory="Fitness"
    )
    channel = tree_of(fetched(client).content)[0]
    assert text(channel, "title") == "Backs & more"
    assert text(channel, f"{ITUNES}owner/{ITUNES}email") == "ann@example.org"
    locked = channel.find(f"{PODCAST}locked")
    assert (locked.text, locked.get("owner")) == ("no", "ann@example.org")
    assert channel.find(f"{ITUNES}category/{ITUNES}category").get("text") == "Fitness"
    assert channel.find(f"{ATOM}link").get("href") == f"{HOST}{FEED}"


@pytest.mark.parametrize(
    ("address", "guid"),
    [
        # The two examples of the specification.
        ("https://mp3s.nashownotes.com/pc20rss.xml", "917393e3-1b1e-5cef-ace4-edaa54e1f810"),
        ("podnews.net/rss/", "9b024349-ccf0-5f69-a609-6b82873eab3c"),
    ],
)
def test_guid_is_reckoned_as_published(address, guid):
    assert podcast_guid(address) == UUID(guid)


def test_guids_never_change(client, settings):
    Show.objects.create()
    episode = make_episode()
    before = re.findall(r"guid[^>]*>[^<]+", fetched(client).content.decode())
    settings.SITE_URL = "https://another.example.org"
    Episode.objects.get(pk=episode.pk).save()
    Show.objects.get().save()
    assert re.findall(r"guid[^>]*>[^<]+", fetched(client).content.decode()) == before


def test_newest_first_and_only_what_is_out(client, settings):
    make_episode(title="Old", publish_at=OUT - timedelta(days=9))
    make_episode(title="New", publish_at=OUT)
    make_episode(title="Draft", publish_at=None)
    make_episode(title="Later", publish_at=timezone.now() + timedelta(hours=1))
    make_episode(title="Sample", publish_at=OUT - timedelta(days=1), sample=True)
    titles = [text(item, "title") for item in items(client)]
    assert titles == ["New", "Sample", "Old"]
    assert [text(item, f"{ITUNES}block") for item in items(client)] == ["", "Yes", ""]
    settings.SAMPLE_DATA_ALLOWED = False
    assert [text(item, "title") for item in items(client)] == ["New", "Old"]


def test_number_of_queries_does_not_grow_with_episodes(client, django_assert_num_queries):
    for _ in range(3):
        make_episode(people=(("Ann", "host"),), chapters=((0, "Hello"),))
    with django_assert_num_queries(6):
        fetched(client)


# --- What must never break it ---------------------------------------------------------------------

BAD = "Backs <b>& \x00\x01\x0b\x1f necks</b>]]> \ufffe\uffff&amp; <![CDATA[x \U0001f600"


def test_markup_and_control_characters_in_titles(client):
    # \x00 is refused by PostgreSQL itself.
    bad = BAD.replace("\x00", "")
    Show.objects.create(title=bad, description=bad, author=bad)
    episode = make_episode(people=((bad, "host"),), chapters=((0, bad),))
    Episode.objects.filter(pk=episode.pk).update(title=bad, summary=bad)
    EpisodePerson.objects.update(url=f"https://example.org/{bad}")
    response = fetched(client)
    clean = "Backs <b>&  necks</b>]]> &amp; <![CDATA[x \U0001f600"
    channel = tree_of(response.content)[0]
    assert (text(channel, "title"), text(channel, "item/title")) == (clean, clean)
    assert channel.find(f"item/{PODCAST}person").text == clean
    parsed = feedparser.parse(response.content)
    assert not parsed.bozo
    assert parsed.entries[0].title
    assert client.get(episode.get_absolute_url() + "chapters.json").json()["chapters"][0]["title"] == bad


def test_lone_surrogates_cannot_break_it():
    xml = written_feed(Show(title="a\ud800b"), [], OUT)
    assert "<title>ab</title>" in xml
    assert xml.encode()


def test_a_well_known_reader_finds_the_episode(client):
    episode = full_episode()
    parsed = feedparser.parse(fetched(client).content)
    assert not parsed.bozo
    (entry,) = parsed.entries
    assert entry.title == "Sleeping with back pain"
    assert entry.enclosures[0].href == HOST + episode.audio.url
    assert entry.itunes_duration == "30"


# --- How it is fetched ----------------------------------------------------------------------------


def test_fetched_again_it_is_not_sent_again(client):
    make_episode()
    headers = fetched(client).headers
    for known in (
        {"If-None-Match": headers["ETag"]},
        {"If-Modified-Since": headers["Last-Modified"]},
    ):
        response = client.get(FEED, headers=known)
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["Access-Control-Allow-Origin"] == "*"
    make_episode()
    assert client.get(FEED, headers={"If-None-Match": headers["ETag"]}).status_code == 200


def test_taking_an_episode_back_is_seen_by_those_who_ask_by_time(client):
    make_episode(publish_at=OUT)
    episode = make_episode()
    long_ago = timezone.now() - timedelta(days=1)
    Episode.objects.update(updated_at=long_ago)
    changed = fetched(client).headers["Last-Modified"]
    episode.publish_at = None
    episode.save()
    assert client.get(FEED, headers={"If-Modified-Since": changed}).status_code == 200


@pytest.mark.parametrize("path", ["feed/", "talk/transcript.vtt", "talk/transcript/", "talk/chapters.json"])
def test_players_on_other_sites_may_fetch_it(path):
    make_episode(slug="talk", chapters=((0, "Hello"),))
    response = Client().get(f"/podcast/{path}", headers={"Origin": "https://player.example"})
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not response.cookies

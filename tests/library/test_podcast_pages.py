"""/podcast/: the list, an episode's page, its transcript and its chapters."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from library.models import Chapter, Episode, Show
from library.podcast_preview import link_to
from library.podcast_transcripts import read_transcript
from tests.conditions.editing import clock_at, text_of
from tests.library.podcasts import OUT, TRANSCRIPT, make_episode, picture
from tests.markup import page_of

pytestmark = pytest.mark.django_db
INDEX = "/podcast/"


@pytest.fixture
def talk():
    return make_episode(
        slug="talk",
        title="Sleeping with back pain",
        notes="<p>More <strong>to read</strong>.</p>",
        people=(("Ann Example", "host"), ("Ben Example", "guest")),
        chapters=((0, "Hello"), (12, "Pillows")),
    )


# --- The list -------------------------------------------------------------------------------------


def test_nothing_is_out_yet(client):
    make_episode(publish_at=None)
    make_episode(publish_at=timezone.now() + timedelta(hours=1))
    page = page_of(client.get(INDEX))
    assert "No episode is out yet." in page.one("main").text
    assert page.one("h1").text == "The Physiotherapy Podcast"
    assert page.one("link", type="application/rss+xml")["href"] == "/podcast/feed/"


def test_list_has_what_is_out_the_newest_first(client):
    make_episode(title="Old", publish_at=OUT - timedelta(days=1))
    make_episode(title="New", season=2, number=7, explicit=True)
    rows = page_of(client.get(INDEX)).one("ul", class_="line-list").all("li")
    assert [row.all("a")[0].text for row in rows] == ["New", "Old"]
    assert "Season 2 · Episode 7 · 2 March 2026 · 30 seconds · Strong language" in rows[0].text
    assert "No episode is out yet" not in text_of(client.get(INDEX))


def test_show_is_called_what_editors_call_it(client):
    Show.objects.create(title="Backs", description="One.\n\nTwo <3.", cover=ContentFile(picture(), "c.jpg"))
    page = page_of(client.get(INDEX))
    assert page.one("h1").text == "Backs"
    assert [p.text for p in page.one("div", class_="lead").all("p")] == ["One.", "Two <3."]
    image = page.one("main").one("img")
    assert image["src"].endswith("-small.webp")
    assert client.head(image["src"]).status_code == 200


def test_episode_comes_out_when_its_time_has_come(client):
    with clock_at("2031-06-01 09:00"):
        make_episode(slug="later", publish_at=timezone.now() + timedelta(hours=1))
    with clock_at("2031-06-01 09:59"):
        assert client.get("/podcast/later/").status_code == 404
    with clock_at("2031-06-01 10:00"):
        assert client.get("/podcast/later/").status_code == 200


# --- An episode -----------------------------------------------------------------------------------


def test_page_has_a_player_that_needs_no_script(client, talk):
    page = page_of(client.get("/podcast/talk/"))
    assert page.one("h1").text == "Sleeping with back pain"
    player = page.one("audio")
    assert player["src"] == talk.audio.url
    assert "controls" in player.attributes
    assert player["preload"] == "metadata"
    assert "autoplay" not in player.attributes
    assert client.head(player["src"]).headers["Content-Type"] == "audio/mpeg"
    assert page.one("main").all("script") == []


def test_chapters_and_times_lead_to_the_player_at_that_place(client, talk):
    page = page_of(client.get("/podcast/talk/"))
    links = page.one("ol", class_="chapters").links
    assert links == {"?t=0#player": "0:00 Hello", "?t=12#player": "0:12 Pillows"}
    page = page_of(client.get("/podcast/talk/?t=12"))
    assert page.one("audio")["src"] == f"{talk.audio.url}#t=12"
    assert page.one(id="player").tag == "h2"
    assert page.one("ol", class_="chapters").one("a", aria_current="true").text == "0:12 Pillows"
    assert page.one("link", rel="canonical")["href"] == "http://testserver/podcast/talk/"
    assert "It begins at 0:12." in page.one("main").text


@pytest.mark.parametrize("at", ["", "-1", "30", "99999", "1.5", "x", "²", "9" * 5000, "12%22onplay=%22x"])
def test_times_that_the_audio_does_not_have_begin_at_its_beginning(client, talk, at):
    assert page_of(client.get(f"/podcast/talk/?t={at}")).one("audio")["src"] == talk.audio.url


def test_transcript_is_in_view(client, talk):
    page = page_of(client.get("/podcast/talk/"))
    said = [paragraph.text for paragraph in page.one("div", class_="transcript").all("p")]
    assert said == ["0:00 Ann: Welcome. Today: the back.", "0:06 Ben: Thank you, Ann."]
    assert "?t=6#player" in page.links


def test_people_and_notes_are_on_the_page(client, talk):
    main = text_of(client.get("/podcast/talk/"))
    assert "Ann Example, host" in main
    assert "Ben Example, guest" in main
    assert "More to read." in main


def test_markup_in_words_is_shown_and_does_nothing(client):
    bad = "<script>alert(1)</script>"
    episode = make_episode(
        slug="bad", title=bad, people=((bad, "host"),), chapters=((0, bad),), transcript=TRANSCRIPT
    )
    said = TRANSCRIPT + "\n00:12.000 --> 00:13.000\n<v &lt;b&gt;>&lt;script&gt;alert(2)&lt;/script&gt;\n"
    Episode.objects.filter(pk=episode.pk).update(transcript=said)
    for path in ("", "transcript/"):
        response = client.get(f"/podcast/bad/{path}")
        scripts = page_of(response).all("script")
        run = [script for script in scripts if script.get("type") != "application/ld+json"]
        assert all(script.get("src") and not script.text for script in run)
        assert "<script>alert(2)</script>" in page_of(response).one("body").text
        assert "<b>:" in page_of(response).one("body").text


@pytest.mark.parametrize("path", ["", "transcript/", "transcript.vtt", "chapters.json"])
def test_drafts_and_samples_of_elsewhere_are_not_there(client, settings, path):
    make_episode(slug="draft", publish_at=None, chapters=((0, "Hello"),))
    make_episode(slug="sample", sample=True, chapters=((0, "Hello"),))
    assert client.get(f"/podcast/draft/{path}").status_code == 404
    assert client.get(f"/podcast/no-such/{path}").status_code == 404
    assert client.get(f"/podcast/sample/{path}").status_code == 200
    settings.SAMPLE_DATA_ALLOWED = False
    assert client.get(f"/podcast/sample/{path}").status_code == 404


def test_sample_is_marked_and_kept_from_search_engines(client):
    make_episode(slug="sample", title="Hello", sample=True)
    page = page_of(client.get("/podcast/sample/"))
    assert page.one("meta", name="robots")["content"] == "noindex"
    assert "(sample episode)" in str(page.one("title").children[0])
    assert "Sample episode." in page.one("aside", class_="sample-banner").text
    assert "Sample" in page_of(client.get(INDEX)).one("ul", class_="line-list").text
    make_episode(slug="real")
    page = page_of(client.get("/podcast/real/"))
    assert page.all("meta", name="robots") == []
    assert "ample" not in page.one("main").text


def test_audio_of_another_host_is_fetched_only_once_somebody_plays_it(client):
    make_episode(
        slug="far", audio_url="https://audio.example.org/a.mp3", audio_type="audio/mpeg", length=9, seconds=8
    )
    response = client.get("/podcast/far/")
    player = page_of(response).one("audio")
    assert (player["src"], player["preload"]) == ("https://audio.example.org/a.mp3", "none")
    assert "It comes from audio.example.org, once you press play." in text_of(response)
    policy = response.headers["Content-Security-Policy"]
    assert "media-src 'self' audio.example.org;" in policy
    assert "default-src 'none'; script-src 'self';" in policy
    make_episode(slug="near")
    assert "media-src 'self';" in client.get("/podcast/near/").headers["Content-Security-Policy"]


# --- For podcast apps -----------------------------------------------------------------------------


def test_transcript_as_webvtt(client, talk):
    response = client.get("/podcast/talk/transcript.vtt")
    assert response.headers["Content-Type"] == "text/vtt; charset=utf-8"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert read_transcript(response.content.decode()) == read_transcript(TRANSCRIPT)


def test_transcript_as_html_has_the_published_tags_alone(client, talk):
    response = client.get("/podcast/talk/transcript/")
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    body = page_of(response).one("body")
    assert [(element.tag, element.text) for element in body.walk()] == [
        ("cite", "Ann:"),
        ("time", "0:00"),
        ("p", "Welcome. Today: the back."),
        ("cite", "Ben:"),
        ("time", "0:06"),
        ("p", "Thank you, Ann."),
    ]


def test_chapters_as_json(client, talk):
    Chapter.objects.filter(start=12).update(url="https://example.org/pillows")
    response = client.get("/podcast/talk/chapters.json")
    assert response.headers["Content-Type"] == "application/json+chapters"
    found = response.json()
    assert found["version"] == "1.2.0"
    assert found["chapters"] == [
        {"startTime": 0, "title": "Hello"},
        {"startTime": 12, "title": "Pillows", "url": "https://example.org/pillows"},
    ]
    make_episode(slug="whole")
    assert client.get("/podcast/whole/chapters.json").status_code == 404


def test_sitemap_has_episodes_but_no_samples(client):
    make_episode(slug="talk")
    make_episode(slug="sample", sample=True)
    make_episode(slug="draft", publish_at=None)
    text = client.get("/sitemap-episodes.xml").content.decode()
    assert "<loc>http://testserver/podcast/talk/</loc>" in text
    assert text.count("<loc>") == 1


# --- Previews -------------------------------------------------------------------------------------


def test_draft_is_seen_by_its_link_alone(client):
    draft = make_episode(title="Not yet", publish_at=None, chapters=((12, "Pillows"),))
    response = client.get(link_to(draft))
    page = page_of(response)
    assert page.one("h1").text == "Not yet"
    assert "Readers cannot see this episode yet." in page.one("aside", class_="preview-banner").text
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert page_of(client.get(link_to(draft) + "?t=12")).one("audio")["src"].endswith("#t=12")


def test_draft_of_which_nothing_is_there_yet_has_a_preview(client):
    draft = Episode.objects.create(title="Idea", slug="idea", summary="An idea.")
    main = text_of(client.get(link_to(draft)))
    assert "There is no audio yet." in main
    assert "There is no transcript yet." in main


def test_links_that_are_none_any_more(client, monkeypatch):
    draft = make_episode(publish_at=None)
    link = link_to(draft)
    assert client.get("/podcast/preview/1:x:y/").status_code == 404
    assert client.get(link.replace(f"/{draft.pk}:", f"/{draft.pk + 1}:")).status_code == 404
    past = timezone.now() + timedelta(days=14, minutes=1)
    monkeypatch.setattr("django.core.signing.time.time", past.timestamp)
    assert client.get(link).status_code == 410
    monkeypatch.undo()
    draft.delete()
    assert client.get(link).status_code == 410

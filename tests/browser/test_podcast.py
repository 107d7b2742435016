"""The podcast in a real browser: it plays, seeks by ranges of bytes, and needs no script."""

import re

import pytest

from tests.browser.conftest import axe_violations

EPISODE = "/podcast/sample-episode/"


# Polling for an expression would need a looser policy than the site's.
LOADED = """player => new Promise(done =>
    player.readyState
        ? done(player.duration)
        : player.addEventListener("loadedmetadata", () => done(player.duration)))"""
PLAYED = """audio => new Promise(done => {
    audio.addEventListener("timeupdate", () => audio.currentTime > 20.3 && done(audio.currentTime));
    audio.muted = true;
    audio.currentTime = 20;
    audio.play();
})"""
SEEKED = """audio => new Promise(done => audio.currentTime
    ? done(audio.currentTime) : audio.addEventListener("seeked", () => done(audio.currentTime)))"""


def test_listener_seeks_and_the_browser_gets_just_that_part(open_page):
    page = open_page()
    parts = []
    page.on("response", lambda response: parts.append(response.status) if ".mp3" in response.url else None)
    page.goto(EPISODE)
    assert round(page.locator("audio").evaluate(LOADED)) == 27
    assert 20.3 < page.locator("audio").evaluate(PLAYED) < 27
    assert 206 in parts
    assert set(parts) <= {200, 206}


def test_server_sends_the_part_that_the_browser_asks_for(open_page):
    page = open_page(EPISODE)
    asked = """async () => {
        const address = document.querySelector("audio").currentSrc.split("#")[0];
        const part = await fetch(address, {headers: {Range: "bytes=100-199"}});
        return [part.status, part.headers.get("Content-Range"), (await part.arrayBuffer()).byteLength];
    }"""
    status, of, length = page.evaluate(asked)
    assert (status, length) == (206, 100)
    assert of.startswith("bytes 100-199/")


def test_chapter_begins_where_it_says_without_script(open_page):
    page = open_page(EPISODE, java_script_enabled=False)
    page.get_by_role("link", name="Chapters and the transcript").click()
    assert page.url.endswith(f"{EPISODE}?t=12#player")
    assert page.locator("audio").get_attribute("src").endswith("#t=12")
    assert page.locator("audio").get_attribute("controls") is not None


def test_chapter_begins_where_it_says(open_page):
    page = open_page(f"{EPISODE}?t=12")
    assert page.locator("audio").evaluate(SEEKED) == pytest.approx(12, abs=0.1)


def test_player_has_the_name_of_the_episode(open_page):
    page = open_page(EPISODE)
    assert page.get_by_label("Sample episode").evaluate("element => element.tagName") == "AUDIO"


def test_other_sites_may_show_the_cover_and_play_the_audio(open_page):
    page = open_page(EPISODE)
    feed = page.request.get("/podcast/feed/").text()
    cover = re.search(r'itunes:image href="https?://[^/]+(/[^"]+)"', feed)
    assert cover
    for address in (cover[1], page.locator("audio").get_attribute("src")):
        response = page.request.get(address)
        assert response.status == 200
        assert response.headers["cross-origin-resource-policy"] == "cross-origin"


def test_audio_opened_by_itself_plays(open_page):
    page = open_page(EPISODE)
    page.goto(page.locator("audio").get_attribute("src"))
    # The browser's own page around it is a video's, and runs no script.
    page.wait_for_timeout(500)
    assert round(page.locator("video").evaluate("video => video.duration")) == 27


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_accessibility_violation_and_no_sideways_scrolling(open_page, width, scheme):
    page = open_page(width=width, color_scheme=scheme)
    for path in ("/podcast/", EPISODE, f"{EPISODE}?t=12#player"):
        page.goto(path)
        assert axe_violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_editor_publishes_an_episode(editor_page, site):
    """From an empty form to a player that plays."""
    page = editor_page
    page.goto("/admin/library/episode/add/")
    page.locator("#id_title").press_sequentially("Sleeping with back pain")
    assert page.locator("#id_slug").input_value() == "sleeping-with-back-pain"
    page.locator("#id_summary").fill("What helps at night.")
    page.locator("#id_audio").set_input_files("library/sample/episode.mp3")
    page.locator("#id_transcript").fill("WEBVTT\n\n00:00:01.000 --> 00:00:05.000\n<v Ann>Hello.")
    page.locator("#id_publish_at_0").fill("2026-03-02")
    page.locator("#id_publish_at_1").fill("09:00")
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.wait_for_url("**/admin/library/episode/")
    page.goto("/podcast/sleeping-with-back-pain/")
    assert round(page.locator("audio").evaluate(LOADED)) == 27
    assert axe_violations(page) == []

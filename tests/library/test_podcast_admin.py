"""Who may write an episode and who may let it out, and what an episode needs for that."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from conditions.groups import EDITOR, PUBLISHER, REVIEWER
from library.models import Chapter, Episode, EpisodePerson, Show
from tests.conditions.editing import SignedIn, added, said, text_of, typed
from tests.library.podcasts import TRANSCRIPT, make_episode, mp3, upload
from tests.markup import page_of

pytestmark = pytest.mark.django_db
ADD = "/admin/library/episode/add/"
WORDS = {"title": "Sleeping", "slug": "sleeping", "summary": "About sleep.", "kind": "full"}
AT = {"publish_at_0": "2026-03-02", "publish_at_1": "09:00:00"}


def address(episode: Episode, step: str = "change") -> str:
    return f"/admin/library/episode/{episode.pk}/{step}/"


def change(client, episode: Episode, **values):
    return client.post(address(episode), typed(client.get(address(episode))) | values)


# --- Roles ----------------------------------------------------------------------------------------


def test_editor_writes_a_draft_and_cannot_let_it_out():
    editor = SignedIn(EDITOR)
    form = typed(editor.get(ADD))
    assert "publish_at_0" not in form
    sent = (
        form
        | WORDS
        | AT
        | {"publish_at": "2026-03-02 09:00", "audio": upload(mp3(30)), "transcript": TRANSCRIPT}
    )
    assert editor.post(ADD, sent).status_code == 302
    episode = Episode.objects.get()
    assert episode.publish_at is None
    assert change(editor, episode, title="Sleep", **AT).status_code == 302
    episode.refresh_from_db()
    assert (episode.title, episode.publish_at) == ("Sleep", None)


def test_publisher_lets_it_out_and_takes_it_back(client):
    episode = make_episode(publish_at=None)
    publisher = SignedIn(PUBLISHER)
    assert change(publisher, episode, **AT).status_code == 302
    assert client.get(episode.get_absolute_url()).status_code == 200
    # The address stands for good.
    assert "slug" not in typed(publisher.get(address(episode)))
    assert change(publisher, episode, publish_at_0="", publish_at_1="").status_code == 302
    assert client.get(episode.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("out", [True, False])
def test_mistake_beside_another_time_is_told(out):
    episode = make_episode() if out else make_episode(publish_at=None)
    time = {"publish_at_0": "", "publish_at_1": ""} if out else AT
    response = change(SignedIn(PUBLISHER), episode, title="", **time)
    assert response.status_code == 200
    assert "This field is required." in text_of(response)
    assert ("slug" in typed(response)) != out


def test_times_are_those_of_london():
    episode = make_episode(publish_at=None)
    change(SignedIn(PUBLISHER), episode, publish_at_0="2026-07-01", publish_at_1="09:00")
    episode.refresh_from_db()
    assert str(episode.publish_at) == "2026-07-01 08:00:00+00:00"


def test_editor_only_reads_what_is_out_or_waits():
    editor = SignedIn(EDITOR)
    for at in (timezone.now() - timedelta(days=1), timezone.now() + timedelta(days=1)):
        episode = make_episode(publish_at=at)
        page = page_of(editor.get(address(episode)))
        assert page.all("input", name="title") == []
        assert editor.post(address(episode), {"title": "Other"}).status_code == 403
        assert editor.post(address(episode, "delete"), {"post": "yes"}).status_code == 403
        assert Episode.objects.get(pk=episode.pk).title == episode.title


def test_only_drafts_are_deleted():
    editor, draft = SignedIn(EDITOR), make_episode(publish_at=None)
    assert editor.post(address(draft, "delete"), {"post": "yes"}).status_code == 302
    assert not Episode.objects.exists()


@pytest.mark.parametrize(
    ("role", "list_", "add", "show"),
    [(EDITOR, 200, 200, 403), (REVIEWER, 200, 403, 403), (PUBLISHER, 200, 403, 200), (None, 403, 403, 403)],
)
def test_who_may_open_what(role, list_, add, show):
    person = SignedIn(*([role] if role else []))
    assert person.get("/admin/library/episode/").status_code == list_
    assert person.get(ADD).status_code == add
    assert person.get("/admin/library/show/add/").status_code == show


def test_no_second_show_and_none_is_deleted(admin_client):
    assert admin_client.post("/admin/library/show/add/", typed(admin_client.get("/admin/library/show/add/")))
    assert Show.objects.count() == 1
    assert admin_client.get("/admin/library/show/add/").status_code == 403
    assert admin_client.post("/admin/library/show/1/delete/", {"post": "yes"}).status_code == 403
    with pytest.raises(IntegrityError, match="one_podcast_show"), transaction.atomic():
        Show.objects.create(id=2)


# --- What it needs before it is out ---------------------------------------------------------------


def test_nothing_comes_out_without_audio_and_a_transcript(admin_client):
    form = typed(admin_client.get(ADD)) | WORDS | AT
    told = said(admin_client, admin_client.post(ADD, form))
    assert "An episode cannot be published without audio." in told
    assert "An episode cannot be published without a transcript." in told
    far = {"audio_url": "https://audio.example.org/a.mp3", "transcript": TRANSCRIPT}
    response = admin_client.post(ADD, form | far)
    assert said(admin_client, response).count("Fill this in") == 3
    again = typed(response)
    assert (again["publish_at_0"], again["title"]) == ("2026-03-02", "Sleeping")
    assert not Episode.objects.exists()


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"transcript": ""}, "published_episode_has_transcript"),
        ({"audio": ""}, "published_episode_has_audio"),
        ({"length": 0}, "published_episode_has_audio"),
        ({"length": None}, "published_episode_has_audio"),
        ({"seconds": None}, "published_episode_has_audio"),
        ({"audio_type": ""}, "published_episode_has_audio"),
        ({"audio_url": "https://audio.example.org/a.mp3"}, "episode_has_one_audio"),
    ],
)
def test_database_itself_keeps_what_is_out_whole(values, rule):
    episode = make_episode()
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        Episode.objects.filter(pk=episode.pk).update(**values)
    Episode.objects.filter(pk=episode.pk).update(publish_at=None)
    if rule != "episode_has_one_audio":
        Episode.objects.filter(pk=episode.pk).update(**values)


def test_what_is_out_is_not_put_off_by_mistake(admin_client):
    episode = make_episode()
    later = {"publish_at_0": "2099-01-01", "publish_at_1": "09:00"}
    assert "The episode is out already." in said(admin_client, change(admin_client, episode, **later))


@pytest.mark.parametrize("slug", ["feed", "preview", "Feed", "a b", "a--b", "-a", "über", "a/b", "a\n"])
def test_addresses_that_cannot_be(admin_client, slug):
    response = admin_client.post(ADD, typed(admin_client.get(ADD)) | WORDS | {"slug": slug})
    # Line breaks are taken off by the form.
    assert response.status_code == (302 if slug == "a\n" else 200)
    assert not Episode.objects.exclude(slug="a").exists()


def test_numbers_are_there_once_a_season(admin_client):
    make_episode(number=1)
    make_episode(number=1, season=2)
    make_episode(number=1, kind="bonus")
    form = typed(admin_client.get(ADD)) | WORDS | {"number": "1"}
    assert "Another episode has this number." in said(admin_client, admin_client.post(ADD, form))
    told = said(admin_client, admin_client.post(ADD, form | {"season": "2"}))
    assert "Another episode of this season has this number." in told
    assert admin_client.post(ADD, form | {"season": "3"}).status_code == 302
    with pytest.raises(IntegrityError), transaction.atomic():
        make_episode(number=1)


def test_show_notes_that_apps_would_cut_are_refused(admin_client):
    form = typed(admin_client.get(ADD)) | WORDS
    told = said(admin_client, admin_client.post(ADD, form | {"notes": f"<p>{'word ' * 700}</p>"}))
    assert "The show notes are too long" in told


# --- People and chapters --------------------------------------------------------------------------


def test_people_and_chapters_are_in_the_form(admin_client):
    form = typed(admin_client.get(ADD)) | WORDS | {"audio": upload(mp3(30))}
    form = added(form, "people", name="Ann Example", role="host", url="example.org/ann", position="1")
    form = added(
        added(form, "chapters", start="0:00", title="Hello"), "chapters", start="0:12", title="Pillows"
    )
    assert admin_client.post(ADD, form).status_code == 302
    assert [str(chapter) for chapter in Chapter.objects.all()] == ["0:00 Hello", "0:12 Pillows"]
    person = EpisodePerson.objects.get()
    assert (person.name, person.group, person.url) == ("Ann Example", "cast", "https://example.org/ann")
    episode = Episode.objects.get()
    form = typed(admin_client.get(address(episode)))
    assert form["chapters-1-start"] == "0:12"
    before = list(Chapter.objects.values())
    assert admin_client.post(address(episode), form).status_code == 302
    assert list(Chapter.objects.values()) == before


@pytest.mark.parametrize(
    ("start", "says"),
    [
        ("0:30", "The audio ends at 0:30"),
        ("soon", "Write minutes and seconds"),
        ("1:75", "Write minutes and seconds"),
        ("0:12", "Please correct the duplicate data for start"),
    ],
)
def test_chapters_that_cannot_be(admin_client, start, says):
    form = typed(admin_client.get(ADD)) | WORDS | {"audio": upload(mp3(30))}
    form = added(
        added(form, "chapters", start="0:12", title="Hello"), "chapters", start=start, title="Pillows"
    )
    response = admin_client.post(ADD, form)
    assert says in text_of(response)
    assert typed(response)["chapters-1-start"] == start


def test_form_leads_to_the_preview(admin_client):
    draft = make_episode(publish_at=None, title="Not yet")
    links = page_of(admin_client.get(address(draft))).links
    (link,) = [href for href in links if href.startswith("/podcast/preview/")]
    assert page_of(admin_client.get(link)).one("h1").text == "Not yet"


def test_list_says_what_is_out(admin_client):
    make_episode(title="A")
    make_episode(title="B", publish_at=None)
    make_episode(title="C", publish_at=timezone.now() + timedelta(days=1))
    rows = (
        page_of(admin_client.get("/admin/library/episode/"))
        .one("table", id="result_list")
        .one("tbody")
        .all("tr")
    )
    states = {row.all("th")[0].text: row.one("td", class_="field-state").text for row in rows}
    assert states == {"A": "Out", "B": "Draft", "C": "Waiting for its time"}

"""The sample episode: short, marked, whole, and never in production."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from library.models import Episode
from tests.library.podcast_rules import broken_rules
from tests.library.podcasts import SPOKEN, make_episode
from tests.markup import page_of

pytestmark = pytest.mark.django_db


def load(*arguments: str) -> str:
    out = StringIO()
    call_command("load_sample_podcast", *arguments, stdout=out)
    return out.getvalue().strip()


def audio_files() -> list[Path]:
    return list(Path(settings.MEDIA_ROOT).rglob("*.mp3"))


def test_sample_is_a_whole_episode_and_says_what_it_is(client):
    assert load() == "1 sample episode of 27 seconds."
    episode: Any = Episode.objects.get()
    assert episode.sample
    assert episode.title.startswith("Sample episode")
    assert SPOKEN.stat().st_size == episode.length < 150_000
    page = page_of(client.get(episode.get_absolute_url()))
    assert "its people are invented" in page.one("aside", class_="sample-banner").text
    assert len(page.one("ol", class_="chapters").all("a")) == 3
    assert page.one("main").text.count("(invented)") == 2
    assert client.head(page.one("audio")["src"]).status_code == 200
    assert broken_rules(client.get("/podcast/feed/").content) == []
    # All that is said is in the transcript, until just before the end.
    assert 25 <= episode.cues[-1].end / 1000 <= episode.seconds


def test_loading_again_puts_it_in_place_of_the_first(django_capture_on_commit_callbacks):
    real = make_episode()
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            load()
    assert Episode.objects.filter(sample=True).count() == 1
    assert Episode.objects.filter(pk=real.pk).exists()
    assert len(audio_files()) == 2


def test_if_empty_leaves_it_alone():
    load("--if-empty")
    first = Episode.objects.get()
    assert load("--if-empty") == ""
    assert Episode.objects.get().pk == first.pk


def test_quiet():
    assert load("--verbosity=0") == ""


def test_remove_takes_the_sample_alone(django_capture_on_commit_callbacks):
    load()
    real = make_episode()
    with django_capture_on_commit_callbacks(execute=True):
        assert load("--remove") == "1 sample episodes removed."
    assert Episode.objects.get() == real
    assert len(audio_files()) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "1 sample episodes would be removed and 1 made."),
        (("--if-empty",), "0 sample episodes would be removed and 0 made."),
        (("--remove",), "1 sample episodes would be removed and 0 made."),
    ],
)
def test_dry_run_changes_nothing(arguments, says):
    load()
    first = Episode.objects.get()
    assert load("--dry-run", *arguments) == says
    assert Episode.objects.get().pk == first.pk


def test_refused_in_production(settings):
    load()
    settings.SAMPLE_DATA_ALLOWED = False
    with pytest.raises(CommandError, match="Refused"):
        load()
    with pytest.raises(ValidationError, match="not allowed here"):
        Episode.objects.get().save()
    # What was copied there with a database can be taken out.
    load("--remove")
    assert not Episode.objects.exists()


def test_production_starts_with_no_episode(client, settings):
    settings.SAMPLE_DATA_ALLOWED = False
    assert "No episode is out yet." in page_of(client.get("/podcast/")).one("main").text

"""One short episode, spoken by a computer and marked as a sample, to show and test the podcast with."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from django.core.files import File
from django.db import transaction

from library.models import Chapter, Episode, EpisodePerson

_FOLDER = Path(__file__).with_name("sample")
_CHAPTERS = ((0, "What this is"), (12, "Chapters and the transcript"), (22, "Goodbye"))
_PEOPLE = (("Sam Sample (invented)", "host"), ("Alex Example (invented)", "guest"))


def sample_exists() -> bool:
    return Episode.objects.filter(sample=True).exists()


@transaction.atomic
def remove_sample() -> int:
    """Returns how many there were. Their files go too."""
    episodes = list(Episode.objects.filter(sample=True))
    for episode in episodes:
        storage, name = episode.audio.storage, episode.audio.name
        episode.delete()
        if name:
            transaction.on_commit(partial(storage.delete, name))
    return len(episodes)


@transaction.atomic
def load_sample() -> Episode:
    """Raises ValidationError where sample data are not allowed."""
    remove_sample()
    with (_FOLDER / "episode.mp3").open("rb") as audio:
        episode = Episode.objects.create(
            title="Sample episode: how the podcast works",
            slug="sample-episode",
            summary="A sample of 27 seconds, spoken by a computer, to show how the podcast works.",
            notes="<p>This is a sample episode. Its people are invented, and nothing in it is advice about "
            'your health. For advice see the <a href="/conditions/">pages about conditions</a>.</p>',
            audio=File(audio, "episode.mp3"),
            transcript=(_FOLDER / "transcript.vtt").read_text(),
            publish_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
            sample=True,
        )
    Chapter.objects.bulk_create(
        Chapter(episode=episode, start=start, title=title) for start, title in _CHAPTERS
    )
    EpisodePerson.objects.bulk_create(
        EpisodePerson(episode=episode, position=position, name=name, role=role)
        for position, (name, role) in enumerate(_PEOPLE, start=1)
    )
    return episode

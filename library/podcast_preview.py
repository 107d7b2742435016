"""Seeing an episode before it is out: by a signed link, without an account, for two weeks."""

from datetime import timedelta

from django.core.signing import SignatureExpired, TimestampSigner
from django.urls import reverse

from library.models import Episode

LINK_AGE = timedelta(days=14)
_signer = TimestampSigner(salt="library.podcast_preview")


def link_to(episode: Episode) -> str:
    """The path of a link that anybody who has it can open for ``LINK_AGE``."""
    return reverse("podcast:preview", args=[_signer.sign(str(episode.pk))])


def episode_of(token: str) -> Episode | None:
    """None where the link has expired or the episode is gone. Raises BadSignature for any other text."""
    try:
        pk = _signer.unsign(token, max_age=LINK_AGE)
    except SignatureExpired:
        return None
    return Episode.objects.filter(pk=pk).first()

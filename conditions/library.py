"""What is written once and used on many pages, when it changes."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet

from conditions.models import Author, Page, Picture, RedFlagCard, Source, Version
from conditions.versions import open_draft, start_draft


def pages_with_card(card: RedFlagCard) -> QuerySet[Page]:
    """Pages whose live version or open draft has the card, or one that is still to go live."""
    live = Version.objects.live()
    waiting = Version.objects.filter(status=Version.Status.APPROVED).exclude(page__in=live.values("page"))
    drafted = Version.objects.filter(status__in=Version.OPEN)
    having = Q()
    for versions in (live, waiting, drafted):
        having |= Q(pk__in=versions.filter(red_flags__card=card).values("page"))
    return Page.objects.filter(having)


# How a page leads to each of the things that are kept once.
_WAYS: dict[type, str] = {
    RedFlagCard: "versions__red_flags__card",
    Source: "versions__citations__source",
    Author: "versions__author",
    Picture: "versions__picture",
}


def pages_with_part(used: Sequence[RedFlagCard | Source | Author | Picture]) -> QuerySet[Page]:
    """Pages of which any version, old ones too, uses one of these, which are all of one kind."""
    if not used:
        return Page.objects.none()
    return Page.objects.filter(**{f"{_WAYS[type(used[0])]}__in": used}).distinct()


@transaction.atomic
def spread_card(card: RedFlagCard, by: User | None) -> list[Version]:
    """Put the card's words into a draft of every page that has it, in review; returns those drafts.

    A page that has a draft open keeps it: only the card's words in it change.
    """
    drafts = []
    for page in pages_with_card(card):
        draft = open_draft(page)
        if draft is None:
            draft = start_draft(page, by)
            draft.note = f"Changed red flags: {card.heading}"[:200]
        changed = False
        for flag in draft.red_flags.filter(card=card):
            flag.copy_words()
            flag.save()
            changed = True
        if changed:
            draft.status = Version.Status.IN_REVIEW
            draft.edited_by = by
            draft.revision += 1
            draft.save()
            drafts.append(draft)
    return drafts

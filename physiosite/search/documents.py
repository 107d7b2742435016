"""What the search finds: a document for each page, post, sheet, episode, term and organisation."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.urls import reverse
from django.utils.html import escape

from conditions.compare import plain_paragraphs
from conditions.models import Version
from library.models import Episode, Organisation, Term
from library.podcast_transcripts import paragraphs, read_transcript

# Another number whenever what is indexed of a document changes: every process then makes it all anew.
FORM = 2


_LONG_PASSAGE = 500


class Document(NamedTuple):
    """``key`` is stable; ``stamp`` changes with every word. ``names`` are other names, one each."""

    key: str
    stamp: str
    kind: str
    address: str
    title: str
    names: list[str]
    lead: str
    headings: list[str]
    passages: list[str]


def stamps() -> dict[str, str]:
    """Of every document that readers may find now, by key; without reading their words."""
    live = Version.objects.live().values_list("page", "page__slug", "pk", "publish_at", "updated_at")
    found = {f"page:{page}": f"{FORM} {rest}" for page, *rest in live}
    episodes = Episode.objects.published().values_list("pk", "slug", "updated_at")
    found |= {f"episode:{pk}": f"{FORM} {rest}" for pk, *rest in episodes}
    for name, model in (("term", Term), ("organisation", Organisation)):
        rows = model._default_manager.values_list("pk", "changed_at")
        found |= {f"{name}:{pk}": f"{FORM} {changed}" for pk, changed in rows}
    return found


def documents(wanted: Iterable[str], stamped: dict[str, str]) -> Iterator[Document]:
    """Those with these keys, as far as they are still there. ``stamped``: as ``stamps`` gave them."""
    keys: dict[str, set[int]] = {"page": set(), "episode": set(), "term": set(), "organisation": set()}
    for key in wanted:
        kind, _, pk = key.partition(":")
        keys[kind].add(int(pk))
    if keys["page"]:
        live = Version.objects.live().filter(page__in=keys["page"]).prefetch_related(*_READ)
        for version in live.iterator(chunk_size=200):
            yield _of_page(version, stamped[f"page:{version.page_id}"])
    for episode in Episode.objects.published().filter(pk__in=keys["episode"]):
        yield _of_episode(episode, stamped[f"episode:{episode.pk}"])
    for term in Term.objects.filter(pk__in=keys["term"]):
        yield _of_term(term, stamped[f"term:{term.pk}"])
    for one in Organisation.objects.filter(pk__in=keys["organisation"]):
        yield _of_organisation(one, stamped[f"organisation:{one.pk}"])


_READ = ("causes", "treatments", "exercises", "checklists", "sections", "red_flags", "related_pages")


def _of_page(version: Version, stamp: str) -> Document:
    parts: list[tuple[str, str]] = [
        *((cause.title, cause.body) for cause in version.causes.all()),
        *((use.name, use.body) for use in version.treatments.all()),
        *((one.name, _as_html([one.purpose]) + str(one.how)) for one in version.exercises.all()),
        *((one.heading, _as_html(one.item_list)) for one in version.checklists.all()),
        *((section.heading, section.body) for section in version.sections.all()),
    ]
    flags = [line for flag in version.red_flags.all() for line in flag.item_list]
    bodies: list[str] = [version.overview, version.symptoms, *(body for _, body in parts), version.self_care]
    # Questions and sub-headings say what a page answers.
    headings = [heading for heading, _ in parts] + [line for body in bodies for line in _headings_in(body)]
    passages = [line for body in bodies for line in _passages_of(body)]
    return Document(
        key=f"page:{version.page_id}",
        stamp=stamp,
        kind=version.page.kind,
        address=version.get_absolute_url(),
        title=version.title,
        names=version.other_name_list,
        lead=version.summary,
        headings=headings,
        passages=[*passages, *flags],
    )


def _as_html(lines: list[str]) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


def _headings_in(html: str) -> list[str]:
    # Cleaned HTML has headings without attributes.
    return [part.partition("</h")[0] for part in html.replace("<h4>", "<h3>").split("<h3>")[1:]]


def _passages_of(html: str) -> list[str]:
    """Paragraphs, and the items of a list together with the line before it: apart, each says too little."""
    passages: list[str] = []
    for line in plain_paragraphs(html):
        if line.startswith("• ") and passages and len(passages[-1]) < _LONG_PASSAGE:
            item = line.removeprefix("• ")
            passages[-1] += f" {item}" if item.endswith((".", "?", "!")) else f" {item}."
        else:
            passages.append(line.removeprefix("• "))
    return passages


def _of_episode(episode: Episode, stamp: str) -> Document:
    spoken = [cue.words for cue in paragraphs(read_transcript(episode.transcript))]
    return Document(
        key=f"episode:{episode.pk}",
        stamp=stamp,
        kind="episode",
        address=episode.get_absolute_url(),
        title=episode.title,
        names=[],
        lead=episode.summary,
        headings=[chapter.title for chapter in episode.chapters.all()],
        passages=[*plain_paragraphs(episode.notes), *spoken],
    )


def _of_term(term: Term, stamp: str) -> Document:
    address = f"{reverse('sheets:glossary')}#{term.anchor}"
    return Document(
        f"term:{term.pk}", stamp, "term", address, term.term, term.forms[1:], term.meaning, [], []
    )


def _of_organisation(one: Organisation, stamp: str) -> Document:
    address = f"{reverse('sheets:organisations')}#{one.anchor}"
    return Document(f"organisation:{one.pk}", stamp, "organisation", address, one.name, [], one.what, [], [])

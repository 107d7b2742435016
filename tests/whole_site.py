"""A site with a little of everything, and every page of it that links lead to."""

from urllib.parse import urljoin, urlsplit

from django.core.cache import cache
from django.core.files.base import ContentFile
from django.test import Client

from conditions.models import Author, Page, Picture
from conditions.versions import publish
from library.models import Organisation, Term, Topic
from tests.factories import make_clinic, make_draft, make_page, make_physiotherapist, make_signed_page
from tests.library.podcasts import make_episode, picture
from tests.markup import Element, page_of

ASKED = (
    "<p>First.</p><h3>Will it <strong>last</strong>?</h3><p>Rarely.</p><ul><li>Move.</li></ul>"
    "<h3>No answer?</h3>"
)
# What is no page, and what only forms lead to.
NOT_WALKED = (
    "/search/",
    "/blog/feed/",
    "/podcast/feed/",
    "/media/",
    "/static/",
    "/physiotherapists/compare/",
)


def make_site() -> None:
    # The foot of each page may still name what a module before this one had published.
    cache.clear()
    heat = make_page("heat", kind=Page.Kind.TREATMENT, areas=(), title="Heat")
    draft = make_draft(
        "sore-elbow", areas=("elbow", "whole-body"), title="Sore elbow", other_names="Tennis elbow\nBad elbow"
    )
    draft.treatments.update(page=heat.page)
    draft.treatments.create(position=2, name="Magnets", evidence="little", body="<p>No.</p>")
    draft.sections.create(position=2, heading="Questions people ask", body=ASKED)
    publish(draft, by=None, unsigned=True)
    make_signed_page("sore-knee", title="Sore knee", areas=("knee",))
    for slug in ("about", "privacy", "accessibility"):
        make_page(slug, kind=Page.Kind.SIMPLE, areas=())
    make_page("neck-sheet", kind=Page.Kind.SHEET, areas=(), title="Neck sheet")
    make_page("plain-post", kind=Page.Kind.POST, areas=(), title="Plain post")
    ann = Author.objects.create(name="Ann Example", credentials="Physiotherapist")
    drawn = Picture.objects.create(
        file=ContentFile(picture(), "knee.jpg"), alternative="A knee.", width=1, height=1
    )
    make_signed_page(
        "signed-post", kind=Page.Kind.POST, areas=(), title="Signed post", author=ann, picture=drawn
    )
    Term.objects.create(term="Tendon", meaning="What ties a muscle to a bone.")
    Organisation.objects.create(
        name="NHS 111", url="https://111.nhs.uk", what="Urgent help.", topic=Topic.URGENT
    )
    make_episode(slug="backs", title="Backs", season=1, number=2, people=(("Ann Example", "host"),))
    clinic = make_clinic("LS1 4AP", name="Rooms", phone="0113 496 0000")
    for name in ("Ada Real", "Bo Real", "Bo Real"):
        make_physiotherapist((clinic,), name=name, website="https://example.org/ada", specialisms=["neuro"])
    # Two towns of one name.
    for postcode in ("LL57 2DG", "BT20 3AA"):
        there = make_clinic(postcode)
        for _ in range(3):
            make_physiotherapist((there,))


def walked(client: Client) -> dict[str, Element]:
    """Every page that links lead to, from the first one on, by its path."""
    found: dict[str, Element] = {}
    waiting = ["/"]
    while waiting:
        path = waiting.pop()
        if path in found or path.startswith(NOT_WALKED) or "/book/" in path:
            continue
        response = client.get(path)
        assert response.status_code == 200, path
        found[path] = page_of(response)
        for href in found[path].links:
            parts = urlsplit(urljoin(path, href))
            if not parts.scheme and not parts.netloc:
                waiting.append(parts.path)
    return found


def is_indexed(page: Element) -> bool:
    return not any("noindex" in robots["content"] for robots in page.all("meta", name="robots"))

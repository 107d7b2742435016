"""Addresses never break: what a page was called before leads to what it is called now."""

import pytest

from conditions.groups import EDITOR, PUBLISHER
from conditions.models import OldAddress, Page
from conditions.versions import open_draft, start_draft
from tests.conditions.editing import (
    SignedIn,
    added,
    opened,
    page_url,
    said,
    save,
    text_of,
    typed,
    version_url,
)
from tests.factories import make_draft, make_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor():
    return SignedIn(EDITOR)


def move(editor, page, slug):
    """Save the page's draft with another address; gives what the editor is told."""
    draft = open_draft(page) or start_draft(page, None)
    return said(editor, save(editor, draft, {"slug": slug}))


def where(client, address):
    response = client.get(address)
    return response.status_code, response.headers.get("Location", "")


@pytest.mark.parametrize(("kind", "folder"), [("condition", "conditions"), ("treatment", "treatments")])
def test_a_former_address_leads_to_the_page_for_good(editor, client, kind, folder):
    live = make_page("sore-elbow", kind=kind)
    assert "is saved" in move(editor, live.page, "elbow-pain")
    assert where(client, f"/{folder}/sore-elbow/") == (301, f"/{folder}/elbow-pain/")
    assert "Sore elbow" in text_of(client.get(f"/{folder}/elbow-pain/"))
    assert where(client, f"/{folder}/sore-elbow/changes/")[0] == 301
    # The draft is not published by that.
    assert open_draft(live.page)


def test_the_same_word_is_free_for_a_page_of_another_kind(editor, client):
    live = make_page("heat", kind="treatment")
    move(editor, live.page, "heat-and-cold")
    assert where(client, "/conditions/heat/") == (404, "")
    other = make_page("cramp")
    assert "is saved" in move(editor, other.page, "heat")
    assert where(client, "/conditions/heat/")[0] == 200
    assert where(client, "/treatments/heat/") == (301, "/treatments/heat-and-cold/")


def test_two_moves_in_a_row_need_one_step_from_either_address(editor, client):
    live = make_page("first")
    for slug in ("second", "third"):
        move(editor, live.page, slug)
    assert where(client, "/conditions/first/") == (301, "/conditions/third/")
    assert where(client, "/conditions/second/") == (301, "/conditions/third/")
    assert where(client, "/conditions/third/")[0] == 200


def test_going_back_to_a_former_address_makes_no_loop(editor, client):
    live = make_page("first")
    for slug in ("second", "first"):
        assert "is saved" in move(editor, live.page, slug)
    assert where(client, "/conditions/first/")[0] == 200
    assert where(client, "/conditions/second/") == (301, "/conditions/first/")
    for slug in ("second", "third", "first", "second"):
        move(editor, live.page, slug)
    assert where(client, "/conditions/second/")[0] == 200
    for slug in ("first", "third"):
        assert where(client, f"/conditions/{slug}/") == (301, "/conditions/second/")
    # Nor when nothing is there for readers.
    SignedIn(PUBLISHER).post(page_url(live.page, "unpublish"))
    assert where(client, "/conditions/second/") == (404, "")


@pytest.mark.parametrize(
    ("slug", "why"),
    [
        ("taken", "Another page has this address"),
        ("left", "This address was that of another page and leads there now"),
        ("areas", "and not the word areas"),
        ("Sore Elbow", "Use small letters"),
        ("sore--elbow", "Use small letters"),
        ("sore_elbow", "Use small letters"),
        ("söre", "Use small letters"),
        ("", "This field is required"),
        ("x" * 81, "at most 80 characters"),
    ],
)
def test_an_address_that_cannot_be_is_refused_and_nothing_typed_is_lost(editor, client, slug, why):
    make_page("taken")
    moved = make_page("left")
    move(editor, moved.page, "now-here")
    live = make_page("sore-elbow")
    draft = start_draft(live.page, None)
    response = save(
        editor, draft, {"slug": slug, "summary": "Typed just now.", "causes-0-title": "Typed here too."}
    )
    assert why in said(editor, response)
    kept = typed(response)
    assert (kept["slug"], kept["summary"], kept["causes-0-title"]) == (
        slug,
        "Typed just now.",
        "Typed here too.",
    )
    assert where(client, "/conditions/sore-elbow/")[0] == 200
    assert where(client, "/conditions/left/") == (301, "/conditions/now-here/")
    assert OldAddress.objects.count() == 1


def test_a_new_page_cannot_take_the_address_of_another(editor):
    make_page("taken")
    moved = make_page("left")
    move(editor, moved.page, "now-here")
    add = "/admin/conditions/version/add/"
    for slug, why in (("taken", "Another page has this address"), ("left", "leads there now")):
        form = typed(editor.get(add)) | {
            "title": "New",
            "slug": slug,
            "areas": ["knee"],
            "summary": "S.",
            "overview": "<p>O</p>",
        }
        response = editor.post(add, form)
        assert why in said(editor, response)
        assert typed(response)["summary"].strip() == "S."
    assert Page.objects.count() == 2


def test_a_move_happens_with_the_save_or_not_at_all(editor, client):
    live = make_page("sore-elbow")
    draft = start_draft(live.page, None)
    response = save(editor, draft, {"slug": "elbow-pain", "causes-0-title": ""})
    assert "This field is required" in said(editor, response)
    assert where(client, "/conditions/sore-elbow/")[0] == 200
    assert where(client, "/conditions/elbow-pain/")[0] == 404


def test_a_new_page_that_could_not_be_saved_leaves_its_address_free(editor):
    add = "/admin/conditions/version/add/"
    form = typed(editor.get(add)) | {
        "title": "New",
        "slug": "new",
        "areas": ["knee"],
        "summary": "S.",
        "overview": "<p>O</p>",
    }
    response = editor.post(add, added(form, "causes", title="", body="<p>Typed.</p>"))
    assert "This field is required" in said(editor, response)
    assert not Page.objects.exists()
    again = typed(response) | {"causes-0-title": "A cause", "_continue": "1"}
    assert "is saved" in said(editor, editor.post(add, again))
    assert Page.objects.get().versions.get().causes.get().body == "<p>Typed.</p>"


def test_the_parts_of_the_body_change_with_the_save_or_not_at_all(editor):
    draft = make_draft(areas=("knee",))
    save(editor, draft, {"areas": ["elbow"], "causes-0-title": ""})
    assert [row.area for row in draft.page.areas.all()] == ["knee"]


def test_no_reader_has_seen_a_new_page_so_its_first_address_is_free_again(editor, client):
    draft = make_draft("first")
    save(editor, draft, {"slug": "second"})
    assert not OldAddress.objects.exists()
    assert where(client, "/conditions/first/") == (404, "")
    make_page("first")
    assert where(client, "/conditions/first/")[0] == 200


def test_a_former_address_of_a_withdrawn_page_leads_to_why(editor, client):
    live = make_page("sore-elbow")
    move(editor, live.page, "elbow-pain")
    SignedIn(PUBLISHER).post(page_url(live.page, "withdraw"), {"reason": "It was wrong."})
    response = client.get("/conditions/sore-elbow/", follow=True)
    assert response.redirect_chain == [("/conditions/elbow-pain/", 301)]
    assert response.status_code == 410


def test_simple_pages_keep_their_addresses(editor, client):
    live = make_page("about", kind=Page.Kind.SIMPLE, areas=())
    draft = start_draft(live.page, None)
    assert "slug" not in opened(editor, draft)
    response = editor.post(version_url(draft), opened(editor, draft) | {"slug": "us", "title": "About us"})
    assert "is saved" in said(editor, response)
    live.page.refresh_from_db()
    draft.refresh_from_db()
    assert (live.page.slug, draft.title) == ("about", "About us")
    assert where(client, "/about/")[0] == 200

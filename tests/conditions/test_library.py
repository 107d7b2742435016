"""Red-flag cards and sources: written once, used on many pages."""

import pytest

from conditions.groups import EDITOR, PUBLISHER
from conditions.models import Page, RedFlag, RedFlagCard, Source, Version
from conditions.versions import open_draft, publish, start_draft, unpublish
from tests.conditions.editing import (
    SignedIn,
    added,
    clock_at,
    opened,
    said,
    save,
    text_of,
    typed,
    version_url,
)
from tests.factories import make_card, make_draft, make_page, make_source
from tests.markup import page_of

pytestmark = pytest.mark.django_db

CARDS = "/admin/conditions/redflagcard"
SOURCES = "/admin/conditions/source"
CARD = {
    "name": "Chest pain",
    "urgency": "emergency",
    "heading": "Call 999 if:",
    "items": "you have chest pain\r\nyou cannot breathe",
    "note": "",
}


@pytest.fixture
def editor():
    return SignedIn(EDITOR)


@pytest.fixture
def administrator(editor):
    """Nobody else may delete a card or a source at all."""
    editor.user.is_superuser = True
    editor.user.save()
    return editor


def card_of(version):
    return version.red_flags.get().card


def change(client, card, **values):
    address = f"{CARDS}/{card.pk}/change/"
    return client.post(address, typed(client.get(address), "heading") | values)


def add(client, **values):
    address = f"{CARDS}/add/"
    return client.post(address, typed(client.get(address), "heading") | CARD | values)


# --- What a card may say ----------------------------------------------------------------------
def test_a_card_is_written_once(editor):
    assert "was added successfully" in said(editor, add(editor))
    card = RedFlagCard.objects.get()
    assert card.item_list == ["you have chest pain", "you cannot breathe"]
    assert "already exists" in said(editor, add(editor))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"heading": "Call 999"}, "End the heading with “if:”"),
        ({"heading": "if:"}, "End the heading with “if:”"),
        ({"heading": "Call 999 if"}, "End the heading with “if:”"),
        ({"heading": "Call 999. Go to A&E if:"}, "Say one action only"),
        ({"heading": "Call 999; go to A&E if:"}, "Say one action only"),
        ({"items": "You have chest pain"}, "must finish the heading's sentence"),
        ({"items": "you have chest pain."}, "must finish the heading's sentence"),
        ({"items": "you have chest pain\r\nThen call"}, "“Then call” must finish"),
        ({"items": "  \r\n "}, "This field is required"),
        ({"note": "See https://example.org"}, "An emergency card has no links"),
        ({"note": "See www.example.org"}, "An emergency card has no links"),
        ({"items": 'you see <a href="/x">this</a>'}, "An emergency card has no links"),
        ({"urgency": "whenever"}, "valid choice"),
        ({"urgency": ""}, "This field is required"),
    ],
)
def test_a_card_that_would_not_read_as_a_card_is_refused(editor, values, why):
    response = add(editor, **values)
    assert why in said(editor, response)
    assert not RedFlagCard.objects.exists()
    assert typed(response, "heading")["name"] == "Chest pain"


@pytest.mark.parametrize(
    "values",
    [
        {"items": "A&E has sent you home\r\nNHS 111 told you to\r\nI am an example"},
        {"urgency": "gp", "heading": "See a GP if:", "note": "See https://www.nhs.uk for more."},
        {"heading": "Call 999 or go to A&E now if:"},
    ],
)
def test_what_good_cards_need_is_allowed(editor, values):
    assert "was added successfully" in said(editor, add(editor, **values))


# --- Where a card stands on top ---------------------------------------------------------------
def test_an_editor_says_on_which_areas_pages_a_card_stands(editor, client):
    assert "was added successfully" in said(editor, add(editor, areas=["elbow", "knee"]))
    card = RedFlagCard.objects.get()
    assert {row.area for row in card.areas.all()} == {"elbow", "knee"}
    opened_again = typed(editor.get(f"{CARDS}/{card.pk}/change/"), "heading")
    assert sorted(opened_again["areas"]) == ["elbow", "knee"]
    draft = make_draft(areas=("elbow",))
    draft.red_flags.update(card=card)
    publish(draft, by=None, unsigned=True)
    assert page_of(client.get("/conditions/areas/elbow/")).all("div", class_="care-card")
    # To move a card asks for no new words: no page gets a draft.
    assert "was changed successfully" in said(editor, change(editor, card, areas=["neck"]))
    assert {row.area for row in card.areas.all()} == {"neck"}
    assert open_draft(draft.page) is None
    assert page_of(client.get("/conditions/areas/elbow/")).all("div", class_="care-card") == []


@pytest.mark.parametrize(
    ("areas", "shown"), [(["elbow", "knee"], "Elbow, Knee"), ([], "No part of the body")]
)
def test_who_may_not_change_a_card_reads_where_it_stands(editor, areas, shown):
    add(editor, areas=areas)
    page = page_of(SignedIn(PUBLISHER).get(f"{CARDS}/{RedFlagCard.objects.get().pk}/change/"))
    assert page.one("div", class_="field-on_top_of").one("div", class_="readonly").text == shown
    assert page.all("input", name="areas") == []


def test_an_area_that_there_is_not_is_refused(editor):
    assert "Select a valid choice" in said(editor, add(editor, areas=["tail"]))
    assert not RedFlagCard.objects.exists()


# --- Cards on a page --------------------------------------------------------------------------
def test_a_page_takes_the_cards_words_as_they_are_when_saved(editor):
    draft = make_draft()
    card = make_card(urgency="gp", heading="See a GP if:", items="it lasts\nit comes back", note="Soon.")
    editor.post(version_url(draft), added(opened(editor, draft), "red_flags", card=card.pk))
    flag = draft.red_flags.get(card=card)
    assert [getattr(flag, name) for name in RedFlag.WORDS] == [getattr(card, name) for name in RedFlag.WORDS]


def test_a_second_card_of_one_urgency_needs_a_reason(editor):
    draft, card = make_draft(), make_card()
    form = added(opened(editor, draft), "red_flags", card=card.pk)
    response = editor.post(version_url(draft), form)
    assert "The page has a card “Emergency” already" in said(editor, response)
    assert draft.red_flags.count() == 1
    kept = typed(response) | {"red_flags-1-why_another": "Children have other signs."}
    assert "is saved" in said(editor, editor.post(version_url(draft), kept))
    assert draft.red_flags.count() == 2


def test_one_card_of_each_urgency_needs_none_and_one_taken_off_does_not_count(editor):
    draft = make_draft()
    form = opened(editor, draft)
    for urgency in ("urgent", "gp"):
        form = added(form, "red_flags", card=make_card(urgency=urgency).pk)
    assert "is saved" in said(editor, editor.post(version_url(draft), form))
    form = added(opened(editor, draft), "red_flags", card=make_card().pk) | {"red_flags-0-DELETE": "on"}
    assert "is saved" in said(editor, editor.post(version_url(draft), form))
    assert draft.red_flags.count() == 3


# --- A card that changes ----------------------------------------------------------------------
def test_a_changed_card_puts_a_draft_of_each_page_in_review_and_leaves_what_is_live(editor, client):
    first, second, other = make_page("first"), make_page("second"), make_page("other")
    card = card_of(first)
    draft = start_draft(second.page, None)
    flag = draft.red_flags.get()
    flag.card = card
    flag.copy_words()
    flag.save()
    publish(draft, None, unsigned=True)
    told = said(editor, change(editor, card, items="you cannot breathe"))
    assert "Condition: first, Condition: second" in told and "other" not in told
    for page in (first.page, second.page):
        opened_draft = open_draft(page)
        assert opened_draft
        assert opened_draft.status == "in-review"
        assert opened_draft.red_flags.get().items == "you cannot breathe"
        assert (opened_draft.created_by, opened_draft.note) == (
            editor.user,
            "Changed red flags: Call 999 if:",
        )
        seen = text_of(client.get(page.get_absolute_url()))
        assert "you have chest pain" in seen and "you cannot breathe" not in seen
    assert open_draft(other.page) is None


def test_an_open_draft_is_kept_and_only_the_cards_words_in_it_change(editor):
    live = make_page()
    draft = start_draft(live.page, None)
    Version.objects.filter(pk=draft.pk).update(summary="Half written.", note="A note.")
    change(editor, card_of(live), items="you cannot breathe")
    draft.refresh_from_db()
    assert open_draft(live.page) == draft
    assert (draft.summary, draft.note, draft.status) == ("Half written.", "A note.", "in-review")
    assert draft.red_flags.get().items == "you cannot breathe"
    assert live.red_flags.get().items == "you have chest pain"


def test_a_draft_that_no_longer_has_the_card_is_left_alone(editor):
    live = make_page()
    draft = start_draft(live.page, None)
    draft.red_flags.all().delete()
    change(editor, card_of(live), items="you cannot breathe")
    draft.refresh_from_db()
    assert (draft.status, draft.revision) == ("draft", 0)


def test_a_page_that_goes_live_tomorrow_has_the_card_too(editor):
    with clock_at("2031-05-01 12:00") as now:
        editor.force_login(editor.user)
        draft = make_draft("sore-elbow")
        publish(draft, None, at=now.replace(day=2), unsigned=True)
        assert "Condition: sore-elbow" in said(
            editor, change(editor, card_of(draft), items="you cannot breathe")
        )
    assert open_draft(draft.page)


@pytest.mark.parametrize("values", [{}, {"name": "Another name"}])
def test_a_save_without_other_words_makes_no_drafts(editor, values):
    live = make_page()
    card = card_of(live)
    RedFlagCard.objects.filter(pk=card.pk).update(items="one\ntwo", note="three\nfour")
    assert "was changed successfully" in said(editor, change(editor, card, **values))
    assert open_draft(live.page) is None


def test_a_card_says_where_it_stands(editor):
    live, gone = make_page("sore-elbow"), make_page("gone")
    unpublish(gone.page)
    seen = page_of(editor.get(f"{CARDS}/{card_of(live).pk}/change/"))
    assert seen.links[f"/admin/conditions/page/{live.page.pk}/change/"] == "Condition: sore-elbow"
    assert "No page" in text_of(editor.get(f"{CARDS}/{card_of(gone).pk}/change/"))
    assert "No page yet" in text_of(editor.get(f"{CARDS}/add/"))


# --- What is in use is not deleted ------------------------------------------------------------
@pytest.mark.parametrize("kind", ["card", "source"])
@pytest.mark.parametrize("state", ["draft", "live", "withdrawn"])
def test_what_a_page_uses_is_not_deleted_and_the_page_is_named(administrator, kind, state):
    version = make_draft("sore-elbow")
    if state != "draft":
        publish(version, None, unsigned=True)
    if state == "withdrawn":
        unpublish(version.page, reason="Old.")
    used = card_of(version) if kind == "card" else version.citations.all()[0].source
    folder = CARDS if kind == "card" else SOURCES
    address = f"{folder}/{used.pk}/delete/"
    for response in (
        administrator.get(address),
        administrator.post(address, {"post": "yes"}, follow=True),
        administrator.post(
            f"{folder}/",
            {"action": "delete_selected", "_selected_action": used.pk, "post": "yes"},
            follow=True,
        ),
    ):
        links = page_of(response).links
        assert links.get(f"/admin/conditions/page/{version.page.pk}/change/") == "Condition: sore-elbow"
    assert type(used).objects.filter(pk=used.pk).exists()


def test_what_no_page_uses_can_be_deleted(administrator):
    for folder, thing in ((CARDS, make_card()), (SOURCES, make_source())):
        administrator.post(f"{folder}/{thing.pk}/delete/", {"post": "yes"})
    assert not RedFlagCard.objects.exists() and not Source.objects.exists()


def test_editors_do_not_delete_from_the_library(editor):
    for folder, thing in ((CARDS, make_card()), (SOURCES, make_source())):
        assert editor.post(f"{folder}/{thing.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_source_says_which_pages_rely_on_it(editor):
    live = make_page("sore-elbow")
    source = live.citations.all()[0].source
    seen = page_of(editor.get(f"{SOURCES}/{source.pk}/change/"))
    assert seen.links[f"/admin/conditions/page/{live.page.pk}/change/"] == "Condition: sore-elbow"


# --- Drafts that are deleted ------------------------------------------------------------------
def test_a_draft_is_deleted_and_what_is_live_stays(editor, client):
    live = make_page("sore-elbow")
    draft = start_draft(live.page, None)
    response = editor.post(version_url(draft, "delete"), {"post": "yes"})
    assert "What is live stays as it is" in said(editor, response)
    assert open_draft(live.page) is None
    assert client.get("/conditions/sore-elbow/").status_code == 200


def test_with_its_only_draft_a_page_goes_that_was_never_published(editor):
    draft = make_draft()
    editor.post(version_url(draft, "delete"), {"post": "yes"})
    assert not Page.objects.exists()


@pytest.mark.parametrize("named_as", ["treatments", "related_pages"])
def test_a_page_that_others_name_keeps_its_only_draft(editor, named_as):
    draft = make_draft("heat", kind="treatment" if named_as == "treatments" else "condition")
    user = make_draft("sore-elbow")
    if named_as == "treatments":
        user.treatments.update(page=draft.page)
    else:
        user.related_pages.create(position=1, page=draft.page)
    response = editor.post(version_url(draft, "delete"), {"post": "yes"})
    told = said(editor, response)
    assert "This page was never published, but others name it: Condition: sore-elbow" in told
    assert Version.objects.filter(pk=draft.pk).exists()


def test_what_was_published_is_never_deleted(editor):
    live = make_page()
    for client in (editor, SignedIn(PUBLISHER)):
        assert client.post(version_url(live, "delete"), {"post": "yes"}).status_code == 403
    editor.user.is_superuser = True
    editor.user.save()
    assert editor.post(version_url(live, "delete"), {"post": "yes"}).status_code == 403
    assert editor.post(f"/admin/conditions/page/{live.page.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Version.objects.filter(pk=live.pk).exists()


def test_a_page_cannot_be_related_to_itself(editor):
    draft = make_draft()
    form = added(opened(editor, draft), "related_pages", page=draft.page.pk, difference="None.")
    response = editor.post(version_url(draft), form)
    assert "A page cannot be related to itself" in said(editor, response)
    assert typed(response)["related_pages-0-difference"] == "None."


def test_a_page_is_related_to_another_once(editor):
    draft, other = make_draft(), make_page()
    form = opened(editor, draft)
    for _ in range(2):
        form = added(form, "related_pages", page=other.page.pk)
    assert "in the list already" in said(editor, editor.post(version_url(draft), form))
    assert "is saved" in said(editor, save(editor, draft))

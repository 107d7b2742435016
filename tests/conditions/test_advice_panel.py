"""The panel of advice beside a draft's form: it leads to the place, saves nothing and never stops anybody."""

import pytest
from django.core import serializers
from django.utils.html import escape

from conditions.groups import EDITOR, REVIEWER
from conditions.models import (
    Cause,
    Citation,
    OldAddress,
    Page,
    RedFlag,
    RelatedPage,
    Section,
    TreatmentUse,
    Version,
)
from conditions.versions import publish, send_to_review
from tests.conditions.editing import SignedIn, added, opened, save, typed, version_url
from tests.factories import make_card, make_draft
from tests.markup import page_of

LONG = " ".join(["one two three four five six seven eight nine ten eleven twelve"] * 2)
HARD = "<p>Individualised rehabilitation encourages considerable collaboration.</p>" * 12
NEW_PAGE = "/admin/conditions/version/add/"


@pytest.fixture
def editor(db):
    return SignedIn(EDITOR)


def panel_in(response):
    return page_of(response).one("aside", id="advice")


def ask(client, version, values=None):
    """What the panel says to what is typed, as the script asks for it."""
    response = client.post(version_url(version), opened(client, version) | (values or {}) | {"_advice": "1"})
    assert response.status_code == 200
    assert page_of(response).all("html") == []
    return panel_in(response)


def database():
    """Every row of the pages and of what the admin writes down about them."""
    models = [Page, Version, RedFlag, Cause, TreatmentUse, Section, RelatedPage, Citation, OldAddress]
    rows = [row for model in models for row in model._default_manager.order_by("pk")]
    rows += [row for page in Page.objects.order_by("pk") for row in page.areas.order_by("pk")]
    return serializers.serialize("json", rows)


def test_the_panel_has_advice_for_the_saved_draft_and_leads_to_the_place(editor):
    draft = make_draft(overview=HARD, symptoms=f"<p>{LONG}</p>", self_care="")
    draft.causes.update(body="<p>Oedema.</p>")
    draft.red_flags.update(items="you have paraesthesia")
    draft.citations.all().delete()

    page = page_of(editor.get(version_url(draft)))

    links = page.one("aside", id="advice").links
    ids = {element.get("id") for element in page.walk()}
    assert {
        "#id_overview",
        "#id_symptoms",
        "#id_self_care",
        "#id_other_names",
        "#id_causes-0-body",
        "#red_flags-0",
        "#citations-group",
    } == set(links)
    assert {link.removeprefix("#") for link in links} <= ids
    assert links["#id_causes-0-body"] == "Cause “A cause”"


def test_the_panel_is_where_somebody_can_write_and_only_there(editor):
    draft = make_draft()
    for url in (version_url(draft), NEW_PAGE, f"{NEW_PAGE}?kind=treatment"):
        page = page_of(editor.get(url))
        assert page.all("aside", id="advice")
        assert [script for script in page.all("script") if script.get("src").endswith("js/advice.js")]

    send_to_review(draft, editor.user)
    assert page_of(SignedIn(REVIEWER).get(version_url(draft))).all("aside", id="advice") == []

    publish(draft, None, unsigned=True)
    assert page_of(editor.get(version_url(draft))).all("aside", id="advice") == []


def test_advice_never_stops_a_save(editor):
    draft = make_draft()
    bad = {"overview": HARD, "symptoms": f"<p>{LONG} whilst oedema should be avoided.</p>", "other_names": ""}

    response = save(editor, draft, bad)

    assert response.status_code == 302
    draft.refresh_from_db()
    assert draft.overview == HARD
    assert "could be better" in panel_in(editor.get(version_url(draft))).text


def test_unsaved_words_get_advice_and_nothing_is_saved(editor):
    draft = make_draft(slug="sore-neck")
    before = database()
    form = added(opened(editor, draft), "causes", position="9", title="Typed", body="<p>Whilst typing.</p>")
    changed = {
        "slug": "another-address",
        "areas": ["neck", "knee"],
        "title": "Another title",
        "overview": "<p>Some oedema.</p>",
        "red_flags-0-DELETE": "on",
    }

    panel = ask(editor, draft, form | changed)

    assert "“oedema”: say “swelling”" in panel.text
    assert panel.links["#id_causes-1-body"] == "Cause “Typed”"
    assert "#red_flags-group" in panel.links
    assert database() == before
    assert editor.get("/admin/").content.count(b"another-address") == 0


def test_rows_keep_their_place_whatever_their_order(editor):
    draft = make_draft()
    draft.causes.create(position=2, title="Second", body="<p>Oedema.</p>")

    panel = ask(editor, draft, {"causes-0-position": "8", "causes-1-position": "3"})

    assert panel.links["#id_causes-1-body"] == "Cause “Second”"


def test_a_page_that_is_not_saved_yet_gets_advice(editor):
    form = typed(editor.get(NEW_PAGE)) | {
        "title": "Sore neck",
        "slug": "sore-neck",
        "areas": ["neck"],
        "summary": "A neck that hurts.",
        "overview": "<p>Some oedema.</p>",
    }

    panel = panel_in(editor.post(NEW_PAGE, form | {"_advice": "1"}))

    assert {"#id_overview", "#red_flags-group", "#id_other_names", "#citations-group"} <= set(panel.links)
    assert not Page.objects.exists()


def test_a_form_with_something_to_correct_says_what(editor):
    draft = make_draft()
    form = added(opened(editor, draft), "causes", position="", title="", body="<p>Why.</p>")
    form = added(form, "red_flags", position="", card=str(make_card().pk), why_another="")
    before = database()

    panel = ask(editor, draft, form | {"title": ""})

    assert "waits for 3 corrections" in panel.text
    assert set(panel.links) == {"#id_title", "#id_causes-1-title", "#id_red_flags-1-why_another"}
    assert database() == before


def test_somebody_else_saved_meanwhile(editor):
    draft = make_draft()
    form = opened(editor, draft)
    save(SignedIn(EDITOR), draft, {"overview": "<p>Theirs.</p>"})
    before = database()

    panel = ask(editor, draft, form | {"overview": "<p>Mine.</p>"})

    assert "Somebody saved this draft while you were writing." in panel.text
    assert database() == before


def test_asking_for_advice_needs_the_right_to_edit(editor):
    draft = make_draft()
    form = opened(editor, draft)

    assert SignedIn(REVIEWER).post(version_url(draft), form | {"_advice": "1"}).status_code == 403


def test_what_is_typed_is_shown_as_words(editor):
    draft = make_draft()
    nasty = "<script>alert(1)</script> & oedema"
    draft.causes.update(title=nasty, body="<p>Oedema.</p>")

    response = editor.get(version_url(draft))

    assert escape(f"Cause “{nasty}”") in response.content.decode()
    assert panel_in(response).all("script") == []

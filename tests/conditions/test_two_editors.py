"""Two people at one page, saves that fail, and saves that fail half-way: nothing typed is lost."""

from unittest import mock

import pytest
from django.db import DatabaseError

from conditions.groups import EDITOR, PUBLISHER
from conditions.models import Cause, Page, Version
from conditions.versions import publish, send_to_review, start_draft
from tests.conditions.editing import (
    SignedIn,
    added,
    clock_at,
    opened,
    page_url,
    said,
    save,
    take,
    text_of,
    typed,
    version_url,
)
from tests.factories import (
    CONDITION_PARTS,
    add_other_parts,
    make_card,
    make_draft,
    make_page,
    make_source,
)
from tests.markup import page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann():
    return SignedIn(EDITOR, name="ann")


@pytest.fixture
def ben():
    return SignedIn(EDITOR, name="ben")


def press_save(client, draft, form):
    return client.post(version_url(draft), form | {"_continue": "1"})


# --- One draft a page -------------------------------------------------------------------------
def test_who_presses_edit_second_is_told_whose_draft_it_is_and_since_when(ann, ben):
    live = make_page()
    with clock_at("2031-07-01 09:30"):
        for client in (ann, ben):
            client.force_login(client.user)
        first = ann.post(page_url(live.page, "edit-text"))
        assert "already" not in said(ann, first)
        second = ben.post(page_url(live.page, "edit-text"))
        told = said(ben, second)
    assert first.headers["Location"] == second.headers["Location"]
    assert "This page has an open draft already: ann's, since 1 July 2031, 09:30." in told
    assert live.page.versions.count() == 2
    state = text_of(ben.get(page_url(live.page)))
    assert "Open draft (draft) by ann, since 1 July 2031, 09:30; last saved by ann" in state


def test_ones_own_draft_opens_again_without_a_word(ann):
    live = make_page()
    addresses = {ann.post(page_url(live.page, "edit-text")).headers["Location"] for _ in range(2)}
    assert len(addresses) == 1
    assert "open draft already" not in text_of(ann.get(addresses.pop()))


def test_the_draft_is_a_copy_with_every_part(ann):
    written = make_draft(other_names="One\nTwo")
    add_other_parts(written)
    live = publish(written, by=None, unsigned=True)
    ann.post(page_url(live.page, "edit-text"))
    draft = live.page.versions.get(status="draft")
    for name in Version.PARTS:
        words = [[getattr(part, word) for word in part.WORDS] for part in getattr(live, name).all()]
        assert words
        assert words == [[getattr(part, word) for word in part.WORDS] for part in getattr(draft, name).all()]
    assert (draft.other_names, draft.created_by, draft.note) == ("One\nTwo", ann.user, "")


# --- Two who save one draft -------------------------------------------------------------------
def test_the_second_is_told_who_saved_and_sees_both_texts(ann, ben):
    draft = make_draft(summary="The old summary.")
    form = opened(ben, draft)
    save(ann, draft, {"summary": "The summary of Ann."})
    response = press_save(ben, draft, form | {"summary": "The summary of Ben."})
    assert "ann saved this draft while you were writing" in said(ben, response)
    shown = page_of(response).one("div", class_="conflict")
    assert "Ben" in " ".join(part.text for part in shown.all("del"))
    assert "Ann" in " ".join(part.text for part in shown.all("ins"))
    draft.refresh_from_db()
    assert draft.summary == "The summary of Ann."


def test_the_second_keeps_every_typed_word_and_the_second_save_goes_through(ann, ben):
    draft = make_draft()
    related, card, source = make_page().page, make_card(urgency="gp"), make_source()
    form = opened(ben, draft) | {
        "title": "Ben's title",
        "overview": "<p>Ben's overview</p>",
        "note": "Ben's note",
        "causes-0-title": "Ben's cause",
        "treatments-0-DELETE": "on",
    }
    form = added(form, "sections", heading="Ben's section", body="<p>Ben's words</p>")
    form = added(form, "related_pages", page=related.pk, difference="Ben's difference")
    form = added(form, "red_flags", card=card.pk, why_another="")
    form = added(form, "citations", source=source.pk, cited_from="causes")
    save(ann, draft, {"title": "Ann's title", "causes-0-title": "Ann's cause"})
    response = press_save(ben, draft, form)
    kept = typed(response)
    for name, value in form.items():
        if name not in {"csrfmiddlewaretoken", "seen_revision"}:
            got = kept.get(name, "")
            got = got[0] if isinstance(got, list) and len(got) == 1 else got
            assert str(got).strip() in {str(value), str(value).strip("[]'")}, name
    assert "is saved" in said(ben, press_save(ben, draft, kept))
    draft.refresh_from_db()
    assert (draft.title, draft.edited_by, draft.note) == ("Ben's title", ben.user, "Ben's note")
    assert draft.causes.get().title == "Ben's cause"
    assert not draft.treatments.exists()
    assert draft.sections.count() == 2 and draft.red_flags.count() == 2 and draft.citations.count() == 3
    assert draft.related_pages.get().difference == "Ben's difference"


def test_what_differs_in_the_parts_is_shown_too(ann, ben):
    draft = make_draft()
    form = opened(ben, draft)
    save(ann, draft, {"causes-0-title": "Cause of Ann"})
    response = press_save(ben, draft, form | {"causes-0-title": "Cause of Ben"})
    shown = page_of(response).one("div", class_="conflict").text
    assert "Causes" in shown and "Ann" in shown and "Ben" in shown
    assert "Title" not in shown


def test_parts_added_and_taken_off_are_shown_too(ann, ben):
    draft = make_draft()
    form = added(opened(ben, draft), "red_flags", card=make_card(urgency="gp", heading="See a GP if:").pk)
    save(ann, draft, {"sections-0-DELETE": "on"})
    shown = page_of(press_save(ben, draft, form)).one("div", class_="conflict").text
    assert "removed: See a GP: See a GP if:" in shown
    assert "removed: In pregnancy" in shown


def test_a_row_that_the_first_took_off_does_not_stop_the_second(ann, ben):
    draft = make_draft()
    draft.causes.create(position=2, title="Second cause")
    form = opened(ben, draft) | {"causes-0-title": "Ben's cause", "causes-1-title": "Ben's second cause"}
    save(ann, draft, {"causes-0-DELETE": "on"})
    response = press_save(ben, draft, form)
    assert "ann saved this draft" in said(ben, response)
    kept = typed(response)
    assert "Ben's cause" in kept.values() and "Ben's second cause" in kept.values()
    assert "is saved" in said(ben, press_save(ben, draft, kept))
    assert [cause.title for cause in draft.causes.all()] == ["Ben's cause", "Ben's second cause"]


def test_a_row_that_the_first_added_stays_when_the_second_saves(ann, ben):
    draft = make_draft()
    form = opened(ben, draft) | {"summary": "Of Ben."}
    press_save(ann, draft, added(opened(ann, draft), "causes", title="Cause of Ann"))
    response = press_save(ben, draft, form)
    assert "ann saved this draft" in said(ben, response)
    assert "is saved" in said(ben, press_save(ben, draft, typed(response)))
    assert [cause.title for cause in draft.causes.all()] == ["A cause", "Cause of Ann"]


def test_a_third_save_in_between_is_told_again(ann, ben):
    draft = make_draft()
    form = opened(ben, draft) | {"summary": "Of Ben."}
    save(ann, draft, {"summary": "Of Ann."})
    kept = typed(press_save(ben, draft, form))
    save(ann, draft, {"summary": "Of Ann again."})
    response = press_save(ben, draft, kept)
    assert "ann saved this draft" in said(ben, response)
    assert "is saved" in said(ben, press_save(ben, draft, typed(response)))
    draft.refresh_from_db()
    assert draft.summary == "Of Ben."


@pytest.mark.parametrize("step", ["publish", "withdraw", "delete"])
def test_a_draft_that_is_gone_is_not_saved(ann, ben, step):
    live = make_page(summary="What was live.")
    draft = start_draft(live.page, None)
    form = opened(ben, draft) | {"summary": "Of Ben."}
    publisher = SignedIn(PUBLISHER)
    if step == "delete":
        ann.post(version_url(draft, "delete"), {"post": "yes"})
    else:
        take(publisher, draft, "publish", {"unsigned": "on"})
    if step == "withdraw":
        publisher.post(page_url(live.page, "withdraw"), {"reason": "It was wrong."})
    response = press_save(ben, draft, form)
    if step == "delete":
        # Of a deleted draft there is no form any more.
        assert response.status_code == 302
    else:
        assert "was published or withdrawn in the meantime" in said(ben, response)
        assert typed(response)["summary"] == "Of Ben."
    assert not Version.objects.filter(summary="Of Ben.").exists()


def test_a_draft_sent_to_review_meanwhile_can_still_be_saved(ann, ben):
    draft = make_draft()
    form = opened(ben, draft) | {"summary": "Of Ben."}
    send_to_review(draft, ann.user)
    assert "is saved" in said(ben, press_save(ben, draft, form))
    draft.refresh_from_db()
    assert (draft.status, draft.summary) == ("in-review", "Of Ben.")


# --- A save that cannot be --------------------------------------------------------------------
def test_a_failed_save_keeps_everything_in_every_row(ann):
    draft = make_draft()
    form = opened(ann, draft) | {"title": "", "summary": "Typed summary", "other_names": "Typed\r\nnames"}
    form |= {"causes-0-title": "Typed cause", "treatments-0-evidence": "good", "red_flags-0-why_another": "W"}
    form |= {"citations-0-further_reading": "on", "citations-1-DELETE": "on", "note": "Typed note"}
    card, source, page = make_card(urgency="gp"), make_source(), make_page().page
    form = added(form, "red_flags", card=card.pk, why_another="Typed reason")
    form = added(form, "causes", title="", body="<p>Typed body</p>")
    form = added(form, "treatments", name="Typed treatment", evidence="", body="<p>Typed how</p>")
    form = added(form, "sections", heading="Typed heading", body="")
    form = added(form, "related_pages", page=page.pk, difference="Typed difference")
    form = added(form, "citations", source=source.pk, cited_from="causes")
    response = press_save(ann, draft, form)
    kept = typed(response)
    changed = {
        name: (value, kept.get(name))
        for name, value in form.items()
        if name not in {"csrfmiddlewaretoken"} and flat(kept.get(name, "")) != flat(value)
    }
    assert changed == {}
    # The title, one cause's title, one treatment's evidence, one section's text.
    assert said(ann, response).count("This field is required") == 4
    draft.refresh_from_db()
    assert draft.title and draft.sections.count() == 1


def flat(value):
    return [str(part).strip() for part in (value if isinstance(value, list) else [value])]


def test_an_emptied_row_is_refused_and_one_taken_off_goes(ann):
    draft = make_draft()
    response = save(ann, draft, {"causes-0-title": "", "causes-0-body": "", "summary": "Typed."})
    assert "This field is required" in said(ann, response)
    assert typed(response)["summary"].strip() == "Typed."
    assert draft.causes.get().title == "A cause"
    save(ann, draft, {"causes-0-title": "", "causes-0-DELETE": "on"})
    assert not draft.causes.exists()


def test_an_added_row_left_empty_is_no_part(ann):
    draft = make_draft()
    form = opened(ann, draft)
    for name in CONDITION_PARTS:
        form = added(form, name, position="0")
    assert "is saved" in said(ann, press_save(ann, draft, form))
    assert [getattr(draft, name).count() for name in CONDITION_PARTS] == [1, 1, 1, 1, 0, 2]


def test_rows_keep_the_order_that_the_editor_gives(ann):
    draft = make_draft()
    form = added(opened(ann, draft), "causes", title="First now", position="1")
    form = added(form | {"causes-0-position": "2"}, "causes", title="Last", position="")
    press_save(ann, draft, form)
    assert [cause.title for cause in draft.causes.all()] == ["First now", "A cause", "Last"]


def test_500_kb_of_text_is_saved_read_and_published(ann, client):
    draft = make_draft("sore-elbow")
    long = "".join(f"<p>Paragraph {number} of a very long page.</p>" for number in range(12_500))
    assert len(long) > 500_000
    assert "is saved" in said(ann, save(ann, draft, {"overview": long}))
    take(SignedIn(PUBLISHER), draft, "publish", {"unsigned": "on"})
    assert "Paragraph 12499 of a very long page." in text_of(client.get("/conditions/sore-elbow/"))


# --- The database lost half-way ---------------------------------------------------------------
def failing(*args, **kwargs):
    raise DatabaseError("the connection was lost")


@pytest.mark.parametrize(
    "where", ["conditions.versions.Page.objects.filter", "conditions.versions.Version.refresh_from_db"]
)
def test_a_publication_that_fails_half_way_publishes_nothing(client, where):
    live = make_page("sore-elbow", title="Old title")
    draft = start_draft(live.page, None)
    Version.objects.filter(pk=draft.pk).update(title="New title")
    publisher = SignedIn(PUBLISHER)
    form = typed(publisher.get(version_url(draft, "publish")), "at_0") | {"unsigned": "on"}
    with mock.patch(where, failing), pytest.raises(DatabaseError, match="was lost"):
        publisher.post(version_url(draft, "publish"), form)
    draft.refresh_from_db()
    assert (draft.status, draft.publish_at, draft.published_by) == ("draft", None, None)
    assert "Old title" in text_of(client.get("/conditions/sore-elbow/"))
    assert "live" in said(publisher, publisher.post(version_url(draft, "publish"), form))


def test_a_withdrawal_that_fails_half_way_withdraws_nothing(client):
    live = make_page("sore-elbow")
    publisher = SignedIn(PUBLISHER)
    with mock.patch.object(Page, "save", failing), pytest.raises(DatabaseError):
        publisher.post(page_url(live.page, "withdraw"), {"reason": "It was wrong."})
    assert client.get("/conditions/sore-elbow/").status_code == 200


def test_a_save_that_fails_half_way_saves_nothing(ann):
    draft = make_draft("sore-elbow", summary="Old summary.")
    form = opened(ann, draft) | {
        "summary": "New summary.",
        "slug": "elbow-pain",
        "causes-0-title": "New cause",
    }
    with mock.patch.object(Cause, "save", failing), pytest.raises(DatabaseError):
        press_save(ann, draft, form)
    draft.refresh_from_db()
    assert (draft.summary, draft.revision, draft.page.slug) == ("Old summary.", 0, "sore-elbow")
    assert "is saved" in said(ann, press_save(ann, draft, form))


def test_a_copy_that_fails_half_way_leaves_no_draft(ann):
    live = make_page()
    with (
        mock.patch("django.db.models.query.QuerySet.bulk_create", failing),
        pytest.raises(DatabaseError),
    ):
        ann.post(page_url(live.page, "edit-text"))
    assert live.page.versions.count() == 1

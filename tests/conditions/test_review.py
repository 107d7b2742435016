"""From a draft to a clinical reviewer's signature, and what makes it fall."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from conditions.groups import EDITOR, PUBLISHER, REVIEWER
from conditions.models import Page, PublishedVersionError, Signature
from conditions.models.review import latest_review_date
from conditions.versions import send_to_review
from tests.conditions.editing import (
    SIGNATURE,
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
from tests.factories import make_card, make_draft, make_page, make_signature, make_source

pytestmark = pytest.mark.django_db

HOLDS = "Signed by Ann Example, Physiotherapist (PH999999) on"
FALLEN = "The signature of Ann Example, Physiotherapist (PH999999)"


@pytest.fixture
def editor():
    return SignedIn(EDITOR)


@pytest.fixture
def reviewer():
    return SignedIn(REVIEWER)


def in_review(**values):
    draft = make_draft(**values)
    send_to_review(draft, None)
    return draft


def state_of(client, version):
    return text_of(client.get(version_url(version)))


# --- To review and back -----------------------------------------------------------------------
def test_an_editor_sends_a_draft_to_review_and_takes_it_back(editor):
    draft = make_draft()
    assert "Sent to the clinical reviewers" in said(editor, editor.post(version_url(draft, "to-review")))
    assert "In review." in state_of(editor, draft)
    assert "It is a draft again" in said(editor, editor.post(version_url(draft, "to-draft")))
    assert "Draft." in state_of(editor, draft)


def test_save_and_send_to_review_does_both(editor):
    draft = make_draft()
    response = save(editor, draft, {"summary": "Saved on the way."}, "_review")
    assert "Saved, and sent to the clinical reviewers" in said(editor, response)
    draft.refresh_from_db()
    assert (draft.status, draft.summary, draft.edited_by) == ("in-review", "Saved on the way.", editor.user)


def test_sending_to_review_twice_tells_the_second(editor):
    draft = in_review()
    assert "It is not a draft any more" in said(editor, editor.post(version_url(draft, "to-review")))


def test_what_is_published_cannot_go_to_review(editor):
    live = make_page()
    assert "somebody was faster" in said(editor, editor.post(version_url(live, "to-review")))
    live.refresh_from_db()
    assert live.status == "approved"


# --- Signing ----------------------------------------------------------------------------------
def test_readers_see_who_signed_and_when_and_the_next_review(reviewer, client):
    publisher = SignedIn(PUBLISHER)
    with clock_at("2031-05-20 10:00"):
        for person in (reviewer, publisher):
            person.force_login(person.user)
        draft = in_review(slug="sore-elbow")
        response = take(reviewer, draft, "sign", {"next_review_on": "01/02/2033"})
        assert "Signed. The signature holds for exactly these words." in said(reviewer, response)
        assert f"{HOLDS} 20 May 2031" in state_of(reviewer, draft)
        take(publisher, draft, "publish")
        seen = text_of(client.get("/conditions/sore-elbow/"))
        assert "Clinically reviewed by Ann Example, Physiotherapist, on 20 May 2031." in seen
        assert "Next review due: 1 February 2033" in seen
        assert "Not yet clinically reviewed" not in seen
        shown = text_of(publisher.get(page_url(draft.page)))
        assert "signed by Ann Example; next review due 1 February 2033" in shown
        # The register's number is for the record, and for those who work here.
        assert "Ann Example, Physiotherapist (PH999999)" in shown
    signature = Signature.objects.get()
    assert (signature.signed_by, signature.checked) == (reviewer.user, "All of it.")


def test_readers_are_told_that_a_page_is_overdue_from_the_day_after(reviewer, client):
    with clock_at("2031-05-20 10:00"):
        reviewer.force_login(reviewer.user)
        draft = in_review(slug="sore-elbow")
        take(reviewer, draft, "sign", {"next_review_on": "01/02/2033"})
        publisher = SignedIn(PUBLISHER)
        take(publisher, draft, "publish")
    with clock_at("2033-02-01 23:59"):
        assert "overdue for review" not in text_of(client.get("/conditions/sore-elbow/"))
    with clock_at("2033-02-02 00:01"):
        seen = text_of(client.get("/conditions/sore-elbow/"))
    assert "This page is overdue for review." in seen
    assert "should have been checked again by 1 February 2033" in seen


def test_the_form_remembers_who_the_reviewer_is_and_offers_three_years(reviewer):
    with clock_at("2031-05-20 10:00"):
        reviewer.force_login(reviewer.user)
        make_signature(in_review(), reviewer.user)
        form = typed(reviewer.get(version_url(in_review(), "sign")), "seen_revision")
    assert (form["name"], form["profession"], form["registration_number"]) == (
        "Ann Example",
        "Physiotherapist",
        "PH999999",
    )
    assert (form["checked"], form["next_review_on"]) == ("", "20/05/2034")


@pytest.mark.parametrize(
    ("next_review", "allowed"),
    [
        ("20/05/2034", True),
        ("21/05/2034", False),
        ("21/05/2031", True),
        ("20/05/2031", False),
        ("01/01/2020", False),
        ("soon", False),
        ("", False),
    ],
)
def test_the_next_review_is_after_today_and_within_36_months(reviewer, next_review, allowed):
    with clock_at("2031-05-20 10:00"):
        reviewer.force_login(reviewer.user)
        draft = in_review()
        response = take(reviewer, draft, "sign", {"next_review_on": next_review})
        assert draft.signatures.exists() == allowed
        if not allowed:
            assert typed(response, "seen_revision")["checked"] == "All of it."
            assert said(reviewer, response)


@pytest.mark.parametrize(
    ("signed", "latest"),
    [
        (date(2028, 2, 29), date(2031, 2, 28)),
        (date(2028, 2, 28), date(2031, 2, 28)),
        (date(2029, 3, 1), date(2032, 3, 1)),
    ],
)
def test_36_months_from_a_leap_day_end_on_the_28th(signed, latest):
    assert latest_review_date(signed) == latest


@pytest.mark.parametrize("missing", SIGNATURE)
def test_a_signature_without_a_part_is_refused_and_keeps_the_rest(reviewer, missing):
    draft = in_review()
    response = take(reviewer, draft, "sign", {missing: ""})
    kept = typed(response, "seen_revision")
    assert {name: kept[name] for name in SIGNATURE} == SIGNATURE | {missing: ""}
    assert "This field is required." in said(reviewer, response)
    assert not Signature.objects.exists()


def test_fewer_than_two_sources_cannot_be_signed(reviewer):
    draft = in_review()
    draft.citations.first().delete()
    assert "at least 2 sources" in said(reviewer, take(reviewer, draft, "sign"))
    # Further reading is no source of the facts.
    draft.citations.create(position=9, source=make_source(), further_reading=True)
    assert "at least 2 sources" in said(reviewer, take(reviewer, draft, "sign"))
    assert not Signature.objects.exists()
    draft.citations.create(position=10, source=make_source())
    assert "Signed." in said(reviewer, take(reviewer, draft, "sign"))


def test_the_same_source_twice_is_one_source(reviewer):
    draft = in_review()
    first, second = draft.citations.all()
    second.source, second.cited_from = first.source, "causes"
    second.save()
    assert "at least 2 sources" in said(reviewer, take(reviewer, draft, "sign"))


def test_a_simple_page_needs_no_sources(reviewer):
    draft = in_review(slug="about", kind=Page.Kind.SIMPLE, areas=())
    draft.citations.all().delete()
    assert "Signed." in said(reviewer, take(reviewer, draft, "sign"))


def test_only_what_is_in_review_can_be_signed(reviewer):
    for version in (make_draft(), make_page()):
        response = take(reviewer, version, "sign")
        assert "Only a version that is in review can be signed" in said(reviewer, response)
    assert not Signature.objects.exists()


def test_words_that_changed_under_the_reviewer_are_not_signed(reviewer, editor):
    draft = in_review()
    form = typed(reviewer.get(version_url(draft, "sign")), "seen_revision") | SIGNATURE
    save(editor, draft, {"summary": "Changed meanwhile."})
    response = reviewer.post(version_url(draft, "sign"), form)
    assert "The words have changed since you opened them" in said(reviewer, response)
    assert typed(response, "seen_revision")["checked"] == "All of it."
    assert not Signature.objects.exists()


def test_a_card_that_changed_under_the_reviewer_is_not_signed(reviewer, editor):
    draft = in_review()
    form = typed(reviewer.get(version_url(draft, "sign")), "seen_revision") | SIGNATURE
    card = draft.red_flags.get().card
    address = f"/admin/conditions/redflagcard/{card.pk}/change/"
    editor.post(address, typed(editor.get(address), "heading") | {"items": "you cannot breathe"})
    assert "The words have changed" in said(reviewer, reviewer.post(version_url(draft, "sign"), form))


@pytest.mark.parametrize("groups", [(EDITOR,), (PUBLISHER,), (EDITOR, PUBLISHER), ()])
def test_nobody_without_the_permission_can_post_the_sign_form(groups):
    draft = in_review()
    form = SIGNATURE | {
        "seen_revision": draft.revision,
        "next_review_on": timezone.localdate() + timedelta(days=9),
    }
    assert SignedIn(*groups).post(version_url(draft, "sign"), form).status_code == 403
    assert not Signature.objects.exists()


def test_a_signature_cannot_be_changed(reviewer):
    signature = make_signature(in_review(), reviewer.user)
    signature.name = "Somebody Else"
    with pytest.raises(PublishedVersionError, match="stays as it was given"):
        signature.save()
    assert isinstance(PublishedVersionError(""), ValidationError)
    assert Signature.objects.get().name == "Ann Example"


# --- What makes a signature fall --------------------------------------------------------------
EDITS = {
    "title": {"title": "Other title"},
    "other names": {"other_names": "one\r\nthree"},
    "summary": {"summary": "Other summary."},
    "overview": {"overview": "<p>Another overview.</p>"},
    "symptoms": {"symptoms": ""},
    "self-care": {"self_care": "<p>Some <strong>advice</strong>.</p>"},
    "cause": {"causes-0-body": "<p>Why not.</p>"},
    "cause taken off": {"causes-0-DELETE": "on"},
    "treatment": {"treatments-0-name": "Another"},
    "evidence": {"treatments-0-evidence": "good"},
    "section": {"sections-0-heading": "In childhood"},
    "related page": {"related_pages-0-difference": "It hurts elsewhere."},
    "source's place": {"citations-0-cited_from": "causes"},
    "further reading": {"citations-1-further_reading": "on"},
    "order": {"citations-0-position": "5"},
    "red flag taken off": {"red_flags-0-DELETE": "on"},
}


@pytest.fixture
def signed(reviewer):
    """A draft with one part of every kind, signed."""
    draft = in_review(other_names="one\ntwo")
    draft.related_pages.create(position=1, page=make_page().page, difference="It hurts less.")
    make_signature(draft, reviewer.user)
    return draft


@pytest.mark.parametrize("edit", EDITS)
def test_any_edit_lets_the_signature_fall_visibly(editor, signed, edit):
    assert HOLDS in state_of(editor, signed)
    assert "is saved" in said(editor, save(editor, signed, EDITS[edit]))
    state = state_of(editor, signed)
    assert FALLEN in state
    assert "does not hold any more: the words have changed since" in state
    assert HOLDS not in state


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("summary", "Other summary."),
        ("overview", "<p>Other.</p>"),
        ("causes-0-title", "Other"),
        ("other_names", "three"),
    ],
)
def test_the_very_words_coming_back_raise_the_signature_again(editor, signed, field, words):
    before = opened(editor, signed)[field]
    save(editor, signed, {field: words})
    assert FALLEN in state_of(editor, signed)
    save(editor, signed, {field: before})
    assert HOLDS in state_of(editor, signed)


@pytest.mark.parametrize("values", [{}, {"note": "A word about it"}, {"areas": ["knee"]}])
def test_saving_without_a_change_of_words_leaves_the_signature(editor, signed, values):
    assert "is saved" in said(editor, save(editor, signed, values))
    assert HOLDS in state_of(editor, signed)


def test_one_more_part_lets_the_signature_fall(editor, signed):
    form = added(opened(editor, signed), "red_flags", card=make_card(urgency="gp").pk)
    editor.post(version_url(signed), form | {"_continue": "1"})
    assert signed.red_flags.count() == 2
    assert FALLEN in state_of(editor, signed)


def test_a_fallen_signature_does_not_publish_and_a_new_one_does(editor, reviewer, signed):
    publisher = SignedIn(PUBLISHER)
    save(editor, signed, {"summary": "Other summary."})
    assert "No clinical reviewer has signed these words" in said(
        publisher, take(publisher, signed, "publish")
    )
    take(reviewer, signed, "sign", {"name": "Ben Example"})
    assert "Signed by Ben Example" in state_of(editor, signed)
    assert "is published and live" in said(publisher, take(publisher, signed, "publish"))
    signed.refresh_from_db()
    assert signed.signature and signed.signature.name == "Ben Example"


def test_a_new_draft_of_a_signed_page_has_no_signature(editor, reviewer, signed):
    publisher = SignedIn(PUBLISHER)
    take(publisher, signed, "publish")
    editor.post(page_url(signed.page, "edit-text"))
    draft = signed.page.versions.get(status="draft")
    assert "Not signed." in state_of(editor, draft)
    assert HOLDS in state_of(editor, signed)

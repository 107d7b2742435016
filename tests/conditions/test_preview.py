"""Seeing a draft as readers would: in the admin, and by a link for somebody without an account."""

import time
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.core.signing import TimestampSigner

from conditions.groups import EDITOR, PUBLISHER, REVIEWER
from conditions.models import Page, Version
from conditions.preview import link_to
from conditions.versions import delete_draft, publish, start_draft, unpublish
from tests.conditions.editing import SignedIn, added, opened, text_of, typed, version_url
from tests.factories import make_card, make_draft, make_page, make_source
from tests.markup import page_of

pytestmark = pytest.mark.django_db

ADD = "/admin/conditions/version/add/"


@pytest.fixture
def editor():
    return SignedIn(EDITOR)


def everything():
    """Every row of the pages' tables, and the admin's own record."""
    models: list[Any] = [*apps.get_app_config("conditions").get_models(), LogEntry]
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def assert_kept_from_others(response):
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in page_of(response).one("meta", name="robots")["content"]


# --- The form as it stands --------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["condition", "treatment", "simple"])
def test_the_form_as_it_stands_is_shown_and_nothing_is_saved(editor, kind):
    draft = make_draft("about", kind=kind)
    form = opened(editor, draft) | {
        "title": "Typed title",
        "overview": "<p>Typed overview</p><script>bad()</script>",
        "sections-0-heading": "Typed section",
    }
    form = added(form, "sections", heading="One more section", body="<p>Typed body</p>")
    before = everything()
    response = editor.post(version_url(draft), form | {"_unsaved": "1"})
    seen = text_of(response)
    for words in ("Typed title", "Typed overview", "Typed section", "One more section", "Typed body"):
        assert words in seen
    assert "and it is not saved" in seen
    assert b"bad()" not in response.content
    assert everything() == before
    assert_kept_from_others(response)


def test_every_kind_of_part_is_shown_before_it_is_saved(editor):
    draft = make_draft("sore-elbow")
    form = opened(editor, draft) | {"slug": "elbow-pain", "treatments-0-DELETE": "on"}
    form = added(form, "red_flags", card=make_card(heading="Call 111 if:", urgency="urgent").pk)
    form = added(form, "causes", title="Unsaved cause")
    form = added(form, "treatments", name="Unsaved treatment", evidence="good")
    form = added(form, "related_pages", page=make_page("knee").page.pk, difference="Unsaved difference")
    form = added(form, "citations", source=make_source(title="Unsaved source").pk)
    before = everything()
    seen = text_of(editor.post(version_url(draft), form | {"_unsaved": "1"}))
    for words in (
        "Call 111 if:",
        "Unsaved cause",
        "Unsaved treatment",
        "Unsaved difference",
        "Unsaved source",
    ):
        assert words in seen
    assert "A treatment" not in seen
    assert everything() == before


def test_a_page_that_was_never_saved_has_a_preview(editor):
    form = typed(editor.get(ADD)) | {
        "title": "Never saved",
        "slug": "never-saved",
        "areas": ["knee"],
        "summary": "S.",
        "overview": "<p>O</p>",
    }
    before = everything()
    response = editor.post(ADD, form | {"_unsaved": "1"})
    assert "Never saved" in text_of(response)
    assert everything() == before
    assert_kept_from_others(response)


def test_a_form_with_a_fault_has_no_preview_and_keeps_what_was_typed(editor):
    draft = make_draft()
    form = opened(editor, draft) | {"title": "", "summary": "Typed", "_unsaved": "1"}
    response = editor.post(version_url(draft), form)
    assert "This field is required" in text_of(response)
    assert typed(response)["summary"].strip() == "Typed"


def test_a_preview_does_not_disturb_a_save_that_follows(editor):
    draft = make_draft()
    form = opened(editor, draft) | {"title": "Typed title"}
    for _ in range(2):
        editor.post(version_url(draft), form | {"_unsaved": "1"})
    editor.post(version_url(draft), form | {"_continue": "1"})
    draft.refresh_from_db()
    assert draft.title == "Typed title"


# --- The saved draft, in the admin ------------------------------------------------------------
@pytest.mark.parametrize("group", [EDITOR, REVIEWER, PUBLISHER])
def test_everybody_who_works_here_sees_the_saved_draft(group):
    draft = make_draft(title="Saved title")
    response = SignedIn(group).get(version_url(draft, "preview"))
    page = page_of(response)
    assert page.one("h1").text == "Saved title"
    assert "Preview." in page.text
    assert version_url(draft) in page.links
    assert_kept_from_others(response)


def test_nobody_else_sees_it_in_the_admin(client):
    draft = make_draft()
    assert SignedIn().get(version_url(draft, "preview")).status_code == 403
    assert client.get(version_url(draft, "preview")).status_code == 302
    assert SignedIn(EDITOR).get("/admin/conditions/version/999/preview/").status_code == 404


# --- By a link --------------------------------------------------------------------------------
def test_the_forms_link_opens_without_an_account_and_without_a_cookie(editor, client):
    draft = make_draft("sore-elbow", title="Draft title")
    link = page_of(editor.get(version_url(draft))).one("code", class_="shared-link").text
    response = client.get(link)
    page = page_of(response)
    assert page.one("h1").text == "Draft title"
    assert "Preview." in page.text
    assert not [address for address in page.links if address.startswith("/admin")]
    assert not response.cookies
    assert_kept_from_others(response)
    assert client.get("/conditions/sore-elbow/").status_code == 404
    assert client.post(link).status_code == 405


@pytest.mark.parametrize("kind", ["condition", "treatment", "simple"])
def test_every_kind_of_page_is_never_indexed_when_shared(client, kind):
    assert_kept_from_others(client.get(link_to(make_draft("about", kind=kind))))


def test_the_link_shows_the_draft_as_it_was_last_saved(client):
    draft = make_draft()
    link = link_to(draft)
    draft.title = "Later title"
    draft.save()
    assert page_of(client.get(link)).one("h1").text == "Later title"


def test_a_link_works_for_14_days_and_no_longer(client):
    link = link_to(make_draft(title="Draft title"))
    now = time.time()
    with mock.patch(
        "django.core.signing.time.time", return_value=now + timedelta(days=14).total_seconds() - 2
    ):
        assert client.get(link).status_code == 200
    with mock.patch(
        "django.core.signing.time.time", return_value=now + timedelta(days=14).total_seconds() + 2
    ):
        response = client.get(link)
    assert response.status_code == 410
    seen = text_of(response)
    assert "This link has expired" in seen and "Draft title" not in seen
    assert "noindex" in response.headers["X-Robots-Tag"]


def test_forged_links_open_nothing(client):
    draft, other = make_draft(), make_draft()
    token = link_to(draft).rstrip("/").rsplit("/", 1)[1]
    pk, made_at, seal = token.split(":")
    forged = [
        f"{other.pk}:{made_at}:{seal}",
        f"{pk}:{made_at[:-1]}x:{seal}",
        f"{pk}:{made_at}:{seal[:-2]}xx",
        f"{pk}:{made_at}:",
        f"{pk}:{made_at}",
        token[:-1],
        pk,
        "x",
        "::",
        f"{token}x",
    ]
    for wrong in forged:
        assert client.get(f"/preview/{wrong}/").status_code == 404, wrong
    assert client.get(f"/preview/{token}/").status_code == 200


def test_a_seal_for_something_else_opens_nothing(client):
    draft = make_draft()
    assert client.get(f"/preview/{TimestampSigner().sign(str(draft.pk))}/").status_code == 404


def test_the_link_is_dead_once_the_draft_is_deleted(client):
    draft = make_draft(title="Draft title")
    link = link_to(draft)
    delete_draft(draft)
    response = client.get(link)
    assert response.status_code == 410
    assert "This draft has been deleted" in text_of(response)


def test_the_link_of_a_deleted_draft_never_opens_a_later_one(client):
    draft = start_draft(make_page().page, None)
    link = link_to(draft)
    delete_draft(draft)
    make_draft()
    assert client.get(link).status_code == 410


def test_the_link_is_dead_once_the_version_is_withdrawn(client):
    draft = make_draft(title="Draft title")
    link = link_to(draft)
    publish(draft, None, unsigned=True)
    assert client.get(link).status_code == 200
    unpublish(Page.objects.get(), reason="It was wrong.")
    response = client.get(link)
    assert response.status_code == 410
    assert "This version has been withdrawn" in text_of(response)
    assert Version.objects.get().status == "withdrawn"

"""A page that is there: what may be done with it in the admin, by whom, and what the lists say."""

import pytest
from django.contrib.auth.models import Permission

from conditions.models import Page, Version
from conditions.versions import publish, start_draft
from tests.conditions.editing import (
    SignedIn,
    opened,
    page_url,
    said,
    save,
    take,
    text_of,
    typed,
    version_url,
)
from tests.factories import make_draft, make_page
from tests.markup import page_of

pytestmark = pytest.mark.django_db

INDEX, ADD = "/admin/conditions/page/", "/admin/conditions/version/add/"
ADDRESS = "/conditions/sore-elbow/"
UNSIGNED = {"unsigned": "on"}


# --- A page that is there -----------------------------------------------------------------------
def test_edit_button_needs_a_post_and_a_page(admin_client):
    page = make_page().page
    assert admin_client.get(page_url(page, "edit-text")).status_code == 405
    assert page.versions.count() == 1
    assert admin_client.post(f"{INDEX}999999/edit-text/").status_code == 404
    form = page_of(admin_client.get(page_url(page))).one("form", action=page_url(page, "edit-text"))
    assert form["method"] == "post"
    assert form.one("input", type="submit")["value"] == "Edit the text"


def test_visitor_is_asked_to_sign_in(client):
    draft = make_draft("sore-elbow", overview="<p>Secret words.</p>")
    for response in (
        client.get(version_url(draft)),
        client.post(version_url(draft), {"title": "x"}),
        client.post(page_url(draft.page, "edit-text")),
        client.get(page_url(draft.page)),
    ):
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/admin/login/")


def test_preview_is_word_for_word_what_readers_then_see(admin_client, client):
    page = make_page("sore-elbow", overview="<p>Old words.</p>")
    draft = start_draft(page.page, None)
    save(admin_client, draft, {"overview": "<p>New words.</p>"})
    shown = page_of(admin_client.get(version_url(draft, "preview")))
    assert "Readers cannot see this draft version" in shown.one(class_="preview-banner").text
    assert "Old words." in text_of(client.get(ADDRESS))
    take(admin_client, draft, "publish", UNSIGNED)
    live = page_of(client.get(ADDRESS))
    assert live.all(class_="preview-banner") == live.all("meta", name="robots") == []
    assert "New words." in live.text
    # But for the line with the day of publishing, each word is the same.
    assert shown.one(class_="dates").text == ""
    dates = live.one(class_="dates").text
    assert dates
    assert live.one("article").text.replace(dates, "").split() == shown.one("article").text.split()


def test_preview_of_what_readers_see_does_not_say_that_they_cannot(admin_client):
    banner = page_of(admin_client.get(version_url(make_page(), "preview"))).one(class_="preview-banner").text
    assert "Readers cannot see" not in banner
    assert "This version is published." in banner


# --- What is published stays ----------------------------------------------------------------------
@pytest.mark.parametrize("button", ["_continue", "_unsaved", "_review"])
def test_published_version_can_be_read_but_not_posted_to(admin_client, button):
    draft = make_draft("sore-elbow")
    values = opened(admin_client, draft) | {"overview": "<p>Late words.</p>", button: "1"}
    publish(draft, by=None, unsigned=True)
    response = admin_client.post(version_url(draft), values)
    assert response.status_code == 200
    assert "was published or withdrawn in the meantime, so nothing was saved" in text_of(response)
    assert page_of(response).one("textarea", name="overview").text == "<p>Late words.</p>"
    assert "Late words." not in text_of(admin_client.get(ADDRESS))
    form = page_of(admin_client.get(version_url(draft)))
    assert "An overview." in form.text
    assert form.all("textarea", name="overview") == form.all("input", name="_continue") == []


def test_deleting_a_page_is_not_offered(admin_client):
    page = make_page("sore-elbow").page
    admin_client.post(INDEX, {"action": "delete_selected", "_selected_action": str(page.pk), "post": "yes"})
    assert admin_client.post(page_url(page, "delete"), {"post": "yes"}).status_code == 403
    assert admin_client.get(ADDRESS).status_code == 200
    for address in (INDEX, page_url(page), version_url(page.versions.get())):
        shown = page_of(admin_client.get(address))
        assert "delete" not in shown.one("div", id="content").text.lower()


def test_draft_can_be_deleted_and_leaves_the_live_page(admin_client):
    live = make_page("sore-elbow")
    draft = start_draft(live.page, None)
    assert version_url(draft, "delete") in page_of(admin_client.get(version_url(draft))).links
    assert "What is live stays as it is." in said(
        admin_client, admin_client.post(version_url(draft, "delete"), {"post": "yes"})
    )
    assert live.page.versions.get() == live
    assert admin_client.post(version_url(live, "delete"), {"post": "yes"}).status_code == 403
    assert admin_client.get(ADDRESS).status_code == 200


def test_deleting_the_only_draft_of_a_page_frees_its_address(admin_client):
    draft = make_draft("sore-elbow")
    assert admin_client.post(version_url(draft, "delete"), {"post": "yes"}).status_code == 302
    assert not Page.objects.exists()
    words = {
        "title": "New",
        "slug": "sore-elbow",
        "areas": ["elbow"],
        "summary": "S.",
        "overview": "<p>O</p>",
    }
    form = typed(admin_client.get(ADD)) | words | {"_continue": "1"}
    assert "is saved" in said(admin_client, admin_client.post(ADD, form))
    take(admin_client, Version.objects.get(), "publish", UNSIGNED)
    assert admin_client.get(ADDRESS).status_code == 200


def test_only_draft_of_a_page_that_others_name_stays(admin_client):
    draft, other = make_draft("sore-elbow"), make_draft("sore-arm")
    other.related_pages.create(position=1, page=draft.page)
    response = admin_client.post(version_url(draft, "delete"), {"post": "yes"})
    assert "others name it: Condition: sore-arm." in said(admin_client, response)
    assert Page.objects.count() == Version.objects.count() == 2


# --- The list -----------------------------------------------------------------------------------
def test_list_tells_what_is_live_and_who_has_a_draft_open(admin_client):
    page = make_page("sore-elbow", title="Sore elbow")
    make_draft("sore-knee", title="Sore knee")
    start_draft(page.page, admin_client.user)
    rows = [row.text for row in page_of(admin_client.get(INDEX)).one("tbody").all("tr")]
    assert len(rows) == 2
    assert rows[0].startswith("Sore elbow Condition sore-elbow")
    assert "editor" in rows[0]
    assert "Not published" in rows[1]
    found = page_of(admin_client.get(INDEX, {"q": "knee"})).one("tbody").all("tr")
    assert [row.text[:9] for row in found] == ["Sore knee"]


def test_page_links_to_the_site_only_when_readers_can_see_it(admin_client):
    live, draft = make_page("sore-elbow"), make_draft("sore-knee")
    shown = page_of(admin_client.get(page_url(live.page)))
    assert shown.links.get(ADDRESS) == "See the live page"
    for address in (page_url(draft.page), version_url(draft)):
        assert "/conditions/sore-knee/" not in page_of(admin_client.get(address)).links
        assert "View on site" not in page_of(admin_client.get(address)).text


# --- Who ----------------------------------------------------------------------------------------
def test_staff_without_permission_get_403():
    draft, live = make_draft(), make_page()
    nobody = SignedIn()
    steps = [version_url(draft, step) for step in ("change", "preview", "sign", "publish", "delete")]
    for address in (INDEX, page_url(live.page), ADD, *steps):
        assert nobody.get(address, follow=True).status_code == 403, address
    posts = [version_url(draft, step) for step in ("change", "to-review", "to-draft", "restore", "publish")]
    for address in (page_url(live.page, "edit-text"), ADD, *posts):
        assert nobody.post(address, {"title": "x"}).status_code == 403, address
    assert list(Version.objects.filter(status="approved")) == [live]


def test_staff_who_may_only_look_can_read_every_version_and_change_none():
    draft, live = make_draft(), make_page()
    reader = SignedIn()
    reader.user.user_permissions.set(
        Permission.objects.filter(
            codename__in=["view_page", "view_version"], content_type__app_label="conditions"
        )
    )
    for version in (draft, live):
        form = reader.get(version_url(version))
        assert form.status_code == 200
        assert page_of(form).all("input", name="_continue") == []
        assert reader.get(version_url(version, "preview")).status_code == 200
        assert reader.post(version_url(version), {"title": "x"}).status_code == 403
    shown = page_of(reader.get(page_url(live.page)))
    assert shown.all("form", action=page_url(live.page, "edit-text")) == []
    assert reader.post(page_url(live.page, "edit-text")).status_code == 403
    assert live.page.versions.count() == 1

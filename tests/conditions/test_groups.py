"""Who may do what: each group has just its permissions, at every address of the admin."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import URLResolver, get_resolver, reverse

from conditions.groups import EDITOR, PERMISSIONS, PUBLISHER, REVIEWER, make_groups
from conditions.models import Author, Picture, Version
from conditions.versions import send_to_review, start_draft
from tests.conditions.editing import SignedIn, page_url, take, text_of, typed, version_url
from tests.factories import make_draft, make_page

pytestmark = pytest.mark.django_db

EVERYBODY = {EDITOR, REVIEWER, PUBLISHER}
SEE, WRITE, SIGN, PUBLISH = EVERYBODY, {EDITOR}, {REVIEWER}, {PUBLISHER}
NOBODY: set[str] = set()
# Every address that the admin has for pages, how it is asked, and who gets more than a refusal.
# {} is the number of a draft in review, or of its page, a card or a source.
ADDRESSES = {
    "page_changelist": ("get", SEE),
    "page_add": ("get", NOBODY),
    "page_change": ("get", SEE),
    "page_history": ("get", SEE),
    "page_delete": ("post", NOBODY),
    "page_edit_text": ("post", WRITE),
    "page_compare": ("get", SEE),
    "page_unpublish": ("post", PUBLISH),
    "page_withdraw": ("post", PUBLISH),
    "version_changelist": ("get", SEE),
    "version_add": ("post", WRITE),
    "version_change": ("get", SEE),
    "version_history": ("get", SEE),
    "version_delete": ("post", WRITE),
    "version_preview": ("get", SEE),
    "version_to_review": ("post", WRITE),
    "version_to_draft": ("post", WRITE),
    "version_sign": ("post", SIGN),
    "version_publish": ("post", PUBLISH),
    "version_restore": ("post", WRITE),
    "redflagcard_changelist": ("get", SEE),
    "redflagcard_add": ("post", WRITE),
    "redflagcard_change": ("get", SEE),
    "redflagcard_history": ("get", SEE),
    "redflagcard_delete": ("post", NOBODY),
    "source_changelist": ("get", SEE),
    "source_add": ("post", WRITE),
    "source_change": ("get", SEE),
    "source_history": ("get", SEE),
    "source_delete": ("post", NOBODY),
    "author_changelist": ("get", SEE),
    "author_add": ("post", WRITE),
    "author_change": ("get", SEE),
    "author_history": ("get", SEE),
    "author_delete": ("post", NOBODY),
    "picture_changelist": ("get", SEE),
    "picture_add": ("post", WRITE),
    "picture_change": ("get", SEE),
    "picture_history": ("get", SEE),
    "picture_delete": ("post", NOBODY),
}
ROLES = [
    (),
    (EDITOR,),
    (REVIEWER,),
    (PUBLISHER,),
    (EDITOR, REVIEWER),
    (REVIEWER, PUBLISHER),
    tuple(EVERYBODY),
]


@pytest.fixture
def draft():
    draft = start_draft(make_page().page, None)
    send_to_review(draft, None)
    return draft


def _picture():
    known = {"alternative": "A knee.", "width": 1, "height": 1, "file": "pictures/knee.webp"}
    return Picture.objects.get_or_create(known, alternative="A knee.")[0]


def address_of(name, draft):
    number = {
        "page": draft.page_id,
        "version": draft.pk,
        "redflagcard": draft.red_flags.get().card_id,
        "source": draft.citations.all()[0].source_id,
        "author": Author.objects.get_or_create(name="Ann")[0].pk,
        "picture": _picture().pk,
    }[name.split("_")[0]]
    alone = name.endswith(("_changelist", "_add"))
    address = reverse(f"admin:conditions_{name}", args=[] if alone else [number])
    return f"{address}?older={draft.pk}&newer={draft.pk}" if name == "page_compare" else address


def admin_names(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from admin_names(pattern.url_patterns)
        elif (pattern.name or "").startswith("conditions_"):
            yield pattern.name.removeprefix("conditions_")


def test_the_list_above_has_every_address():
    assert sorted(set(admin_names(get_resolver().url_patterns))) == sorted(ADDRESSES)


@pytest.mark.parametrize("groups", ROLES, ids=lambda groups: "+".join(sorted(groups)) or "no group")
def test_each_group_gets_just_what_it_may(groups, draft):
    for name, (method, allowed) in ADDRESSES.items():
        client = SignedIn(*groups)
        draft = start_draft(draft.page, None)
        status = getattr(client, method)(address_of(name, draft)).status_code
        # The list of versions only leads to that of pages, where the door is.
        open_to_all = name == "version_changelist"
        expected = {200, 302} if open_to_all or allowed & set(groups) else {403}
        assert status in expected, (name, status)


def test_a_visitor_is_sent_to_sign_in_from_every_address(client, draft):
    before = Version.objects.values_list("pk", "status")
    for name in ADDRESSES:
        for ask in (client.get, client.post):
            response = ask(address_of(name, draft))
            assert response.status_code == 302, name
            assert response.headers["Location"].startswith("/admin/login/?next="), name
    assert list(Version.objects.values_list("pk", "status")) == list(before)


def test_what_changes_something_is_not_done_by_a_link(draft):
    client = SignedIn(*EVERYBODY)
    for name in (
        "page_edit_text",
        "page_unpublish",
        "version_to_review",
        "version_to_draft",
        "version_restore",
    ):
        assert client.get(address_of(name, draft)).status_code == 405, name


def test_a_reviewer_reads_the_form_and_cannot_save_it(draft):
    reviewer = SignedIn(REVIEWER)
    page = reviewer.get(version_url(draft))
    assert b'name="title"' not in page.content
    assert "Sign as clinical reviewer" in text_of(page) and "Save draft" not in text_of(page)
    form = typed(SignedIn(EDITOR).get(version_url(draft))) | {"title": "Changed"}
    for button in ("_continue", "_unsaved", "_review"):
        assert reviewer.post(version_url(draft), form | {button: "1"}).status_code == 403
    draft.refresh_from_db()
    assert draft.title != "Changed"


@pytest.mark.parametrize(
    ("groups", "seen"),
    [
        ((EDITOR,), {"Save draft", "Back to draft", "Delete this draft"}),
        ((REVIEWER,), {"Sign as clinical reviewer"}),
        ((PUBLISHER,), {"Publish"}),
    ],
)
def test_the_form_offers_each_just_what_they_may(groups, seen, draft):
    page = SignedIn(*groups).get(version_url(draft)).content.decode()
    buttons = {
        "Save draft": 'value="Save draft"',
        "Back to draft": 'value="Back to draft"',
        "Delete this draft": "Delete this draft</a>",
        "Sign as clinical reviewer": "Sign as clinical reviewer</a>",
        "Publish": ">Publish</a>",
    }
    assert {name for name, markup in buttons.items() if markup in page} == seen


def test_one_person_may_be_in_several_groups():
    somebody = SignedIn(EDITOR, REVIEWER, PUBLISHER)
    draft = make_draft("sore-elbow")
    somebody.post(version_url(draft), typed(somebody.get(version_url(draft))) | {"_review": "1"})
    take(somebody, draft, "sign")
    take(somebody, draft, "publish")
    draft.refresh_from_db()
    assert draft.signature
    assert (draft.status, draft.edited_by, draft.signature.signed_by, draft.published_by) == (
        "approved",
        *[somebody.user] * 3,
    )
    somebody.post(page_url(draft.page, "unpublish"))
    assert not Version.objects.live()


def test_the_groups_have_just_these_permissions():
    groups = Group.objects.filter(name__in=EVERYBODY)
    assert len(groups) == len(EVERYBODY)
    for group in groups:
        own = group.permissions.filter(content_type__app_label="conditions")
        held = {permission.codename for permission in own}
        assert held == set(PERMISSIONS[group.name])
        assert {"delete_page", "change_page", "add_page", "delete_redflagcard", "delete_source"}.isdisjoint(
            held
        )
        assert ("sign_version" in held) == (group.name == REVIEWER)
        assert ("publish_version" in held) == (group.name == PUBLISHER)
        assert ("change_version" in held) == (group.name == EDITOR)


def test_making_the_groups_again_gives_them_back_just_these_permissions():
    group = Group.objects.get(name=REVIEWER)
    group.permissions.set(Permission.objects.filter(codename="delete_source"))
    Group.objects.get(name=EDITOR).delete()
    make_groups(Group, Permission)
    test_the_groups_have_just_these_permissions()

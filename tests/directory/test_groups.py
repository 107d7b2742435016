"""Who may do what in the directory: the group has just its permissions, at every address of the admin."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import URLResolver, get_resolver, reverse

from conditions.groups import EDITOR, PUBLISHER, REVIEWER
from directory.groups import DIRECTORY_EDITOR, PERMISSIONS, make_groups
from directory.models import Clinic, Correction, Merged, Physiotherapist
from tests.conditions.editing import SignedIn, text_of
from tests.factories import make_clinic, make_physiotherapist

pytestmark = pytest.mark.django_db

CONDITIONS = (EDITOR, REVIEWER, PUBLISHER)
ALLOWED, NOBODY = True, False
# Every address that the admin has for the directory, how it is asked, and whether the group gets more
# than a refusal. Import and export have their own tests.
ADDRESSES = {
    **{
        f"{model}_{page}": (method, ALLOWED)
        for model in ("physiotherapist", "clinic")
        for page, method in {
            "changelist": "get",
            "add": "get",
            "change": "get",
            "delete": "get",
            "history": "get",
            "restore": "get",
            "deleted": "get",
            "duplicates": "get",
            "merge": "get",
        }.items()
    },
    "correction_changelist": ("get", ALLOWED),
    "correction_add": ("post", NOBODY),
    "correction_change": ("get", ALLOWED),
    "correction_history": ("get", ALLOWED),
    "correction_delete": ("post", NOBODY),
    "emptysearch_changelist": ("get", ALLOWED),
}


@pytest.fixture
def rows():
    people = make_physiotherapist((make_clinic(),)), make_physiotherapist()
    correction = Correction.objects.create(physiotherapist=people[0], about="fees", message="Wrong.")
    return {
        "physiotherapist": people,
        "clinic": (*Clinic.objects.all(), make_clinic()),
        "correction": (correction, correction),
    }


def address_of(name, rows):
    model, page = name.split("_")
    if page in {"changelist", "add", "deleted", "duplicates"}:
        return reverse(f"admin:directory_{name}")
    one, other = rows[model]
    more = {"merge": [other.pk], "restore": [one.history.last().history_id] if page == "restore" else []}
    return reverse(f"admin:directory_{name}", args=[one.pk, *more.get(page, [])])


def admin_names(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from admin_names(pattern.url_patterns)
        elif (pattern.name or "").startswith("directory_"):
            yield pattern.name.removeprefix("directory_")


def test_the_list_above_has_every_address():
    names = set(admin_names(get_resolver().url_patterns))
    of_spreadsheets = ("import", "export", "unknown_postcodes")
    assert sorted(name for name in names if not name.endswith(of_spreadsheets)) == sorted(ADDRESSES)


def test_the_group_gets_just_what_it_may(rows):
    client = SignedIn(DIRECTORY_EDITOR)
    for name, (method, allowed) in ADDRESSES.items():
        status = getattr(client, method)(address_of(name, rows)).status_code
        assert status == (200 if allowed else 403), name


def test_editors_of_conditions_get_nothing_of_it(rows):
    client = SignedIn(*CONDITIONS)
    for name in ADDRESSES:
        for ask in (client.get, client.post):
            assert ask(address_of(name, rows)).status_code == 403, name
    assert "Physiotherapists" not in text_of(client.get("/admin/"))


def test_directory_editors_get_nothing_of_conditions():
    client = SignedIn(DIRECTORY_EDITOR)
    for name in ("page", "version", "source", "redflagcard"):
        response = client.get(f"/admin/conditions/{name}/", follow=True)
        assert response.status_code == 403, name
    assert client.get("/admin/auth/user/").status_code == 403


def test_a_visitor_is_sent_to_sign_in_from_every_address(client, rows):
    for name in ADDRESSES:
        for ask in (client.get, client.post):
            response = ask(address_of(name, rows))
            assert response.status_code == 302, name
            assert response.headers["Location"].startswith("/admin/login/?next="), name
    assert Physiotherapist.objects.count() == 2 and not Merged.objects.exists()


@pytest.mark.parametrize("page", ["restore", "duplicates", "merge"])
def test_who_may_only_look_changes_nothing(rows, page):
    reader = SignedIn()
    reader.user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_physiotherapist", "change_physiotherapist"])
        if page != "restore"
        else Permission.objects.filter(codename="view_physiotherapist")
    )
    person = rows["physiotherapist"][0]
    seen = {"seen_history": person.history.first().history_id}
    assert reader.post(address_of(f"physiotherapist_{page}", rows), seen).status_code == 403
    shown = reader.get(address_of(f"physiotherapist_{page}", rows))
    assert shown.status_code == (200 if page == "restore" else 403)
    assert b"Restore this state" not in shown.content


def test_the_group_has_just_these_permissions():
    group = Group.objects.get(name=DIRECTORY_EDITOR)
    held = {permission.codename for permission in group.permissions.all()}
    assert held == set(PERMISSIONS[DIRECTORY_EDITOR])
    assert {p.content_type.app_label for p in group.permissions.select_related("content_type")} == {
        "directory"
    }
    assert {"delete_correction", "add_correction", "change_emptysearch"}.isdisjoint(held)


def test_making_the_group_again_gives_it_back_just_these_permissions():
    group = Group.objects.get(name=DIRECTORY_EDITOR)
    group.permissions.set(Permission.objects.filter(codename="delete_correction"))
    make_groups(Group, Permission)
    test_the_group_has_just_these_permissions()

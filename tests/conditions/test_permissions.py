"""Who may look at pages, edit and publish them."""

import pytest
from django.contrib.auth.models import Permission

from conditions.models import ConditionVersion
from tests.conditions.admin_form import ADD, address_of
from tests.factories import make_draft, make_page
from tests.markup import page_of

pytestmark = pytest.mark.django_db

INDEX = "/admin/conditions/condition/"


@pytest.fixture
def staff(client, django_user_model):
    """Sign in somebody who may do only what is named, such as ``view_conditionversion``."""

    def sign_in(*codenames):
        user = django_user_model.objects.create_user(f"staff {codenames}", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        assert user.user_permissions.count() == len(codenames)
        client.force_login(user)
        return client

    return sign_in


def test_staff_without_permission_get_403(staff):
    draft, page = make_draft(), make_page()
    client = staff()
    for address in (
        INDEX,
        f"{INDEX}{page.condition_id}/change/",
        ADD,
        address_of(draft),
        f"/admin/conditions/conditionversion/{draft.pk}/preview/",
    ):
        assert client.get(address, follow=True).status_code == 403, address
    assert client.post(f"{INDEX}{page.condition_id}/edit-text/").status_code == 403
    assert client.post(address_of(draft), {"title": "x", "_publish": "1"}).status_code == 403
    assert not ConditionVersion.objects.filter(status="approved").exclude(pk=page.pk).exists()


def test_staff_who_may_only_look_can_read_every_version_and_change_none(staff):
    draft, page = make_draft(), make_page()
    client = staff("view_condition", "view_conditionversion")
    for version in (draft, page):
        form = client.get(address_of(version))
        assert form.status_code == 200
        assert page_of(form).all("input", name="_publish") == []
        preview = client.get(f"/admin/conditions/conditionversion/{version.pk}/preview/")
        assert preview.status_code == 200
        assert client.post(address_of(version), {"_publish": "1"}).status_code == 403
    shown = client.get(f"{INDEX}{page.condition_id}/change/")
    assert page_of(shown).all("button", class_="edit-text") == []
    assert client.post(f"{INDEX}{page.condition_id}/edit-text/").status_code == 403

"""What the admin's pages may run: files of the site, and the text editor where there is one."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from conditions.versions import publish, start_draft
from physiosite.headers import PROSE_EDITOR_STYLE
from tests.conditions.editing import page_url, version_url
from tests.factories import (
    make_card,
    make_draft,
    make_page,
    make_source,
)
from tests.markup import page_of

pytestmark = pytest.mark.django_db


def policy_of(response):
    assert response.status_code == 200
    written = response.headers["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in written)


def assert_strict(response):
    """Nothing inline may run or colour; Django's own pictures may stand in its style sheets."""
    policy = policy_of(response)
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert {policy["script-src"], policy["style-src"], policy["form-action"]} == {"'self'"}
    assert set(policy.values()) == {"'none'", "'self'", "'self' data:"}
    page = page_of(response)
    scripts = [tag for tag in page.all("script") if tag.get("type") != "application/json"]
    assert [tag for tag in scripts if not tag.get("src") or "nonce" in tag.attributes] == []
    assert page.all("style") == []


def test_admin_pages_without_the_text_editor_have_the_strict_policy(admin_client):
    older = make_page("sore-elbow")
    page = older.page
    newer = publish(start_draft(page, None), by=None, unsigned=True)
    draft = start_draft(page, None)
    card, source = make_card(), make_source()
    for address in (
        "/admin/",
        "/admin/password_change/",
        "/admin/conditions/page/",
        page_url(page),
        page_url(page, "withdraw"),
        f"{page_url(page, 'compare')}?older={older.pk}&newer={newer.pk}",
        version_url(newer),
        version_url(draft, "preview"),
        version_url(draft, "sign"),
        version_url(draft, "publish"),
        version_url(draft, "delete"),
        f"/admin/conditions/redflagcard/{card.pk}/change/",
        f"/admin/conditions/source/{source.pk}/change/",
        "/admin/directory/physiotherapist/",
        "/admin/directory/clinic/add/",
        "/admin/auth/user/",
    ):
        try:
            assert_strict(admin_client.get(address))
        except AssertionError as error:
            raise AssertionError(address) from error


def test_sign_in_page_has_the_strict_policy(client):
    assert_strict(client.get("/admin/login/"))


def test_only_forms_with_the_text_editor_have_a_nonce_and_each_its_own(admin_client):
    draft = make_draft()
    nonces = set()
    addresses = [
        "/admin/conditions/version/add/",
        version_url(draft),
        version_url(draft),
        "/admin/directory/physiotherapist/add/",
    ]
    for address in addresses:
        response = admin_client.get(address)
        policy = policy_of(response)
        found = re.fullmatch(r"'self' 'nonce-([\w-]{16,})'", policy["script-src"])
        assert found, address
        assert policy["style-src"] == f"'self' {PROSE_EDITOR_STYLE}"
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        inline = [tag for tag in page_of(response).all("script") if not tag.get("src")]
        runs = [tag for tag in inline if tag.get("type") != "application/json"]
        assert runs
        assert {tag.get("nonce") for tag in runs} == {found[1]}
        nonces.add(found[1])
    assert len(nonces) == len(addresses)


def test_style_that_is_allowed_is_the_one_in_the_installed_editor():
    """After an upgrade of the editor: put the hash that this prints into ``physiosite.headers``."""
    script = Path(str(finders.find("django_prose_editor/editor.js"))).read_text()
    (style,) = re.findall(r"`(\.ProseMirror \{[^`]*)`", script)
    assert f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" == PROSE_EDITOR_STYLE

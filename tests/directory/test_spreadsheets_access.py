"""Who may import and export, for how long, and under which policy."""

import time
from unittest import mock

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from directory.models import Clinic
from tests.conditions.editing import SignedIn
from tests.directory.sheets import (
    CLINIC,
    CLINICS,
    PEOPLE,
    confirm,
    csv_of,
    preview,
    send,
)
from tests.factories import make_clinic
from tests.markup import page_of

pytestmark = pytest.mark.django_db


MAY = {
    "import": ["view", "add", "change"],
    "only add": ["view", "add"],
    "only change": ["view", "change"],
    "look": ["view"],
    "nothing": [],
}


@pytest.mark.parametrize(
    ("may", "imports", "exports"),
    [
        ("import", 200, 200),
        ("only add", 403, 200),
        ("only change", 403, 200),
        ("look", 403, 200),
        ("nothing", 403, 403),
    ],
)
@pytest.mark.parametrize(("where", "model"), [(CLINICS, "clinic"), (PEOPLE, "physiotherapist")])
def test_who_may_import_and_export(may, imports, exports, where, model):
    client = SignedIn()
    names = [f"{verb}_{model}" for verb in MAY[may]]
    client.user.user_permissions.set(Permission.objects.filter(codename__in=names))
    assert client.get(f"{where}import/").status_code == imports
    assert client.get(f"{where}export/").status_code == exports
    for address in ("import/", "process_import/", "import/unknown-postcodes/"):
        answer = client.post(f"{where}{address}", {"upload": "x"})
        assert answer.status_code in ({200, 302} if imports == 200 else {403}), address
    if exports == 200:
        links = {address.partition("?")[0] for address in page_of(client.get(where)).links}
        assert (f"{where}import/" in links, f"{where}export/" in links) == (imports == 200, True)


def test_nobody_imports_without_signing_in(client):
    response = client.post(f"{CLINICS}import/", {"file": ""})
    assert (response.status_code, response.headers["Location"].partition("?")[0]) == (302, "/admin/login/")


def test_a_form_from_elsewhere_is_refused():
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("editor"))
    for address in ("import/", "process_import/", "import/unknown-postcodes/", "export/"):
        assert client.post(f"{CLINICS}{address}", {"format": "0"}).status_code == 403


def test_what_one_person_looked_at_another_cannot_confirm(admin_client):
    seen = preview(admin_client, CLINICS, csv_of(CLINIC))
    other = SignedIn()
    other.user.is_superuser = True
    other.user.save()
    response = confirm(other, seen)
    assert response.status_code == 302
    said = page_of(other.get(response.headers["Location"])).one("ul", class_="messagelist").text
    assert said == "That file is no longer here. Nothing was imported. Send it again."
    assert not Clinic.objects.exists()


def test_a_file_waits_half_a_day_for_its_confirmation(admin_client, settings):
    # Nobody is signed in for so long: it is the file that is looked at here.
    settings.SESSION_COOKIE_AGE = settings.SESSION_IDLE_SECONDS = 24 * 3600
    seen = preview(admin_client, CLINICS, csv_of(CLINIC))
    with mock.patch("django.core.signing.time.time", return_value=time.time() + 12 * 3600 + 1):
        assert confirm(admin_client, seen).status_code == 302
    assert not Clinic.objects.exists()
    assert confirm(admin_client, seen).status_code == 302
    assert Clinic.objects.exists()


def test_the_pages_keep_to_the_strict_policy(admin_client):
    make_clinic("YO1 7HH", name="Foss House", address="x")
    rows = [
        CLINIC | {"Name": "A", "Postcode": "LS1 9ZZ"},
        CLINIC,
        CLINIC | {"Name": "Foss House", "Postcode": "YO1 7HH"},
    ]
    answers = [
        admin_client.get(f"{CLINICS}import/"),
        admin_client.get(f"{CLINICS}export/"),
        admin_client.get(CLINICS),
        send(admin_client, CLINICS, csv_of(*rows)),
    ]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "'unsafe-inline'" not in policy
        page = page_of(answer)
        assert all(
            script.get("src") for script in page.all("script") if script.get("type") != "application/json"
        )
        assert not page.all("style")
        assert not [
            e for e in page.walk() for name in e.attributes if name == "style" or name.startswith("on")
        ]

"""Addresses of profiles: a former one leads on, and never to the wrong person."""

import pytest
from django.core.exceptions import ValidationError

from directory.models import FormerProfile, Physiotherapist
from tests.conditions.editing import SignedIn, said
from tests.directory.forms import save, saved
from tests.factories import make_physiotherapist

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann():
    return SignedIn("Directory editor", name="ann")


def leads_to(client, slug):
    """The slug that an address leads to in the end; the status where it leads to none."""
    response = client.get(f"/physiotherapists/{slug}/")
    if response.status_code == 301:
        response = client.get(response.headers["Location"])
    if response.status_code != 200:
        return response.status_code
    return response.context["person"].slug


def test_a_changed_address_leads_on_for_good(ann, client):
    person = make_physiotherapist(slug="ada-one")
    saved(ann, person, {"slug": "ada-two"})
    saved(ann, person, {"slug": "ada-three"})
    assert [leads_to(client, slug) for slug in ("ada-one", "ada-two", "ada-three")] == ["ada-three"] * 3


def test_an_address_that_comes_back_leads_to_itself(ann, client):
    person = make_physiotherapist(slug="ada-one")
    saved(ann, person, {"slug": "ada-two"})
    saved(ann, person, {"slug": "ada-one"})
    assert [leads_to(client, slug) for slug in ("ada-one", "ada-two")] == ["ada-one"] * 2
    assert list(FormerProfile.objects.values_list("slug", flat=True)) == ["ada-two"]


def test_other_changes_make_no_former_address(ann):
    saved(ann, make_physiotherapist(slug="ada"), {"name": "Eva"})
    assert not FormerProfile.objects.exists()


def test_an_address_that_leads_to_somebody_else_cannot_be_taken(ann):
    ada, eva = make_physiotherapist(slug="ada-two", name="Ada"), make_physiotherapist(slug="eva")
    FormerProfile.objects.create(slug="ada-one", physiotherapist=ada)
    response = save(ann, eva, {"slug": "ada-one"})
    assert "That address leads to Ada, who had it before. Choose another." in said(ann, response)
    new = Physiotherapist(name="Ida", slug="ada-one", hcpc_number="PH990001")
    with pytest.raises(ValidationError, match="That address leads to Ada"):
        new.full_clean()
    saved(ann, ada, {"slug": "ada-one"})


def test_whose_address_it_was_already_is_not_kept_from_saving(ann):
    ada, eva = make_physiotherapist(slug="ada"), make_physiotherapist(slug="eva")
    FormerProfile.objects.create(slug="eva", physiotherapist=ada)
    saved(ann, eva, {"phone": "0113 496 0001"})


@pytest.mark.parametrize("how", [{"listed": False}, {"checked_on": None, "check_due_on": None}])
def test_an_address_leads_to_nobody_while_its_holder_is_not_shown(client, how):
    ada = make_physiotherapist(slug="ada")
    eva = make_physiotherapist(slug="eva")
    FormerProfile.objects.create(slug="eva", physiotherapist=ada)
    assert leads_to(client, "eva") == "eva"
    for name, value in how.items():
        setattr(eva, name, value)
    eva.save()
    assert leads_to(client, "eva") == 404
    eva.delete()
    assert leads_to(client, "eva") == "ada"

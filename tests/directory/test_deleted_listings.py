"""What an editor deletes can be brought back, whoever had touched it before, with what hung on it."""

from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.utils import timezone

from directory.history import records_of
from directory.models import Clinic, Correction, Physiotherapist, SearchPoint
from tests.conditions.editing import SignedIn, said, text_of
from tests.directory.crowd import make_crowd
from tests.directory.forms import list_url, saved, url_of
from tests.directory.test_listing_at_once import at_once
from tests.factories import make_clinic, make_physiotherapist
from tests.markup import filled_in, page_of


@pytest.fixture
def ann(db):
    return SignedIn("Directory editor", name="ann")


def delete(client: Any, listing: Any) -> None:
    assert client.post(url_of(listing, "delete"), {"post": "yes"}).status_code == 302
    assert not type(listing).objects.filter(pk=listing.pk).exists()


def way_back(client: Any, model: type, name: str) -> str:
    """From the list of what was deleted to the page of the last state."""
    deleted = page_of(client.get(list_url(model, "deleted"))).links
    (history,) = [href for href, text in deleted.items() if text.startswith(name)]
    links = page_of(client.get(history)).links
    return next(href for href, text in links.items() if text.startswith("See how it was then"))


def press_restore(client: Any, address: str) -> Any:
    (form,) = [form for form in page_of(client.get(address)).all("form") if "seen_history" in filled_in(form)]
    return client.post(address, filled_in(form))


def without_history(model: type[Any]) -> None:
    """As listings are that were loaded, and not saved since."""
    records_of(model).all().delete()


@pytest.mark.parametrize("by", ["button", "action"])
def test_a_person_who_had_no_history_comes_back(ann, by):
    clinic = make_clinic()
    today = timezone.localdate()
    check = {"checked_on": today, "check_due_on": today + timedelta(days=30)}
    (person,) = make_crowd(1, clinic, name="Ada", **check)
    if by == "button":
        delete(ann, person)
    else:
        sent = {"action": "delete_selected", "_selected_action": [person.pk], "post": "yes"}
        assert ann.post(list_url(Physiotherapist), sent).status_code == 302
        assert not Physiotherapist.objects.exists()
    assert "Restored" in said(ann, press_restore(ann, way_back(ann, Physiotherapist, "Ada")))
    back = Physiotherapist.objects.get()
    assert (back.pk, back.slug, list(back.clinics.all())) == (person.pk, person.slug, [clinic])


def test_a_clinic_that_had_no_history_comes_back(ann):
    clinic = make_clinic(name="Aire Rooms")
    without_history(Clinic)
    delete(ann, clinic)
    press_restore(ann, way_back(ann, Clinic, "Aire Rooms"))
    assert Clinic.objects.get().pk == clinic.pk


@pytest.mark.parametrize("model", [Physiotherapist, Clinic])
def test_invented_listings_can_be_deleted_where_they_must_not_be(ann, settings, model):
    clinic = make_clinic(name="Invented", sample=True)
    make_physiotherapist((clinic,), name="Invented", sample=True)
    without_history(Clinic)
    without_history(Physiotherapist)
    settings.SAMPLE_DATA_ALLOWED = False
    delete(ann, model.objects.get())
    assert not SearchPoint.objects.exists()


def test_a_persons_link_to_a_deleted_clinic_is_told_though_they_had_no_history(ann):
    clinic = make_clinic(name="Aire Rooms")
    (person,) = make_crowd(1, clinic, check_due_on="2030-01-01")
    delete(ann, clinic)
    page = page_of(ann.get(url_of(person, "history")))
    sections = page.all("section", class_="entry")
    assert "Clinics removed: Aire Rooms, LS1 4AP (deleted)" in sections[0].text


def test_a_clinic_comes_back_with_the_people_whom_its_deletion_cut_off(ann):
    clinic, other = make_clinic(name="Aire Rooms"), make_clinic(name="Calder Rooms")
    ada = make_physiotherapist((clinic, other), name="Ada")
    (eva,) = make_crowd(1, clinic, name="Eva", check_due_on="2030-01-01")
    ida = make_physiotherapist((clinic,), name="Ida")
    # Somebody took her off it before.
    saved(ann, ida, {"clinics": [other.pk]})
    gone = make_physiotherapist((clinic,), name="Una")
    delete(ann, clinic)
    delete(ann, gone)
    # What happens to a person or to another clinic meanwhile does not matter.
    saved(ann, ada, {"name": "Ada Two"})
    delete(ann, other)

    address = way_back(ann, Clinic, "Aire Rooms")
    shown = text_of(ann.get(address))
    assert "Listed at it again, as before it was deleted: Ada Two, Eva." in shown
    assert "It comes back as it was." in shown
    assert "Listed at it again" in said(ann, press_restore(ann, address))
    assert {person.name for person in clinic.physiotherapists.all()} == {"Ada Two", "Eva"}
    assert SearchPoint.objects.filter(clinic=clinic, physiotherapist__in=[ada, eva]).count() == 2
    newest = page_of(ann.get(url_of(ada, "history"))).all("section", class_="entry")[0].text
    assert "by ann" in newest and "Restored: Aire Rooms" in newest

    press_restore(ann, way_back(ann, Clinic, "Calder Rooms"))
    assert {person.name for person in other.physiotherapists.all()} == {"Ada Two", "Ida"}


def test_a_clinic_that_comes_back_without_anybody_says_so(ann):
    clinic = make_clinic(name="Aire Rooms")
    saved(ann, make_physiotherapist((clinic,)), {"clinics": []})
    delete(ann, clinic)
    address = way_back(ann, Clinic, "Aire Rooms")
    assert "Nobody is listed at it: choose it again" in text_of(ann.get(address))
    press_restore(ann, address)
    assert not clinic.physiotherapists.exists()


def test_a_person_comes_back_with_the_address_of_the_profile(ann):
    person = make_physiotherapist(name="Ada")
    delete(ann, person)
    shown = text_of(ann.get(way_back(ann, Physiotherapist, "Ada")))
    assert "It comes back as it was, with the address of its profile." in shown
    assert "Listed at it" not in shown and "Nobody is listed" not in shown


def test_somebody_about_whom_a_visitor_wrote_can_be_deleted(ann):
    one, other = (make_physiotherapist(name=name) for name in ("Ada", "Eva"))
    for person in (one, other):
        Correction.objects.create(physiotherapist=person, about="fees", message="Wrong.")
    confirm = text_of(ann.get(url_of(one, "delete")))
    assert "permission" not in confirm and "Ada: A fee is wrong" in confirm
    delete(ann, one)
    sent = {"action": "delete_selected", "_selected_action": [other.pk], "post": "yes"}
    assert ann.post(list_url(Physiotherapist), sent).status_code == 302
    assert not Physiotherapist.objects.exists() and not Correction.objects.exists()


def test_who_may_not_delete_people_still_may_not(ann):
    person = make_physiotherapist()
    Correction.objects.create(physiotherapist=person, about="fees", message="Wrong.")
    ann.user.groups.get().permissions.filter(codename="delete_physiotherapist").delete()
    assert ann.post(url_of(person, "delete"), {"post": "yes"}).status_code == 403
    assert Physiotherapist.objects.exists()


def test_a_second_click_on_restore_is_told(ann):
    """There is no row to lock; the other's row may come between the last look and the writing."""
    clinic = make_clinic(name="Aire Rooms")
    delete(ann, clinic)
    address = way_back(ann, Clinic, "Aire Rooms")

    def is_quicker(listing: Any) -> None:
        Clinic.objects.bulk_create([clinic])

    with mock.patch.object(Clinic, "full_clean", is_quicker):
        response = press_restore(ann, address)
    assert response.status_code == 200
    assert "Somebody changed this listing since" in text_of(response)


def test_two_clicks_on_restore_at_the_same_moment(committed_db):
    ann = SignedIn("Directory editor")
    ben = SignedIn("Directory editor")
    for name in ("Aire Rooms", "Calder Rooms", "Dove Rooms"):
        clinic = make_clinic(name=name)
        make_physiotherapist((clinic,))
        delete(ann, clinic)
        address = way_back(ann, Clinic, name)
        answers = at_once(
            lambda at=address: press_restore(ann, at), lambda at=address: press_restore(ben, at)
        )
        assert sorted(answer.status_code for answer in answers) in ([200, 302], [302, 302])
        assert Clinic.objects.get(pk=clinic.pk).physiotherapists.count() == 1
    connection.close()

"""Back to a former state of a listing: by the rules of today, and over nobody's work."""

from datetime import timedelta

import pytest
from django.utils import timezone

from directory.models import FormerProfile, Merged, Physiotherapist, SearchPoint
from places.locate import locate
from tests.conditions.editing import said, text_of
from tests.directory.forms import list_url, saved, url_of
from tests.directory.histories import press_restore, restore_links, told
from tests.factories import make_clinic, make_page, make_physiotherapist
from tests.markup import page_of
from tests.test_admin_policy import assert_strict

pytestmark = pytest.mark.django_db


def test_a_former_state_comes_back_as_a_new_change(ann, ben):
    old, new = make_clinic("LS1 4AP", name="Old Rooms"), make_clinic("YO1 7HH", name="New Rooms")
    neck = make_page("neck-pain", title="Neck pain").page
    person = make_physiotherapist((old,), slug="ada", name="Ada", specialisms=["neuro"])
    person.conditions_treated.set([neck])
    saved(ben, person, {"name": "Eva", "specialisms": None, "clinics": [new.pk], "conditions_treated": []})
    before = len(told(ann, person))

    (address,) = restore_links(ann, person)
    shown = page_of(ann.get(address))
    assert "removed: Eva added: Ada" in shown.text
    assert "removed: New Rooms, YO1 7HH added: Old Rooms, LS1 4AP" in shown.text
    assert_strict(ann.get(address))
    assert "Restored" in said(ann, press_restore(ann, address))

    person.refresh_from_db()
    assert (person.name, person.specialisms) == ("Ada", ["neuro"])
    assert list(person.clinics.all()) == [old] and list(person.conditions_treated.all()) == [neck]
    # The search follows.
    (point,) = SearchPoint.objects.all()
    assert (point.clinic, point.latitude) == (old, locate("LS1 4AP").latitude)
    assert point.flags & SearchPoint.NEURO
    # It is one more entry: what Ben did stays told.
    entries = told(ann, person)
    assert len(entries) == before + 1
    assert entries[0][0] == "changed by ann" and entries[1][0] == "changed by ben"
    assert "Restored as it was on" in text_of(ann.get(url_of(person, "history")))


def test_the_registrations_check_is_never_restored(ann):
    """Somebody may have been struck off since, or looked up again."""
    today = timezone.localdate()
    person = make_physiotherapist((make_clinic(),), name="Ada", checked_on=today, checked_by=ann.user)
    saved(ann, person, {"name": "Eva", "checked_on": "", "check_due_on": ""})
    (address,) = restore_links(ann, person)
    assert "The registration’s check stays as it is today." in text_of(ann.get(address))
    press_restore(ann, address)
    person.refresh_from_db()
    assert (person.name, person.checked_on, person.check_due_on, person.checked_by) == (
        "Ada",
        None,
        None,
        None,
    )
    assert not Physiotherapist.objects.listed().exists() and not SearchPoint.objects.exists()


def test_with_another_number_comes_the_check_of_that_number(ann):
    today = timezone.localdate()
    long_ago, soon = today - timedelta(days=200), today + timedelta(days=100)
    person = make_physiotherapist(hcpc_number="PH111", checked_on=long_ago, check_due_on=soon)
    due = {"checked_on": today.strftime("%d/%m/%Y"), "check_due_on": ""}
    saved(ann, person, {"hcpc_number": "PH222"} | due)
    (address,) = restore_links(ann, person)
    press_restore(ann, address)
    person.refresh_from_db()
    assert (person.hcpc_number, person.checked_on, person.checked_by) == (
        "PH111",
        long_ago,
        None,
    )


def test_a_former_address_is_not_restored(ann):
    person = make_physiotherapist(slug="ada-one", name="Ada")
    saved(ann, person, {"slug": "ada-two", "name": "Eva"})
    (address,) = restore_links(ann, person)
    assert "address stays as it is" in text_of(ann.get(address))
    press_restore(ann, address)
    person.refresh_from_db()
    assert (person.slug, person.name) == ("ada-two", "Ada")


def test_a_clinic_that_was_deleted_since_is_told_and_left_out(ann):
    gone, stays = make_clinic("LS1 4AP", name="Gone Rooms"), make_clinic("LS2 7UE", name="Rooms")
    person = make_physiotherapist((gone, stays), name="Ada")
    saved(ann, person, {"name": "Eva"})
    gone.delete()
    address = restore_links(ann, person)[-1]
    note = "Gone Rooms, LS1 4AP (deleted) is not there any more, so it is left out."
    assert note in text_of(ann.get(address))
    assert note in said(ann, press_restore(ann, address))
    person.refresh_from_db()
    assert person.name == "Ada" and list(person.clinics.all()) == [stays]


def test_a_clinic_that_was_merged_since_is_named_by_the_one_that_stayed(ann):
    gone, stays = make_clinic("LS1 4AP", name="Gone Rooms"), make_clinic("LS2 7UE", name="Rooms")
    person = make_physiotherapist((gone,), name="Ada")
    saved(ann, person, {"name": "Eva", "clinics": []})
    Merged.objects.create(kind="clinic", gone=gone.pk, kept=stays.pk, name=str(gone))
    gone.delete()
    (address,) = restore_links(ann, person)
    assert "was merged into Rooms, LS2 7UE" in text_of(ann.get(address))
    press_restore(ann, address)
    assert list(person.clinics.all()) == [stays]


@pytest.mark.parametrize(
    ("before", "now", "other", "message"),
    [
        (
            {"hcpc_number": "PH111"},
            {"hcpc_number": "PH222"},
            {"hcpc_number": "PH111"},
            "Another physiotherapist",
        ),
        (
            {"visits_from": "LS1 4AP", "retired": "QQ1 1AA"},
            {"home_visits": None, "visit_postcode": ""},
            {},
            "We do not hold the postcode QQ1 1AA",
        ),
    ],
)
def test_a_state_that_breaks_a_rule_of_today_is_refused_with_the_reason(ann, before, now, other, message):
    retired = before.pop("retired", "")
    long_ago = timezone.localdate() - timedelta(days=100)
    person = make_physiotherapist(name="Ada", checked_on=long_ago, **before)
    if retired:
        Physiotherapist.objects.filter(pk=person.pk).update(visit_postcode=retired)
        Physiotherapist.history.all().update(visit_postcode=retired)
    today = timezone.localdate().strftime("%d/%m/%Y")
    saved(ann, person, now | {"name": "Eva", "checked_on": today, "check_due_on": ""})
    if other:
        make_physiotherapist(**other)
    (address,) = restore_links(ann, person)
    response = press_restore(ann, address)
    assert response.status_code == 200
    assert message in page_of(response).one("div", class_="errornote").text
    person.refresh_from_db()
    assert person.name == "Eva"


def test_what_somebody_saved_since_the_page_was_opened_is_not_overwritten(ann, ben):
    person = make_physiotherapist(name="Ada")
    saved(ben, person, {"name": "Eva"})
    (address,) = restore_links(ann, person)
    form = {field.get("name"): field.get("value") for field in page_of(ann.get(address)).all("input")}
    saved(ben, person, {"name": "Ida"})
    response = ann.post(address, {"seen_history": form["seen_history"]})
    assert "Somebody changed this listing since" in text_of(response)
    person.refresh_from_db()
    assert person.name == "Ida"
    assert "Restored" in said(ann, press_restore(ann, address))


@pytest.mark.parametrize("seen", ["", "abc", "-1", "9" * 30])
def test_a_restore_without_having_seen_is_refused(ann, seen):
    person = make_physiotherapist(name="Ada")
    saved(ann, person, {"name": "Eva"})
    (address,) = restore_links(ann, person)
    response = ann.post(address, {"seen_history": seen})
    assert response.status_code == 200 and "Nothing was restored" in text_of(response)
    person.refresh_from_db()
    assert person.name == "Eva"


def test_a_deleted_person_is_found_and_brought_back(ann, ben):
    clinic = make_clinic("LS1 4AP")
    person = make_physiotherapist((clinic,), slug="ada", name="Ada", hcpc_number="PH111")
    other = make_physiotherapist()
    number = person.pk
    FormerProfile.objects.create(slug="ada", physiotherapist=other)
    ben.post(url_of(person, "delete"), {"post": "yes"})
    assert not Physiotherapist.objects.filter(slug="ada").exists()

    deleted = page_of(ann.get(list_url(Physiotherapist, "deleted")))
    assert "Ada" in deleted.one("ul", class_="plain").text and "by ben" in deleted.text
    history = next(href for href, text in deleted.links.items() if text == "Ada")
    shown = page_of(ann.get(history))
    address = next(href for href, text in shown.links.items() if text.startswith("See how it was then"))
    assert "Restored" in said(ann, press_restore(ann, address))

    back = Physiotherapist.objects.get(slug="ada")
    assert (back.pk, back.hcpc_number, list(back.clinics.all())) == (number, "PH111", [clinic])
    assert not FormerProfile.objects.exists()
    assert SearchPoint.objects.filter(physiotherapist=back).count() == 1
    assert "Nothing was deleted" in text_of(ann.get(list_url(Physiotherapist, "deleted")))

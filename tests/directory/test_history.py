"""Who changed what on a listing, in words."""

from datetime import date

import pytest

from directory.history import begin_history, entries_of, records_of, signed
from directory.models import Clinic, Physiotherapist, SearchPoint
from tests.conditions.editing import clock_at, text_of
from tests.directory.crowd import in_date, make_crowd
from tests.directory.forms import list_url, opened, save, saved, url_of
from tests.directory.histories import press_restore, restore_links, told
from tests.factories import make_clinic, make_page, make_physiotherapist
from tests.markup import page_of
from tests.test_admin_policy import assert_strict

pytestmark = pytest.mark.django_db


def test_each_change_is_told_field_by_field_in_words_newest_first(ann, ben):
    old, new = make_clinic("LS1 4AP", name="Old Rooms"), make_clinic("LS2 7UE", name="New Rooms")
    neck = make_page("neck-pain", title="Neck pain").page
    person = make_physiotherapist((old,), name="Ada", fee_first=50, gender="female", specialisms=["sports"])
    saved(ann, person, {"phone": "0113 496 0001", "fee_first": "60", "specialisms": ["sports", "neuro"]})
    saved(ben, person, {"clinics": [new.pk], "conditions_treated": [neck.pk], "online": "on"})
    saved(ann, person, {"biography": "<p>Likes long walks.</p>", "gender": ""})

    entries = told(ann, person)

    assert entries[0] == (
        "changed by ann",
        {"Gender": "removed: Female", "Biography": "added: Likes long walks."},
    )
    assert entries[1] == (
        "changed by ben",
        {
            "Conditions treated": "added: Neck pain",
            "Clinics": "removed: Old Rooms, LS1 4AP added: New Rooms, LS2 7UE",
            "Sees patients online": "removed: No added: Yes",
        },
    )
    assert entries[2] == (
        "changed by ann",
        {
            "Specialisms": "added: Neuro physiotherapy",
            "Telephone": "added: 0113 496 0001",
            "Fee, first appointment (£)": "removed: 50.00 added: 60.00",
        },
    )
    assert entries[3][0] == "added"
    assert entries[3][1]["Clinics"] == "added: Old Rooms, LS1 4AP"
    assert len(entries) == 4


def test_a_clinics_history_is_told_too(ann):
    clinic = make_clinic("LS1 4AP", name="Aire Rooms")
    saved(
        ann, clinic, {"postcode": "YO1 7HH", "access_stated_on": "01/11/2026", "steps": "0", "hoist": "true"}
    )
    who, changes = told(ann, clinic)[0]
    assert who == "changed by ann"
    assert changes["Postcode"] == "removed: LS1 4AP added: YO1 7HH"
    assert (changes["Access stated on"], changes["Steps at the way in"], changes["Hoist"]) == (
        "added: 1 November 2026",
        "added: 0",
        "added: Yes",
    )
    assert {"Latitude", "Longitude"} < set(changes)


def test_a_save_that_changes_nothing_is_not_told(ann):
    person = make_physiotherapist((make_clinic(),))
    before = told(ann, person)
    saved(ann, person, {})
    assert told(ann, person) == before


def test_two_saves_within_a_moment_are_two_entries(ann):
    with clock_at("2026-11-22 09:00"):
        person = make_physiotherapist((make_clinic(),), name="First")
    with clock_at("2026-11-22 10:00"):
        saved(ann, person, {"name": "Second"})
    with clock_at("2026-11-22 10:00"):
        person.refresh_from_db()
        person.name = "Third"
        person.save()
    assert [changes["Name"] for _, changes in told(ann, person)[:2]] == [
        "removed: Second added: Third",
        "removed: First added: Second",
    ]


def test_what_another_does_without_a_save_is_an_entry_of_theirs(ann, ben):
    clinic = make_clinic("LS1 4AP", name="Aire Rooms")
    person = make_physiotherapist(name="Ada")
    saved(ann, person, {"name": "Eva"})
    signed(person, ben.user).clinics.add(clinic)
    assert told(ann, person)[:2] == [
        ("changed by ben", {"Clinics": "added: Aire Rooms, LS1 4AP"}),
        ("changed by ann", {"Name": "removed: Ada added: Eva"}),
    ]


def test_the_first_change_of_a_listing_that_was_loaded_without_a_history_is_told(ann):
    clinic = make_clinic("LS1 4AP", name="Aire Rooms")
    (person,) = make_crowd(1, clinic, name="Loaded", **in_date())
    assert "Nothing was changed" in text_of(ann.get(url_of(person, "history")))
    saved(ann, person, {"name": "Changed"})
    assert told(ann, person)[0] == ("changed by ann", {"Name": "removed: Loaded added: Changed"})
    press_restore(ann, restore_links(ann, person)[0])
    person.refresh_from_db()
    assert (person.name, list(person.clinics.all())) == ("Loaded", [clinic])


def test_a_deleted_clinic_is_named_and_its_people_are_told(ann, ben):
    clinic = make_clinic("LS1 4AP", name="Aire Rooms")
    person = make_physiotherapist((clinic,))
    ben.post(url_of(clinic, "delete"), {"post": "yes"})
    assert told(ann, person)[0] == (
        "changed by ben",
        {"Clinics": "removed: Aire Rooms, LS1 4AP (deleted)"},
    )
    assert not SearchPoint.objects.exists()


def test_who_changed_it_stays_told_after_their_account_is_gone(ann, ben):
    person = make_physiotherapist()
    saved(ben, person, {"name": "Changed"})
    ben.user.delete()
    assert told(ann, person)[0][0] == "changed"


def test_what_is_written_in_a_field_cannot_act_as_markup(ann):
    clinic = make_clinic(name="<script>alert(1)</script>")
    saved(ann, clinic, {"address": "<b>Road</b>"})
    response = ann.get(url_of(clinic, "history"))
    assert_strict(response)
    assert b"<script>alert" not in response.content and b"<b>Road" not in response.content


def test_a_long_history_has_pages_and_takes_few_queries(ann, django_assert_max_num_queries):
    person = make_physiotherapist((make_clinic(),))
    for number in range(120):
        person.name = f"Name {number}"
        person.save()
    with django_assert_max_num_queries(20):
        first = ann.get(url_of(person, "history"))
    assert "Page 1 of 2" in text_of(first)
    assert "removed: Name 118 added: Name 119" in text_of(first)
    response = ann.get(url_of(person, "history") + "?page=2")
    second = text_of(response)
    shown = [len(page_of(page).all("section", class_="entry")) for page in (first, response)]
    assert sum(shown) == 1 + 120
    # Nothing is told twice, and nothing is left out at the border of two pages.
    borders = [f"removed: Name {number} added: Name {number + 1}" for number in range(119)]
    assert all((border in text_of(first)) != (border in second) for border in borders)


@pytest.mark.parametrize("number", ["0", "999999", "99999999999999999999999", "abc", "1_20", "-1"])
def test_a_listing_that_never_was_is_not_found(ann, number):
    assert ann.get(f"/admin/directory/physiotherapist/{number}/history/").status_code in {302, 404}
    assert ann.get(f"/admin/directory/physiotherapist/{number}/history/1/").status_code in {302, 404}


@pytest.mark.parametrize("page", ["0", "-1", "99999", "abc", "1e3"])
def test_a_page_that_is_none_shows_one_that_is(ann, page):
    person = make_physiotherapist()
    assert ann.get(url_of(person, "history"), {"page": page}).status_code == 200


def test_public_pages_know_nothing_of_who_is_signed_in(ann):
    person = make_physiotherapist((make_clinic(),))
    for address in ("/physiotherapists/?location=LS1", person.get_absolute_url()):
        response = ann.get(address)
        assert response.status_code == 200
        assert not response.cookies
        assert "cookie" not in response.headers.get("Vary", "").lower()


def test_a_deletion_is_told_as_one(ann, ben):
    clinic = make_clinic(name="Aire Rooms")
    number = clinic.pk
    ben.post(url_of(clinic, "delete"), {"post": "yes"})
    page = text_of(ann.get(f"/admin/directory/clinic/{number}/history/"))
    assert "deleted by ben" in page and "Deleted. What it was stays here." in page


def test_history_pages_keep_the_strict_policy(ann):
    person = make_physiotherapist((make_clinic(),))
    saved(ann, person, {"name": "Eva"})
    for address in (
        url_of(person, "history"),
        *restore_links(ann, person),
        list_url(Physiotherapist, "deleted"),
        list_url(Clinic, "deleted"),
    ):
        assert_strict(ann.get(address))


def test_beginning_twice_keeps_one_record():
    (person,) = make_crowd(1, make_clinic())
    begin_history(person)
    begin_history(person)
    records = list(records_of(Physiotherapist).filter(id=person.pk))
    assert len(records) == 1
    (entry,) = entries_of(Physiotherapist, records, at_the_start=True)
    assert entry.reason.startswith("As it was before")


def test_dates_of_a_leap_year_and_times_are_those_of_london(ann):
    person = make_physiotherapist(checked_on=date(2024, 2, 28))
    with clock_at("2026-07-01 00:30"):
        person.checked_on, person.name = date(2024, 2, 29), "Eva"
        person.save()
    text = text_of(ann.get(url_of(person, "history")))
    assert "1 July 2026, 00:30" in text and "29 February 2024" in text
    assert opened(ann, person)["checked_on"] == "29/02/2024"
    assert save(ann, person, {}).status_code == 200  # due more than a year after

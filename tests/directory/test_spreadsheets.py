"""Import in the admin: what a file would do, and doing it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from directory.models import Clinic, Physiotherapist, SearchPoint
from places.locate import locate
from tests.conditions.editing import clock_at
from tests.directory.pages import search
from tests.directory.sheets import (
    ALL_OF_A_CLINIC,
    ALL_OF_A_PERSON,
    CLINIC,
    CLINICS,
    PEOPLE,
    PERSON,
    Preview,
    confirm,
    csv_of,
    everything,
    file_of,
    preview,
    take_in,
    two_clinics_and_conditions,
)
from tests.factories import make_clinic, make_physiotherapist
from tests.markup import page_of

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["csv", "xlsx"])
def kind(request) -> str:
    return request.param


def test_a_new_clinic_comes_in_with_all_its_facts(admin_client, kind):
    seen = preview(admin_client, CLINICS, file_of(kind, ALL_OF_A_CLINIC))
    assert seen.rows == {"New": ["Row 2: Aire Rooms, LS1 4AP"]}
    assert not Clinic.objects.exists()
    confirm(admin_client, seen)
    clinic = Clinic.objects.get()
    place = locate("LS1 4AP")
    assert (clinic.latitude, clinic.longitude, clinic.pin_by_hand) == (place.latitude, place.longitude, False)
    assert (clinic.phone, clinic.access_stated_on) == ("+44 113 496 0001", date(2026, 1, 5))
    assert (clinic.steps, clinic.inside, clinic.door_cm, clinic.parking) == (0, "lift", 90, "bay")
    assert (clinic.hoist, clinic.hearing_loop, clinic.quiet_room) == (False, True, None)
    assert (clinic.parking_metres, clinic.access_note, clinic.sample) == (40, "Ring the bell.", False)


def test_a_new_physiotherapist_comes_in_and_is_found_at_once(admin_client, kind):
    two_clinics_and_conditions()
    with clock_at("2026-11-22 10:00"):
        seen = preview(admin_client, PEOPLE, file_of(kind, ALL_OF_A_PERSON))
        assert seen.rows == {"New": ["Row 2: Ada Example, PH12345"]}
        confirm(admin_client, seen)
        person = Physiotherapist.objects.get()
        assert (person.slug, person.gender, person.listed, person.sample) == (
            "ada-example",
            "female",
            True,
            False,
        )
        assert (person.specialisms, person.languages) == (["neuro", "sports"], ["eng", "cym"])
        assert (person.insurers, person.website) == (["axa-health", "bupa"], "https://ada.example.org")
        assert {clinic.name for clinic in person.clinics.all()} == {"Aire Rooms", "Foss House"}
        treated = person.conditions_treated.values_list("slug", flat=True)
        assert set(treated) == {"neck-pain", "low-back-pain"}
        assert (person.visit_postcode, person.visit_miles, person.visit_fee) == ("LS2 7UE", 5, Decimal(10))
        assert (person.fee_first, person.fee_follow_up, person.fee_online) == (
            Decimal(60),
            Decimal("45.50"),
            None,
        )
        assert (person.checked_on, person.check_due_on) == (date(2026, 6, 1), date(2027, 5, 31))
        assert person.checked_by == admin_client.user
        asked: dict[str, Any] = {"neuro": "on", "female": "on", "condition": "neck-pain", "radius": 1}
        for place in ("LS1 4AP", "YO1 7HH"):
            assert search(admin_client, location=place, **asked).slugs == ["ada-example"]
        at_home = search(admin_client, location="LS2 7UE", home_visits="on", **asked)
        assert at_home.slugs == ["ada-example"]
        assert "And swimming." in page_of(admin_client.get("/physiotherapists/ada-example/")).text


def test_each_row_is_new_changed_same_or_wrong(admin_client, kind):
    make_clinic("LS1 4AP", name="Aire Rooms", address="3 Sample Road, Leeds")
    make_clinic("YO1 7HH", name="Foss House", address="1 Foss Street", phone="01904 496000")
    before = everything()
    seen = preview(
        admin_client,
        CLINICS,
        file_of(
            kind,
            CLINIC | {"Telephone": ""},
            CLINIC | {"Name": "Foss House", "Postcode": "yo17hh", "Address": "1 Foss Street"},
            CLINIC | {"Name": "New Rooms"},
            CLINIC | {"Name": "Wrong Rooms", "Postcode": "LS1", "Telephone": "none"},
        ),
    )
    assert seen.rows == {
        "Wrong": [
            "5 Wrong Rooms LS1 Postcode Enter a full postcode, such as LS1 4AP.",
            "Telephone Enter a telephone number, such as 0113 496 0000.",
        ],
        "Changed": ["3 Foss House, YO1 7HH Telephone 01904 496000 Nothing"],
        "New": ["Row 4: New Rooms, LS1 4AP"],
        "The same": ["Row 2: Aire Rooms, LS1 4AP"],
    }
    assert "1 new, 1 changed, 1 the same, 1 wrong." in seen.text
    assert not seen.page.all("form", class_="confirm")
    assert everything() == before


def test_a_row_that_is_wrong_keeps_every_other_row_out(admin_client):
    """Also where the fault comes up only when the rows are written."""
    seen = preview(
        admin_client, CLINICS, csv_of(CLINIC, CLINIC | {"Name": "Foss House", "Postcode": "YO1 7HH"})
    )
    # Meanwhile somebody makes a second one, so that the row's name says no more which it is about.
    make_clinic("YO1 7HH", name="Foss House")
    make_clinic("YO1 7HH", name="Foss House")
    before = everything()
    response = confirm(admin_client, seen)
    assert response.status_code == 200
    assert (
        Preview(response)
        .wrong[0]
        .startswith("3 Foss House YO1 7HH ID Several clinics are called “Foss House”")
    )
    assert everything() == before


def test_what_somebody_changed_meanwhile_is_shown_before_it_is_overwritten(admin_client):
    clinic = make_clinic("LS1 4AP", name="Aire Rooms", address="3 Sample Road, Leeds")
    seen = preview(admin_client, CLINICS, csv_of(CLINIC | {"Telephone": "0113 496 0001"}))
    clinic.address = "4 Other Road"
    clinic.save()
    before = everything()
    again = Preview(confirm(admin_client, seen))
    assert "Somebody changed a listing since you looked" in again.text
    assert "2 Aire Rooms, LS1 4AP Address 4 Other Road 3 Sample Road, Leeds" in again.rows["Changed"][0]
    assert everything() == before
    assert confirm(admin_client, again).status_code == 302
    clinic.refresh_from_db()
    assert (clinic.address, clinic.phone) == ("3 Sample Road, Leeds", "0113 496 0001")


def test_the_same_file_twice_changes_nothing(admin_client, kind):
    two_clinics_and_conditions()
    file = file_of(kind, ALL_OF_A_PERSON)
    take_in(admin_client, PEOPLE, file)
    before = everything()
    seen = preview(admin_client, PEOPLE, file)
    assert seen.rows == {"The same": ["Row 2: Ada Example, PH12345"]}
    assert "changes nothing" in seen.text
    assert not seen.page.all("form", class_="confirm")
    assert everything() == before


def test_what_is_only_written_otherwise_changes_nothing(admin_client):
    make_clinic(
        "LS1 4AP",
        name="Aire Rooms",
        address="3 Sample Road, Leeds",
        hoist=False,
        access_stated_on=date(2026, 1, 5),
    )
    written = {"Postcode": " ls14ap", "Name": "AIRE ROOMS ", "Hoist": "N", "Access stated on": "5/1/2026"}
    seen = preview(admin_client, CLINICS, csv_of(CLINIC | written | {"Name": "Aire Rooms"}))
    assert list(seen.rows) == ["The same"]


def test_history_tells_who_imported_what_and_from_where(admin_client):
    two_clinics_and_conditions()
    take_in(admin_client, PEOPLE, csv_of(ALL_OF_A_PERSON), "may.csv")
    take_in(
        admin_client,
        PEOPLE,
        csv_of(ALL_OF_A_PERSON | {"Name": "Ada Sample", "Clinics": "Foss House, YO1 7HH"}),
        "june.csv",
    )
    changed, made = Physiotherapist.history.order_by("-history_id")
    assert (made.history_type, made.name, made.history_user) == ("+", "Ada Example", admin_client.user)
    assert (changed.history_type, changed.name, changed.history_user) == (
        "~",
        "Ada Sample",
        admin_client.user,
    )
    assert (made.history_change_reason, changed.history_change_reason) == (
        "Imported from may.csv",
        "Imported from june.csv",
    )
    assert {row.clinic.name for row in made.clinics.all()} == {"Aire Rooms", "Foss House"}
    assert [row.clinic.name for row in changed.clinics.all()] == ["Foss House"]
    assert {row.page.slug for row in changed.conditions_treated.all()} == {"neck-pain", "low-back-pain"}
    page = page_of(admin_client.get(f"{PEOPLE}{made.id}/history/"))
    assert "Imported from june.csv" in page.text
    assert "editor" in page.text


def test_a_listing_without_a_history_keeps_what_it_was_before(admin_client):
    clinic = make_clinic("LS1 4AP", name="Aire Rooms")
    person = make_physiotherapist((clinic,), name="Ada Example", hcpc_number="PH12345")
    Physiotherapist.history.all().delete()
    take_in(admin_client, PEOPLE, csv_of({"HCPC number": "PH12345", "Name": "Ada Sample", "Clinics": ""}))
    changed, before = Physiotherapist.history.order_by("-history_id")
    assert (before.name, before.history_user, changed.name) == ("Ada Example", None, "Ada Sample")
    assert [row.clinic_id for row in before.clinics.all()] == [clinic.pk]
    assert not changed.clinics.exists()
    person.refresh_from_db()
    assert changed.updated_at == person.updated_at > before.updated_at


def test_a_clinic_that_moves_moves_in_the_search(admin_client):
    clinic = make_clinic("LS1 4AP", name="Aire Rooms")
    make_physiotherapist((clinic,), slug="ada")
    moved = {"ID": clinic.pk, "Name": "Aire Rooms", "Postcode": "YO1 7HH"}
    take_in(admin_client, CLINICS, csv_of(moved))
    assert search(admin_client, location="LS1 4AP").slugs == []
    assert search(admin_client, location="YO1 7HH").results == [("ada", "0.0")]


def test_columns_that_are_missing_leave_their_values(admin_client):
    two_clinics_and_conditions()
    take_in(admin_client, PEOPLE, csv_of(ALL_OF_A_PERSON))
    before: dict[str, Any] = {**Physiotherapist.objects.values().get()}
    take_in(admin_client, PEOPLE, csv_of({"HCPC number": "ph12345", "Fee online": "40"}))
    after = Physiotherapist.objects.values().get()
    differing = {name for name, value in after.items() if value != before[name]}
    assert differing == {"fee_online", "updated_at"}
    assert Physiotherapist.objects.get().clinics.count() == 2


def test_an_empty_cell_clears_its_value_but_no_yes_or_no(admin_client):
    two_clinics_and_conditions()
    take_in(admin_client, PEOPLE, csv_of(ALL_OF_A_PERSON))
    cleared = {
        "HCPC number": "PH12345",
        "Clinics": "",
        "Gender": "",
        "Fee for a home visit": "",
        "Listed": "",
        "Languages": "",
    }
    take_in(admin_client, PEOPLE, csv_of(cleared))
    person = Physiotherapist.objects.get()
    assert (person.gender, person.fee_home, person.languages, person.listed) == ("", None, [], True)
    assert not person.clinics.exists()
    assert set(SearchPoint.objects.values_list("clinic", flat=True)) == {None}


def test_two_people_of_one_name_get_two_addresses(admin_client):
    make_physiotherapist(name="Ada Example", slug="ada-example", hcpc_number="PH1")
    others = [PERSON | {"HCPC number": f"PH{number}"} for number in (2, 3)]
    odd = [PERSON | {"HCPC number": "PH4", "Name": "In"}, PERSON | {"HCPC number": "PH5", "Name": "王秀英"}]
    take_in(admin_client, PEOPLE, csv_of(*others, *odd))
    slugs = Physiotherapist.objects.order_by("hcpc_number").values_list("slug", flat=True)
    assert list(slugs) == ["ada-example", "ada-example-ph2", "ada-example-ph3", "in-ph4", "ph5"]


def test_the_day_of_the_next_check_is_filled_in_as_in_the_form(admin_client):
    with clock_at("2026-11-22 10:00"):
        take_in(
            admin_client,
            PEOPLE,
            csv_of({"HCPC number": "PH1", "Name": "Ada", "Registration checked on": "2026-06-01"}),
        )
        assert Physiotherapist.objects.get().check_due_on == date(2027, 6, 1)
        take_in(admin_client, PEOPLE, csv_of({"HCPC number": "PH1", "Registration checked on": "2026-11-20"}))
    person = Physiotherapist.objects.get()
    assert (person.check_due_on, person.checked_by) == (date(2027, 11, 20), admin_client.user)


def test_an_unchecked_person_comes_in_and_is_not_shown(admin_client):
    clinic = make_clinic("LS1 4AP", name="Aire Rooms")
    take_in(admin_client, PEOPLE, csv_of({"HCPC number": "PH1", "Name": "Ada", "Clinics": f"ID {clinic.pk}"}))
    assert Physiotherapist.objects.get().clinics.get() == clinic
    assert search(admin_client, location="LS1 4AP").slugs == []

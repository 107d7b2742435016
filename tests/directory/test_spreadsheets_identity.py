"""Whom a row is about: other people's numbers, merged listings, invented people, two imports at once."""

from itertools import pairwise
from unittest import mock

import pytest

from directory.history import newest_record_id
from directory.merge import merge
from directory.models import Clinic, Physiotherapist
from directory.spreadsheets.listings import PhysiotherapistResource
from directory.spreadsheets.resource import differ_widely
from places.models import Postcode
from places.postcodes import postcode_key
from tests.directory.sheets import (
    CLINIC,
    CLINICS,
    PEOPLE,
    PERSON,
    Preview,
    confirm,
    csv_of,
    everything,
    preview,
    take_in,
)
from tests.factories import make_clinic, make_physiotherapist

pytestmark = pytest.mark.django_db


def merged(kept, gone, by):
    seen = newest_record_id(type(kept), kept.pk), newest_record_id(type(gone), gone.pk)
    merge(type(kept), kept.pk, gone.pk, {}, by, seen)


def test_a_number_that_belongs_to_somebody_else_is_not_silently_renamed(admin_client):
    person = make_physiotherapist(name="Bob Stone", hcpc_number="PH12345")
    before = everything()
    seen = preview(admin_client, PEOPLE, csv_of(PERSON))
    assert "2 Ada Example, PH12345 Name Bob Stone Ada Example" in seen.rows["Changed"]
    assert "Row 2: listed as Bob Stone, in the file Ada Example" in seen.text
    again = confirm(admin_client, seen)
    assert again.status_code == 200
    assert "confirm that the names below are to be replaced" in Preview(again).text
    assert everything() == before
    assert confirm(admin_client, Preview(again), rename="on").status_code == 302
    person.refresh_from_db()
    assert person.name == "Ada Example"


def test_a_name_that_changes_a_little_needs_no_second_look(admin_client):
    make_physiotherapist(name="Dr. A. Exampel", hcpc_number="PH12345")
    seen = preview(admin_client, PEOPLE, csv_of(PERSON))
    assert not seen.confirm.all("input", name="rename")


def test_an_id_that_belongs_to_another_clinic_is_not_silently_renamed(admin_client):
    clinic = make_clinic("YO1 7HH", name="Foss House")
    seen = preview(admin_client, CLINICS, csv_of(CLINIC | {"ID": clinic.pk}))
    assert seen.confirm.one("input", name="rename")


@pytest.mark.parametrize(
    ("before", "after", "widely"),
    [
        ("Ann Lee", "Bob Stone", True),
        ("Ann Lee", "Ann Carter", True),
        ("Ann Lee", "ANN LEE", False),
        ("Anne Leigh", "Ann Leigh", False),
        ("Sarah Jones", "Sarah Jones-Smith", False),
        ("Sarah Jones", "Sarah Smith", True),
        ("Dr. A. Lee", "Lee, Ann", False),
        ("Dr. A. Lee", "Dr. B. Stone", True),
        ("Mrs Ann Lee", "Ann Lee", False),
        ("Miss", "Miss", False),
        ("Catherine Smith", "Katherine Smyth-Jones", False),
        ("Sean O’Brien", "Seán O'Brien", False),
        ("", "Ann Lee", False),
    ],
)
def test_when_the_names_of_two_people_differ_widely(before, after, widely):
    assert differ_widely(before, after, of_people=True) == widely


@pytest.mark.parametrize(
    ("before", "after", "widely"),
    [
        ("Aire Rooms", "Aire House", False),
        ("Aire Rooms", "Foss Rooms", True),
        ("The Physiotherapy Centre of Leeds", "The Physiotherapy Centre of York", True),
        ("The Clinic", "The Clinic", False),
        ("Aire Clinic", "Aire Physio", False),
    ],
)
def test_when_the_names_of_two_clinics_differ_widely(before, after, widely):
    assert differ_widely(before, after) == widely


def test_somebody_who_was_merged_does_not_come_back(admin_client):
    kept = make_physiotherapist(name="Ada Example", hcpc_number="PH1")
    gone = make_physiotherapist(name="Ada Exampel", hcpc_number="PH2")
    merged(kept, gone, admin_client.user)
    assert not Physiotherapist.objects.filter(hcpc_number="PH2").exists()
    seen = preview(admin_client, PEOPLE, csv_of({"HCPC number": "PH2", "Name": "Ada Exampel"}))
    assert "HCPC number PH2 was merged into Ada Example, PH1. Delete the row." in seen.wrong[0]


def test_a_clinic_that_was_merged_is_told_by_its_new_number(admin_client):
    kept, gone = make_clinic("LS1 4AP", name="Aire Rooms"), make_clinic("LS1 4AP", name="Aire Room")
    gone_pk = gone.pk
    merged(kept, gone, admin_client.user)
    for where, row in (
        (CLINICS, CLINIC | {"ID": gone_pk}),
        (PEOPLE, PERSON | {"Clinics": f"ID {gone_pk}"}),
    ):
        said = preview(admin_client, where, csv_of(row)).wrong[0]
        assert f"The clinic {gone_pk} was merged into another: use the ID {kept.pk}." in said


def test_clinics_of_one_name_and_postcode_are_told_apart_by_number(admin_client):
    first, second = make_clinic("LS1 4AP", name="Twin Rooms"), make_clinic("LS1 4AP", name="Twin Rooms")
    said = preview(admin_client, PEOPLE, csv_of(PERSON | {"Clinics": "Twin Rooms, LS1 4AP"})).wrong[0]
    assert f"Use an ID: {first.pk} or {second.pk}." in said
    take_in(admin_client, PEOPLE, csv_of(PERSON | {"Clinics": f"id {second.pk}"}))
    assert Physiotherapist.objects.get().clinics.get() == second


def test_the_nearest_clinic_at_that_postcode_is_offered(admin_client):
    make_clinic("LS1 4AP", name="Aire Rooms")
    said = preview(admin_client, PEOPLE, csv_of(PERSON | {"Clinics": "Air Room, LS1 4AP"})).wrong[0]
    assert "Did you mean “Aire Rooms, LS1 4AP”?" in said


def test_an_invented_person_stays_one_and_a_real_one_real(admin_client):
    sample = make_physiotherapist(name="Ada Invented", hcpc_number="PH12345", sample=True)
    seen = preview(admin_client, PEOPLE, csv_of({"HCPC number": "PH12345", "Name": "Ada Example"}))
    assert "(sample)" in seen.rows["Changed"][0]
    confirm(admin_client, seen, rename="on")
    sample.refresh_from_db()
    assert (sample.name, sample.sample) == ("Ada Example", True)
    take_in(admin_client, PEOPLE, csv_of({"HCPC number": "PH2", "Name": "Ada"}))
    assert not Physiotherapist.objects.get(hcpc_number="PH2").sample


def test_a_real_person_cannot_be_put_into_an_invented_clinic(admin_client):
    clinic = make_clinic("LS1 4AP", name="Aire Rooms", sample=True)
    for named in ("Aire Rooms, LS1 4AP", f"ID {clinic.pk}"):
        seen = preview(admin_client, PEOPLE, csv_of(PERSON | {"Clinics": named}))
        assert "No clinic is listed as" in seen.wrong[0]


def test_where_no_sample_may_be_an_invented_person_is_not_changed(admin_client, settings):
    make_physiotherapist(name="Ada Invented", hcpc_number="PH12345", sample=True)
    settings.SAMPLE_DATA_ALLOWED = False
    seen = preview(admin_client, PEOPLE, csv_of({"HCPC number": "PH12345", "Name": "Ada Example"}))
    assert "Sample listings are not allowed here" in seen.wrong[0]


def test_somebody_who_is_added_at_the_same_moment_stops_the_import(admin_client):
    """After the rows were looked up, and before they are written: the database refuses the second."""
    seen = preview(admin_client, PEOPLE, csv_of(PERSON | {"HCPC number": "PH1"}, PERSON))
    look_up = PhysiotherapistResource.look_up

    def look_up_too_early(self, rows, lock):
        look_up(self, rows, lock)
        if self.keeps:
            # By another connection; here it is undone with the rest, which does no harm.
            make_physiotherapist(name="Ada Other", hcpc_number="PH12345")

    with mock.patch.object(PhysiotherapistResource, "look_up", look_up_too_early):
        response = confirm(admin_client, seen)
    assert "Somebody changed a listing at this moment. Nothing was imported." in Preview(response).text
    assert not Physiotherapist.objects.exists()
    assert not Clinic.objects.exists()


@pytest.mark.parametrize("postcode", ["LSI 4AP", "ls14ap", "BT1 5GS", "bt15gs", "Nowhere 1"])
def test_however_a_postcode_is_written_the_same_file_finds_the_clinic_again(admin_client, postcode):
    pin = {"Pin set by hand": "yes", "Latitude": 54.5, "Longitude": -5.9}
    for more in ({}, pin) if postcode.startswith("L") else (pin,):
        row = CLINIC | more | {"Name": f"Rooms {len(more)}", "Postcode": postcode}
        take_in(admin_client, CLINICS, csv_of(row))
        assert list(preview(admin_client, CLINICS, csv_of(row)).rows) == ["The same"]
        person = PERSON | {"Clinics": f"{row['Name']}, {postcode}"}
        assert "Wrong" not in preview(admin_client, PEOPLE, csv_of(person)).rows


def test_a_town_that_stands_for_a_postcode_stays_where_an_editor_put_it(admin_client):
    """The form takes Jersey's postcodes; a file need not set the pin to change something else."""
    clinic = make_clinic("JE2 3AB", name="Jersey Rooms")
    take_in(
        admin_client,
        CLINICS,
        csv_of({"Name": "Jersey Rooms", "Postcode": "JE2 3AB", "Telephone": "01534 496000"}),
    )
    clinic.refresh_from_db()
    assert clinic.phone == "01534 496000"
    moved = {"ID": clinic.pk, "Name": "Jersey Rooms", "Postcode": "JE2 4AA"}
    assert (
        "We do not hold exact postcodes for Jersey." in preview(admin_client, CLINICS, csv_of(moved)).wrong[0]
    )


@pytest.mark.parametrize("steps", [2, 3])
def test_somebody_who_was_merged_several_times_does_not_come_back(admin_client, steps):
    people = [make_physiotherapist(name="Ada Example", hcpc_number=f"PH{n}") for n in range(steps + 1)]
    for gone, kept in pairwise(people):
        merged(kept, gone, admin_client.user)
    seen = preview(admin_client, PEOPLE, csv_of({"HCPC number": "PH0", "Name": "Ada Example"}))
    assert f"HCPC number PH0 was merged into Ada Example, PH{steps}. Delete the row." in seen.wrong[0]


def test_each_number_of_somebody_who_was_merged_is_told(admin_client):
    """A slip that was mended before they were merged is in their history, and may be in an old file."""
    kept, gone = make_physiotherapist(hcpc_number="PH1"), make_physiotherapist(hcpc_number="PH2")
    gone.hcpc_number = "PH3"
    gone.save()
    merged(kept, gone, admin_client.user)
    rows = [{"HCPC number": number, "Name": "Ada"} for number in ("PH2", "PH3")]
    assert len(preview(admin_client, PEOPLE, csv_of(*rows)).wrong) == 2


def test_a_clinic_that_was_merged_twice_is_told_by_its_last_number(admin_client):
    clinics = [make_clinic("LS1 4AP", name="Aire Rooms") for _ in range(3)]
    numbers = [clinic.pk for clinic in clinics]
    for gone, kept in pairwise(clinics):
        merged(kept, gone, admin_client.user)
    said = preview(admin_client, CLINICS, csv_of(CLINIC | {"ID": numbers[0]})).wrong[0]
    assert f"was merged into another: use the ID {numbers[2]}." in said


@pytest.mark.parametrize(
    ("before", "after"),
    [("Sarah Jones", "Sarah Smith"), ("Dr Ann Lee", "Dr Bob Stone"), ("James Thomas", "Thomas Brown")],
)
def test_another_person_of_the_same_title_or_first_name_must_be_confirmed(admin_client, before, after):
    make_physiotherapist(name=before, hcpc_number="PH12345")
    seen = preview(admin_client, PEOPLE, csv_of(PERSON | {"Name": after}))
    assert f"Row 2: listed as {before}, in the file {after}" in seen.text
    assert confirm(admin_client, seen).status_code == 200
    assert Physiotherapist.objects.get().name == before


def test_what_many_clinics_are_called_is_no_name_in_common(admin_client):
    clinic = make_clinic("LS1 4AP", name="The Foss Physiotherapy Clinic")
    row = CLINIC | {"ID": clinic.pk, "Name": "The Aire Physiotherapy Clinic"}
    assert preview(admin_client, CLINICS, csv_of(row)).confirm.one("input", name="rename")


@pytest.mark.parametrize("where", [CLINICS, PEOPLE])
def test_no_id_of_nothing(admin_client, where):
    row = CLINIC | {"ID": "0"} if where == CLINICS else PERSON | {"Clinics": "ID 0"}
    assert "No clinic has the ID 0." in preview(admin_client, where, csv_of(row)).wrong[0]


def test_an_unknown_id_in_a_list_of_clinics_is_told_without_new_clinics(admin_client):
    said = preview(admin_client, PEOPLE, csv_of(PERSON | {"Clinics": "ID 999"})).wrong[0]
    assert "No clinic has the ID 999." in said
    assert "new clinic" not in said


def retire(postcode):
    Postcode.objects.get(pk=postcode_key(postcode.replace(" ", ""))).delete()


def test_a_base_at_a_postcode_that_is_retired_does_not_stand_in_the_way(admin_client):
    person = make_physiotherapist(name="Ada", hcpc_number="PH12345", visits_from="LS1 4AP")
    retire("LS1 4AP")
    bases: list[dict[str, str]] = [{}, {"Base for home visits": "ls14ap"}, {"Home visits": "yes"}]
    for fee, base in enumerate(bases, start=40):
        take_in(admin_client, PEOPLE, csv_of({"HCPC number": "PH12345", "Fee online": str(fee)} | base))
        kept = Physiotherapist.objects.get()
        assert kept.fee_online == fee
        assert kept.visit_postcode == "LS1 4AP"
        assert (kept.visit_latitude, kept.visit_longitude) == (person.visit_latitude, person.visit_longitude)


def test_a_clinic_at_a_postcode_that_is_retired_stays_where_it_is(admin_client):
    clinic = make_clinic("LS1 4AP", name="Aire Rooms")
    retire("LS1 4AP")
    row = {"Name": "Aire Rooms", "Postcode": "ls1 4ap", "Telephone": "0113 496 0001"}
    take_in(admin_client, CLINICS, csv_of(row))
    kept = Clinic.objects.get()
    assert (kept.phone, kept.postcode) == ("0113 496 0001", "LS1 4AP")
    assert (kept.latitude, kept.longitude) == (clinic.latitude, clinic.longitude)


def test_nobody_new_comes_to_a_postcode_that_is_retired(admin_client):
    """Not even in a file in which somebody stays there."""
    clinic = make_clinic("LS1 4AP", name="Aire Rooms", pin_by_hand=True)
    make_clinic("LS1 4AP", name="Old Rooms")
    retire("LS1 4AP")
    rows = [
        {"Name": "Old Rooms", "Postcode": "LS1 4AP", "Address": "x", "Telephone": "0113 496 0001"},
        {"Name": "New Rooms", "Postcode": "LS1 4AP", "Address": "x"},
        {"Name": "Aire Rooms", "Postcode": "LS1 4AP", "Address": "x", "Pin set by hand": "no"},
    ]
    told = preview(admin_client, CLINICS, csv_of(*rows)).wrong
    assert [row.split(" ", 1)[0] for row in told] == ["3", "4"]
    assert clinic.pk

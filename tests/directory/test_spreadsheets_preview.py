"""What a preview tells of a change, and that nothing else is done than what it told."""

import pytest

from directory.models import Physiotherapist
from directory.spreadsheets.cells import excerpts
from tests.directory.sheets import CLINIC, CLINICS, PEOPLE, Preview, confirm, csv_of, preview
from tests.factories import make_clinic, make_physiotherapist

pytestmark = pytest.mark.django_db

BEGINNING = "<p>" + "Likes walking in the hills of Yorkshire and elsewhere. " * 3


def test_what_another_editor_wrote_at_the_end_of_a_long_text_is_not_overwritten(admin_client):
    person = make_physiotherapist(hcpc_number="PH12345", biography=f"{BEGINNING}One.</p>")
    row = {"HCPC number": "PH12345", "Biography": f"{BEGINNING}Two.</p>"}
    seen = preview(admin_client, PEOPLE, csv_of(row))
    Physiotherapist.objects.filter(pk=person.pk).update(biography=f"{BEGINNING}One, as Ann wrote it.</p>")
    again = confirm(admin_client, seen)
    assert again.status_code == 200
    assert "Somebody changed a listing since you looked" in Preview(again).text
    person.refresh_from_db()
    assert person.biography == f"{BEGINNING}One, as Ann wrote it.</p>"


def test_a_clinic_that_another_editor_added_meanwhile_is_not_cut_off(admin_client):
    clinics = [make_clinic("LS1 4AP", name=f"{'The same long name of many rooms ' * 2}{n}") for n in range(3)]
    person = make_physiotherapist(tuple(clinics[:2]), hcpc_number="PH12345")
    row = {"HCPC number": "PH12345", "Clinics": f"{clinics[0].name}, LS1 4AP"}
    seen = preview(admin_client, PEOPLE, csv_of(row))
    person.clinics.add(clinics[2])
    assert "Somebody changed a listing since you looked" in Preview(confirm(admin_client, seen)).text
    assert person.clinics.count() == 3


def test_another_clinic_of_the_same_name_and_postcode_is_another(admin_client):
    first, second, third = (make_clinic("LS1 4AP", name="Twin Rooms") for _ in range(3))
    person = make_physiotherapist((first,), hcpc_number="PH12345")
    row = {"HCPC number": "PH12345", "Clinics": f"ID {second.pk}"}
    seen = preview(admin_client, PEOPLE, csv_of(row))
    (told,) = seen.rows["Changed"]
    assert f"ID {first.pk}" in told and f"ID {second.pk}" in told
    person.clinics.set([third])
    assert "Somebody changed a listing since you looked" in Preview(confirm(admin_client, seen)).text
    assert list(person.clinics.all()) == [third]


def test_a_difference_at_the_end_of_a_long_text_is_shown(admin_client):
    make_physiotherapist(name="Ada", hcpc_number="PH12345", biography=f"{BEGINNING}One.</p>")
    row = {"HCPC number": "PH12345", "Biography": f"{BEGINNING}Two.</p>"}
    (told,) = preview(admin_client, PEOPLE, csv_of(row)).rows["Changed"]
    assert told.startswith("2 Ada, PH12345 Biography …")
    assert "One.</p>" in told and "Two.</p>" in told
    assert len(told) < 200


def test_a_short_text_is_shown_whole(admin_client):
    make_clinic("LS1 4AP", name="Aire Rooms", address="3 Sample Street, Leeds")
    (told,) = preview(admin_client, CLINICS, csv_of(CLINIC)).rows["Changed"]
    assert told == "2 Aire Rooms, LS1 4AP Address 3 Sample Street, Leeds 3 Sample Road, Leeds"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a", "b"),
        ("", "x" * 500),
        ("x" * 500, ""),
        ("x" * 500, "x" * 501),
        ("x" * 60, "x" * 61),
        ("a\n", "a"),
    ],
)
def test_excerpts_are_short_and_differ(old, new):
    assert old != new
    shown = excerpts(old, new)
    assert shown[0] != shown[1]
    assert max(len(text) for text in shown) <= 62


def test_of_a_great_many_changes_the_columns_are_told(admin_client, monkeypatch):
    for module in ("importing", "resource"):
        monkeypatch.setattr(f"directory.spreadsheets.{module}.TOLD_IN_FULL", 2)
    clinics = [make_clinic("LS1 4AP", name=f"Rooms {number}") for number in range(4)]
    rows = [
        {"Name": clinic.name, "Postcode": "LS1 4AP", "Telephone": "0113 496 0001", "Address": "x"}
        for clinic in clinics
    ]
    seen = preview(admin_client, CLINICS, csv_of(*rows))
    assert [row.split(" ", 1)[0] for row in seen.rows["Changed"]] == ["2", "Telephone", "3", "Telephone"]
    for number in (2, 3):
        assert f"Row {number + 2}: Rooms {number}, LS1 4AP (Address, Telephone)" in seen.text
    clinics[3].address = "y"
    clinics[3].save()
    assert "Somebody changed a listing" in Preview(confirm(admin_client, seen)).text

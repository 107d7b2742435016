"""manage.py import_listings: the same as in the admin, for larger files."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from directory.models import Clinic, Physiotherapist
from tests.directory.sheets import CLINIC, PERSON, csv_of, everything, xlsx_of
from tests.factories import make_clinic, make_physiotherapist, make_user

pytestmark = pytest.mark.django_db


def run(file: Path, **options: Any) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_listings", str(file), stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def ann(db):
    return make_user("ann")


def file_with(folder: Path, data: bytes, name: str = "rows.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_clinics_then_people_come_in_by_their_headings(tmp_path, ann):
    clinics = file_with(tmp_path, xlsx_of(CLINIC), "clinics.xlsx")
    people = file_with(tmp_path, csv_of(PERSON | {"Clinics": "Aire Rooms, LS1 4AP"}), "people.csv")
    assert run(clinics, by="ann") == ("1 new, 0 changed, 0 the same, 0 wrong.\nImported.\n", "")
    assert run(people, by="ann")[0].endswith("Imported.\n")
    person = Physiotherapist.objects.get()
    assert person.clinics.get() == Clinic.objects.get()
    assert (person.history.get().history_user, person.history.get().history_change_reason) == (
        ann,
        "Imported from people.csv",
    )
    before = everything()
    assert run(people, by="ann")[0].startswith("0 new, 0 changed, 1 the same, 0 wrong.")
    assert everything() == before


def test_a_dry_run_changes_nothing_and_needs_nobody(tmp_path):
    said, _ = run(file_with(tmp_path, csv_of(CLINIC)), dry_run=True)
    assert said == "1 new, 0 changed, 0 the same, 0 wrong.\nNothing was changed: this was a dry run.\n"
    assert not Clinic.objects.exists()


def test_quiet_is_quiet(tmp_path, ann):
    assert run(file_with(tmp_path, csv_of(CLINIC)), by="ann", verbosity=0) == ("", "")
    assert Clinic.objects.exists()


@pytest.mark.parametrize(
    ("by", "said"), [(None, "Say with --by who imports"), ("bob", "There is nobody called bob.")]
)
def test_somebody_must_answer_for_an_import(tmp_path, by, said):
    with pytest.raises(CommandError, match=said):
        run(file_with(tmp_path, csv_of(CLINIC)), by=by)


def test_rows_that_are_wrong_are_told_and_nothing_is_imported(tmp_path, ann):
    rows = [CLINIC, CLINIC | {"Name": "B", "Postcode": "QQ1 1AA"}, CLINIC]
    out, err = StringIO(), StringIO()
    path, unknown = file_with(tmp_path, csv_of(*rows)), tmp_path / "unknown.csv"
    for options in ({"by": "ann"}, {"dry_run": True}, {"by": "ann", "unknown_postcodes": unknown}):
        with pytest.raises(CommandError, match="Correct the rows that are wrong"):
            call_command("import_listings", str(path), stdout=out, stderr=err, **options)
    assert "Row 3, Postcode: We do not hold the postcode QQ1 1AA.\n" in err.getvalue()
    assert "Row 4: Row 2 is about the same clinic. Keep one of the two.\n" in err.getvalue()
    assert "1 postcodes are not held, such as QQ1 1AA." in err.getvalue()
    assert unknown.read_text("utf-8-sig").splitlines() == ["Postcode,Rows,Nearest that we hold", "QQ1 1AA,3,"]
    assert not Clinic.objects.exists()


def test_many_rows_that_are_wrong_are_not_all_told(tmp_path):
    rows = [CLINIC | {"Name": f"Rooms {number}", "Telephone": "x"} for number in range(60)]
    err = StringIO()
    with pytest.raises(CommandError):
        call_command(
            "import_listings",
            str(file_with(tmp_path, csv_of(*rows))),
            dry_run=True,
            stderr=err,
            stdout=StringIO(),
        )
    assert err.getvalue().count("Row ") == 50
    assert "And 10 more." in err.getvalue()


def test_names_are_replaced_by_quite_other_ones_only_when_asked(tmp_path, ann):
    make_physiotherapist(name="Bob Stone", hcpc_number="PH12345")
    path = file_with(tmp_path, csv_of(PERSON))
    err = StringIO()
    with pytest.raises(CommandError, match="confirm that the names"):
        call_command("import_listings", str(path), by="ann", stdout=StringIO(), stderr=err)
    assert "Row 2: Bob Stone would become Ada Example." in err.getvalue()
    assert Physiotherapist.objects.get().name == "Bob Stone"
    run(path, by="ann", rename=True)
    assert Physiotherapist.objects.get().name == "Ada Example"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"Nane\nx\n", "Did you mean “Name”"),
        (b"", "The file is empty."),
        (None, "cannot be read: No such file"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path, ann, data, said):
    path = file_with(tmp_path, data) if data is not None else tmp_path / "missing.csv"
    with pytest.raises(CommandError, match=said):
        run(path, by="ann")


def test_a_file_that_is_too_large_is_not_read(tmp_path, ann):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    with pytest.raises(CommandError, match="larger than 100 MB"):
        run(path, by="ann")


def test_notes_on_how_a_file_was_read_are_told(tmp_path):
    make_clinic("LS1 4AP", name="Café Rooms")
    data = csv_of(CLINIC | {"Name": "Café Rooms"}, encoding="cp1252")
    said, _ = run(file_with(tmp_path, data), dry_run=True)
    assert "It was read as Windows-1252" in said

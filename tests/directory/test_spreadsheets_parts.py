"""What imports rest on, with inputs that nobody thought of, and how much they ask of the database."""

import io
import re
import zipfile
from contextlib import suppress
from datetime import date
from time import process_time
from typing import Any

import pytest
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import connection
from django.db.models import CheckConstraint, F, Q
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from directory.models import Clinic, Physiotherapist, SearchPoint
from directory.search_table import rebuild_all
from directory.spreadsheets.at_hand import reference_to, references
from directory.spreadsheets.cells import Words, neutralised, restored, text_of
from directory.spreadsheets.checks import UnknownLookup, broken_constraints, holds
from directory.spreadsheets.importing import keep, look
from directory.spreadsheets.listings import ClinicResource, PhysiotherapistResource
from directory.spreadsheets.sheet import FOR_ADMIN, Limits, SheetError, read_sheet
from directory.spreadsheets.workbook import written
from places.locate import PlaceNotFound, locate_postcode
from places.locate_many import locate_postcodes
from tests.directory.sheets import CLINIC, csv_of, xlsx_of
from tests.factories import make_clinic, make_page, make_physiotherapist, make_user

# A busy machine is no fault.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The shared database is only read here.
SHARED = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@UNHURRIED
@given(st.text())
@example("'")
@example("''=1")
@example("\n=1")
@example("+44 113 496 0000")
def test_what_is_neutralised_is_no_formula_and_comes_back(text):
    safe = neutralised(text)
    assert safe[:1] not in {*"=+-@\t\r\n"}
    assert restored(safe) == text


# A workbook can say them, and no database keeps them.
letters = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@UNHURRIED
@given(st.lists(st.tuples(letters, letters, letters.filter(str.strip)), min_size=1))
@example([("=1+1", "\r\n", "_x000D_")])
def test_every_text_survives_a_workbook(rows):
    sheet = read_sheet(written(["A", "B", "C"], rows), FOR_ADMIN)
    found = [tuple(restored(cell or "") for cell in cells) for _, cells in sheet.rows]
    assert found == rows


@UNHURRIED
@given(st.binary(max_size=300))
@example(b"\xff\xfe\x00")
@example(b"a,b\n\x81")
@example(b'"')
def test_no_bytes_whatever_do_more_than_be_refused(data):
    try:
        sheet = read_sheet(data, FOR_ADMIN)
        ClinicResource.dataset(sheet)
    except SheetError as error:
        assert str(error).endswith((".", ")"))


WORKBOOK = xlsx_of(CLINIC)


@SHARED
@given(st.sampled_from(zipfile.ZipFile(io.BytesIO(WORKBOOK)).namelist()), st.data())
def test_no_damage_to_a_workbook_does_more_than_have_it_refused(name, data):
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as old, zipfile.ZipFile(stream, "w") as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename == name:
                start = data.draw(st.integers(0, len(content)))
                end = data.draw(st.integers(start, min(len(content), start + 40)))
                content = content[:start] + data.draw(st.binary(max_size=8)) + content[end:]
            new.writestr(part.filename, content)
    with suppress(SheetError):
        read_sheet(stream.getvalue(), FOR_ADMIN)


@UNHURRIED
@given(st.binary(min_size=1, max_size=40), st.integers(0, len(WORKBOOK)))
def test_no_damage_to_the_archive_does_more_than_have_it_refused(junk, at):
    with suppress(SheetError):
        read_sheet(WORKBOOK[:at] + junk + WORKBOOK[at + len(junk) :], FOR_ADMIN)


names = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=20)


@UNHURRIED
@given(st.lists(names.map(str.strip).filter(lambda name: name.strip(";, ")), min_size=1, max_size=4))
@example(["a;b", ";", "ID 7", "a, b"][:1])
def test_a_list_of_clinics_is_read_as_it_was_written(found):
    clinics = [Clinic(pk=number, name=name, postcode="LS1 4AP") for number, name in enumerate(found)]
    read = references("; ".join(reference_to(clinic) for clinic in clinics))
    for clinic, reference in zip(clinics, read, strict=True):
        assert reference.pk == clinic.pk or (reference.name, reference.postcode) == (clinic.name, "LS1 4AP")


small = st.none() | st.integers(-1, 2)
a_fact = st.none() | st.booleans()
CLINICS_OF_ANY_KIND = st.builds(
    Clinic,
    latitude=st.none() | st.just(53.0),
    longitude=st.none() | st.just(-1.0),
    access_stated_on=st.none() | st.just(date(2026, 1, 5)),
    steps=small,
    inside=st.sampled_from(["", "lift"]),
    door_cm=small,
    parking=st.sampled_from(["", "own"]),
    parking_metres=small,
    hoist=a_fact,
    hearing_loop=a_fact,
    quiet_room=a_fact,
)
days = st.none() | st.sampled_from([date(2026, 1, 5), date(2026, 1, 6)])
PEOPLE_OF_ANY_KIND = st.builds(
    Physiotherapist,
    home_visits=st.booleans(),
    visit_miles=st.none() | st.sampled_from([0, 1, 50, 51]),
    visit_latitude=st.none() | st.just(53.0),
    visit_longitude=st.none() | st.just(-1.0),
    checked_on=days,
    check_due_on=days,
    **dict.fromkeys(("fee_first", "fee_follow_up", "fee_online", "fee_home", "visit_fee"), small),
)


@pytest.mark.django_db
@SHARED
@given(st.one_of(CLINICS_OF_ANY_KIND, PEOPLE_OF_ANY_KIND))
def test_the_constraints_are_worked_out_as_the_database_does(listing):
    try:
        listing.validate_constraints(exclude={"slug", "hcpc_number"})
        said: list[str] = []
    except ValidationError as error:
        said = error.message_dict[NON_FIELD_ERRORS]
    assert broken_constraints(listing) == said


@pytest.mark.django_db
@pytest.mark.parametrize(
    "condition", [~Q(steps=1), Q(steps=1) ^ Q(steps=2), Q(name__startswith="A"), Q(steps=F("door_cm") + 1)]
)
def test_what_only_the_database_can_work_out_is_left_to_it(condition, monkeypatch):
    asked = CheckConstraint(condition=condition, name="asked", violation_error_message="Broken.")
    monkeypatch.setattr(Clinic._meta, "constraints", [asked])
    with pytest.raises(UnknownLookup):
        holds(condition, Clinic(name="B", steps=1, door_cm=1))
    broken = broken_constraints(Clinic(name="B", steps=1, door_cm=1))
    assert broken == ([] if condition.connector == Q.XOR else ["Broken."])


TYPED = [
    "LS1 4AP",
    "ls14ap",
    " ls1  4ap ",
    "LSI 4AP",
    "ZE1 0EN",
    "TR18 2ZZ",
    "QQ1 1AA",
    "BT1 5GS",
    "JE2 3AB",
    "LS1",
    "",
    "Leeds",
    "\u200bLS1 4AP",
]


@pytest.mark.django_db
def test_many_postcodes_are_found_as_each_one_is(django_assert_num_queries):
    with django_assert_num_queries(1):
        found = locate_postcodes(TYPED)
    assert found.keys() == {"LS1 4AP", "ls14ap", " ls1  4ap ", "LSI 4AP", "ZE1 0EN", "\u200bLS1 4AP"}
    for text, place in found.items():
        assert place == locate_postcode(text)
    for text in {"TR18 2ZZ", "QQ1 1AA", "LS1", "", "Leeds"}:
        with pytest.raises(PlaceNotFound):
            locate_postcode(text)


def people(number: int, clinics: list[Clinic]) -> bytes:
    rows: list[dict[str, Any]] = [
        {
            "HCPC number": f"PH{index + 1}",
            "Name": f"First{index} Last{index}",
            "Registration checked on": "2026-06-01",
            "Clinics": "; ".join(str(clinic) for clinic in clinics),
            "Conditions treated": "neck-pain",
            "Home visits": "yes",
            "Base for home visits": "LS1 4AP" if index % 2 else "YO1 7HH",
            "Visits homes within miles": 5,
            "Specialisms": "Neuro physiotherapy",
        }
        for index in range(number)
    ]
    return csv_of(*rows)


@pytest.mark.django_db
def test_the_queries_of_an_import_do_not_grow_with_its_rows():
    make_page("neck-pain")
    clinics = [make_clinic("LS1 4AP", name="Aire Rooms"), make_clinic("YO1 7HH", name="Foss House")]
    asked = {}
    for number in (5, 400):
        sheet = read_sheet(people(number, clinics), FOR_ADMIN)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            report = look(PhysiotherapistResource, sheet)
        assert len(report.new) == number
        asked[number] = [query["sql"] for query in queries]
    assert len(asked[5]) == len(asked[400]) <= 12
    assert len([sql for sql in asked[400] if "places_postcode" in sql]) == 1
    assert not [sql for sql in asked[400] if sql.startswith(("INSERT", "UPDATE", "DELETE", "BEGIN"))]


@pytest.mark.django_db
def test_writing_asks_for_a_batch_and_not_for_a_row(monkeypatch):
    make_page("neck-pain")
    clinics = [make_clinic("LS1 4AP", name="Aire Rooms"), make_clinic("YO1 7HH", name="Foss House")]
    user = make_user("ann")
    sheet = read_sheet(people(300, clinics), FOR_ADMIN)
    with CaptureQueriesContext(connection) as queries:
        assert keep(PhysiotherapistResource, sheet, user, "Imported").is_kept
    # SQLite takes few values in one statement, so that a few rows go into each.
    assert len(queries) < 150
    # Once more to lock what the file is about, where there is something to lock.
    looks = 1 + connection.features.has_select_for_update
    assert len([q for q in queries if 'FROM "places_postcode"' in q["sql"]]) == looks
    with CaptureQueriesContext(connection) as queries:
        assert keep(PhysiotherapistResource, sheet, user, "Imported").is_kept
    assert not [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


@pytest.mark.django_db
def test_what_is_written_in_bulk_is_what_a_save_would_write(admin_client):
    make_page("neck-pain")
    clinics = [make_clinic("LS1 4AP", name="Aire Rooms", hoist=True, access_stated_on=date(2026, 1, 5))]
    sheet = read_sheet(people(3, clinics), FOR_ADMIN)
    assert keep(PhysiotherapistResource, sheet, admin_client.user, "Imported").is_kept
    fields = [field.name for field in SearchPoint._meta.fields if field.name != "id"]
    points = list(SearchPoint.objects.order_by("physiotherapist", "visit_miles").values(*fields))
    assert len(points) == 6
    rebuild_all()
    assert list(SearchPoint.objects.order_by("physiotherapist", "visit_miles").values(*fields)) == points
    person = Physiotherapist.objects.earliest("pk")
    (imported,) = person.history.all()
    person.save()
    saved = person.history.latest()
    told = {
        "history_id",
        "history_date",
        "history_type",
        "history_change_reason",
        "history_user_id",
        "updated_at",
    }
    assert {k: v for k, v in vars(imported).items() if k not in told and k[0] != "_"} == {
        k: v for k, v in vars(saved).items() if k not in told and k[0] != "_"
    }
    for name in ("clinics", "conditions_treated"):
        rows = [
            list(getattr(record, name).values_list("id", "physiotherapist_id"))
            for record in (imported, saved)
        ]
        assert rows[0] == rows[1] != []


@pytest.mark.django_db
def test_rows_of_several_batches_all_come_in(monkeypatch):
    monkeypatch.setattr("directory.spreadsheets.resource.BATCH", 7)
    monkeypatch.setattr(ClinicResource._meta, "batch_size", 7)
    make_clinic("LS1 4AP", name="Rooms 3", address="old")
    rows = [CLINIC | {"Name": f"Rooms {number}"} for number in range(30)]
    seen: list[int] = []
    sheet = read_sheet(csv_of(*rows), FOR_ADMIN)
    report = keep(ClinicResource, sheet, make_user("ann"), "Imported", progress=seen.append)
    assert (len(report.new), len(report.changed), report.is_kept) == (29, 1, True)
    assert Clinic.objects.filter(address=CLINIC["Address"]).count() == 30
    assert sum(seen) == 30


@pytest.mark.django_db
def test_a_fault_in_the_last_batch_undoes_the_first(monkeypatch):
    monkeypatch.setattr("directory.spreadsheets.resource.BATCH", 7)
    monkeypatch.setattr(ClinicResource._meta, "batch_size", 7)
    rows = [CLINIC | {"Name": f"Rooms {number}"} for number in range(30)]
    rows[-1]["Postcode"] = "QQ1 1AA"
    report = keep(ClinicResource, read_sheet(csv_of(*rows), FOR_ADMIN), make_user("ann"), "Imported")
    assert (len(report.wrong), report.is_kept) == (1, False)
    assert not Clinic.objects.exists()
    assert not Clinic.history.exists()


@pytest.mark.django_db
def test_a_file_of_unknown_postcodes_is_not_searched_for_each(monkeypatch):
    monkeypatch.setattr("directory.spreadsheets.at_hand._SUGGESTIONS", 2)
    rows = [CLINIC | {"Name": f"Rooms {number}", "Postcode": f"TR18 {number}ZZ"} for number in range(2, 6)]
    report = look(ClinicResource, read_sheet(csv_of(*rows), FOR_ADMIN))
    offered = [nearest != "" for _, _, nearest in report.unknown]
    assert len(report.wrong) == len(report.unknown) == 4
    assert sum(offered) <= 2


def test_the_rows_are_limited_where_somebody_waits():
    few = Limits(rows=2, size=1000, unpacked=1000, beyond="Ask.")
    with pytest.raises(SheetError, match=r"more than 2 rows\. Ask\."):
        read_sheet(csv_of(CLINIC, CLINIC, CLINIC), few)
    with pytest.raises(SheetError, match="larger than"):
        read_sheet(csv_of(*[CLINIC] * 100), few)


@pytest.mark.django_db
def test_somebody_without_clinics_has_no_links_to_write():
    make_physiotherapist(hcpc_number="PH1", name="Ada Le")
    sheet = read_sheet(csv_of({"HCPC number": "PH1", "Name": "Ada Lee"}), FOR_ADMIN)
    assert keep(PhysiotherapistResource, sheet, make_user("ann"), "Imported").is_kept


@pytest.mark.django_db
@pytest.mark.parametrize("other", ["Rooms 1", " rooms  1"])
def test_a_clinic_that_is_in_two_batches_is_told(monkeypatch, other):
    """The second finds what the first has made."""
    monkeypatch.setattr("directory.spreadsheets.resource.BATCH", 7)
    monkeypatch.setattr(ClinicResource._meta, "batch_size", 7)
    rows = [CLINIC | {"Name": f"Rooms {number}"} for number in range(20)] + [CLINIC | {"Name": other}]
    report = keep(ClinicResource, read_sheet(csv_of(*rows), FOR_ADMIN), make_user("ann"), "Imported")
    assert [outcome.line for outcome in report.wrong] == [22]
    assert "Row 3 is about the same clinic." in str(report.wrong[0].reasons)
    assert not Clinic.objects.exists()


def test_a_text_of_a_great_many_blanks_takes_no_time():
    text = "a" + " " * 100_000 + "b"
    began = process_time()
    assert Words().clean(text) == text
    assert Words().clean(f"{text}\r\n  {text}") == f"{text} {text}"
    assert process_time() - began < 0.5


@UNHURRIED
@given(st.text(st.sampled_from(" \r\n\tab'=")))
@example("a\n")
@example("\n \na")
def test_text_of_one_line_is_as_it_was_with_its_lines_joined(text):
    stripped = text_of(text)
    expected = stripped if restored(text) != text else re.sub(r"\s*[\r\n]+\s*", " ", stripped)
    assert Words().clean(text) == expected

"""The way out and back: every text comes back as it was, and none of them is a formula."""

from functools import partial

import pytest

from directory.models import Clinic, Physiotherapist
from directory.spreadsheets.listings import ClinicResource, PhysiotherapistResource
from tests.directory.sheets import (
    ALL_OF_A_CLINIC,
    ALL_OF_A_PERSON,
    CLINIC,
    CLINICS,
    PEOPLE,
    csv_of,
    everything,
    export,
    exported,
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


def test_a_pin_set_by_hand_is_kept_and_comes_back(admin_client, kind):
    jersey = CLINIC | {
        "Name": "Jersey Rooms",
        "Postcode": "JE2 3AB",
        "Pin set by hand": "yes",
        "Latitude": "49.19051",
        "Longitude": "-2.10442",
    }
    take_in(admin_client, CLINICS, csv_of(jersey))
    clinic = Clinic.objects.get()
    assert (clinic.latitude, clinic.longitude, clinic.postcode) == (49.19051, -2.10442, "JE2 3AB")
    (row,) = exported(admin_client, CLINICS, kind)
    assert (float(row["Latitude"]), float(row["Longitude"])) == (49.19051, -2.10442)
    assert list(preview(admin_client, CLINICS, export(admin_client, CLINICS, kind)).rows) == ["The same"]


DANGEROUS = [
    "=1+1",
    '=HYPERLINK("https://example.org","Click")',
    "+44 113 496 0000",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "'=1+1",
    "'quoted",
    "''",
    " =1+1",
    "＝1+1",  # noqa: RUF001
    "plain",
    "a;b, c",
    '"quotes", commas',
    "_x000D_ literal",
    "#N/A",
    "TRUE",
    "0113",
    "1e5",
    "2026-01-05",
]


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_text_of_an_export_is_a_formula_and_each_comes_back_as_it_was(admin_client, kind, text):
    clinic = make_clinic("LS1 4AP", name=text, address=text, access_note=text)
    make_physiotherapist((clinic,), name=text, biography=f"{text}")
    for where in (CLINICS, PEOPLE):
        (row,) = exported(admin_client, where, kind)
        for cell in row.values():
            assert not isinstance(cell, str) or cell[:1] not in {*"=+-@\t\r"}
        file = export(admin_client, where, kind)
        assert list(preview(admin_client, where, file, f"x.{kind}").rows) == ["The same"], (where, row)


def test_an_export_of_everything_comes_back_without_a_change(admin_client, kind):
    two_clinics_and_conditions()
    take_in(admin_client, CLINICS, csv_of(ALL_OF_A_CLINIC))
    take_in(admin_client, PEOPLE, csv_of(ALL_OF_A_PERSON))
    same_name = [make_clinic("LS1 4AP", name="Twin Rooms") for _ in range(2)]
    make_physiotherapist(
        (same_name[1], make_clinic("LS1 4AP", name="Semi;colon, Rooms")), phone="+44 113 496 0000"
    )
    make_physiotherapist(visits_from="LS1 4AP", listed=False, checked_on=None, check_due_on=None)
    before = everything()
    for where in (CLINICS, PEOPLE):
        seen = preview(admin_client, where, export(admin_client, where, kind))
        assert list(seen.rows) == ["The same"], seen.rows
    # And into a place where none of it is.
    files = [export(admin_client, where, kind) for where in (PEOPLE, CLINICS)]
    Physiotherapist.objects.all().delete()
    take_in(admin_client, PEOPLE, files[0])
    assert preview(admin_client, PEOPLE, files[0]).rows.keys() == {"The same"}
    volatile = {"id", "created_at", "updated_at", "checked_by_id", "slug"}
    kept = [{k: v for k, v in row.items() if k not in volatile} for row in everything()["Physiotherapist"]]
    was = [{k: v for k, v in row.items() if k not in volatile} for row in before["Physiotherapist"]]
    assert sorted(kept, key=str) == sorted(was, key=str)


def test_every_field_that_editors_fill_in_has_a_column():
    """So that an export leaves nothing out, and a new field is not forgotten."""
    left_out = {
        # Addresses that people have linked to stay; who checked is whoever enters the check.
        Physiotherapist: {"slug", "checked_by", "created_at", "updated_at"},
        Clinic: set(),
    }
    for resource in (PhysiotherapistResource, ClinicResource):
        model = resource._meta.model
        fields = [*model._meta.concrete_fields, *model._meta.many_to_many]
        editable = {field.name for field in fields if field.editable and not field.primary_key}
        assert editable - left_out[model] == resource.fields.keys() - {"id"}


def test_an_export_holds_what_the_list_shows(admin_client):
    make_clinic("LS1 4AP", name="Aire Rooms")
    make_clinic("YO1 7HH", name="Foss House")
    address = f"{CLINICS}export/?q=Foss"
    # The form is sent to where it stands, with the search and the filters of the list.
    forms = page_of(admin_client.get(address)).all("form", method="post", action="")
    assert [form for form in forms if form.all("input", name="format")]
    rows = admin_client.post(address, {"format": "0"}).content.decode("utf-8-sig").splitlines()
    assert [row.split(",")[1] for row in rows] == ["Name", "Foss House"]


def test_sample_listings_leave_only_when_asked_for(admin_client, kind):
    make_clinic("LS1 4AP", name="Real Rooms")
    make_clinic("LS1 4AP", name="Invented Rooms", sample=True)
    assert [row["Name"] for row in exported(admin_client, CLINICS, kind)] == ["Real Rooms"]
    asked = exported(admin_client, CLINICS, kind, with_sample="on")
    assert {row["Name"] for row in asked} == {"Real Rooms", "Invented Rooms"}
    assert "sample" not in {heading.lower() for heading in asked[0]}


def test_where_no_sample_may_be_none_is_exported_even_when_asked(admin_client, settings):
    make_clinic("LS1 4AP", name="Invented Rooms", sample=True)
    settings.SAMPLE_DATA_ALLOWED = False
    assert exported(admin_client, CLINICS, "csv", with_sample="on") == []
    assert not page_of(admin_client.get(f"{CLINICS}export/")).all("input", name="with_sample")


def test_a_text_that_excel_would_cut_off_is_not_exported_to_it(admin_client):
    make_physiotherapist(biography=f"<p>{'word ' * 8000}</p>")
    page = page_of(admin_client.post(f"{PEOPLE}export/", {"format": "1"}))
    assert "Export as CSV instead." in page.one("ul", class_="messagelist").text
    assert list(preview(admin_client, PEOPLE, export(admin_client, PEOPLE, "csv")).rows) == ["The same"]


@pytest.mark.parametrize("query", ["listed__exact=zz", "zz=1", "sample__exact=9"])
def test_a_filter_that_there_is_not_leads_back_to_the_list(admin_client, query):
    make_physiotherapist(name="Ada")
    for ask in (admin_client.get, partial(admin_client.post, data={"format": "0"})):
        answer = ask(f"{PEOPLE}export/?{query}")
        assert (answer.status_code, answer.headers["Location"]) == (302, PEOPLE)
        said = page_of(admin_client.get(PEOPLE)).one("ul", class_="messagelist").text
        assert said == "The list has no such filter. Choose one here, then export."


@pytest.mark.parametrize("sent", [{"format": "9"}, {"format": "x"}, {}])
def test_a_kind_of_file_that_there_is_not_is_told(admin_client, sent):
    page = page_of(admin_client.post(f"{CLINICS}export/", sent | {"with_sample": "on"}))
    assert page.one("title").text.startswith("Error: Export")
    assert page.one("ul", class_="errorlist").text

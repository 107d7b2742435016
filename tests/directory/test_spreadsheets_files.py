"""Files that cannot be imported: each is refused with what to do about it, and nothing is kept of it."""

import io
import struct
import zipfile
from typing import Any
from unittest import mock

import openpyxl
import pytest
from django.test import Client
from openpyxl.utils import get_column_letter

from directory.models import Clinic, Physiotherapist
from directory.spreadsheets.sheet import FOR_ADMIN
from tests.directory.sheets import CLINIC, CLINICS, PEOPLE, csv_of, preview, refused, saved, xlsx_of
from tests.markup import page_of

pytestmark = pytest.mark.django_db


TYPES = "[Content_Types].xml"


@pytest.fixture(autouse=True)
def _nothing_is_kept(admin_client):
    yield
    assert not Clinic.objects.exists()
    assert not Physiotherapist.objects.exists()


def changed_zip(data: bytes, parts: dict[str, bytes] | None = None, without: str = "") -> bytes:
    """A workbook with other or more parts."""
    named = parts or {}
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename not in named and part.filename != without:
                new.writestr(part.filename, old.read(part))
        for name, content in named.items():
            new.writestr(name, content)
    return stream.getvalue()


def sheet_xml(rows: str, after: str = "") -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData>{after}</worksheet>'.encode()


def with_sheet(rows: str, after: str = "") -> bytes:
    return changed_zip(xlsx_of(CLINIC), {"xl/worksheets/sheet1.xml": sheet_xml(rows, after)})


@pytest.mark.parametrize("make", [csv_of, xlsx_of])
@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"Nane": "x", "Postcode": "LS1 4AP"}, "We have no column “Nane”. Did you mean “Name”?"),
        (CLINIC | {"Post code": "x"}, "We have no column “Post code”. Did you mean “Postcode”?"),
        (CLINIC | {"Shoe size": "9"}, "We have no column “Shoe size”. Delete it, or rename it"),
        (CLINIC | {"sample": "yes"}, "We have no column “sample”."),
        ({"": "x"} | CLINIC, "Column A has cells and no heading."),
        ({"Name": "x"}, "There is no column “Postcode”, which is needed."),
        ({"Aire Rooms": "x", "LS1 4AP": "y"}, "The first row must hold the headings"),
    ],
)
def test_a_wrong_heading_is_named_with_the_nearest_right_one(admin_client, make, rows, said):
    assert said in refused(admin_client, CLINICS, make(rows))


def test_every_wrong_heading_is_named_at_once(admin_client):
    said = refused(admin_client, CLINICS, b"Nane,Name,name,Fone,Postcode\nx,x,x,x,x\n")
    assert "“Nane”" in said
    assert "“Fone”" in said
    assert "The column “Name” is there twice." in said


def test_a_file_of_the_other_kind_is_refused(admin_client):
    said = refused(admin_client, PEOPLE, csv_of(CLINIC))
    assert "There is no column “HCPC number”, which is needed." in said


@pytest.mark.parametrize(
    "data",
    [
        changed_zip(xlsx_of(CLINIC), {"xl/vbaProject.bin": b"macro"}),
        changed_zip(xlsx_of(CLINIC), {"xl/macrosheets/sheet1.xml": b"<x/>"}),
        changed_zip(
            xlsx_of(CLINIC),
            {
                TYPES: b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                b'<Override PartName="/xl/workbook.xml" '
                b'ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>'
            },
        ),
    ],
)
@pytest.mark.parametrize("name", ["clinics.xlsm", "clinics.xlsx", "clinics.csv"])
def test_a_workbook_with_macros_is_refused_whatever_its_name(admin_client, data, name):
    said = refused(admin_client, CLINICS, data, name)
    assert "macros" in said
    assert "(.xlsx)" in said


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old kind (.xls), or one that is locked"),
        (b"%PDF-1.7 and so on", "This is no spreadsheet."),
        (b"\x89PNG\r\n\x1a\n", "This is no spreadsheet."),
        (b"<html><table><tr><td>Name</td></tr></table>", "This is a web page or XML"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>", "This is a web page or XML"),
        (b"PK\x03\x04 and no more", "The workbook is damaged"),
        (xlsx_of(CLINIC)[:-400], "The workbook is damaged"),
        (changed_zip(xlsx_of(CLINIC), without="xl/workbook.xml"), "The workbook is damaged"),
        (changed_zip(xlsx_of(CLINIC), without="xl/worksheets/sheet1.xml"), "The workbook has no sheet"),
        (changed_zip(xlsx_of(CLINIC), {"xl/worksheets/sheet1.xml": b"<no"}), "The workbook is damaged"),
        (changed_zip(xlsx_of(CLINIC), without=TYPES), "This is no Excel Workbook (.xlsx)"),
        (b"", "The file is empty."),
        (b" \r\n\t\n", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b",,,\n,,,\n", "The file is empty."),
        (saved(openpyxl.Workbook()), "The file is empty."),
        (b"Name,Postcode\n", "The file has headings and no rows below them."),
        (b"Name,Postcode\n,\n  ,\n", "The file has headings and no rows below them."),
        (xlsx_of({"Name": None, "Postcode": None}), "The file has headings and no rows below them."),
    ],
)
def test_what_is_no_list_of_rows_is_refused(admin_client, data, said):
    assert said in refused(admin_client, CLINICS, data)


class Unread(io.BytesIO):
    """A body that nobody may read."""

    def read(self, *args: Any) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def announcing(size: int) -> dict[str, Any]:
    return {"CONTENT_LENGTH": str(size), "wsgi.input": Unread()}


@pytest.mark.parametrize("size", [200 * 1024 * 1024, FOR_ADMIN.size + 1024 * 1024 + 1])
def test_a_file_of_200_mb_is_refused_before_it_is_read(admin_client, size):
    response = admin_client.post(
        f"{CLINICS}import/",
        b"",
        content_type="multipart/form-data; boundary=x",
        **announcing(size),
    )
    assert response.status_code == 413
    page = page_of(response)
    said = page.one("p", class_="errornote").text
    assert said.startswith("The file is larger than 20 MB.")
    assert "import_listings" in said
    assert page.one("title").text.startswith("Error: ")
    assert page.all("input", type="file")


def test_nobody_who_may_not_import_is_told_more_of_a_large_file():
    sent = announcing(10**9)
    response = Client().post(f"{CLINICS}import/", b"", content_type="multipart/form-data; boundary=x", **sent)
    assert response.status_code == 302


def test_a_file_a_little_too_large_is_refused_too(admin_client):
    data = csv_of(CLINIC) + b"x" * FOR_ADMIN.size
    assert "The file is larger than 20 MB." in refused(admin_client, CLINICS, data)


def bomb(declared: int | None) -> bytes:
    """A workbook whose sheet unpacks to 101 MB; ``declared`` is what it says instead."""
    spaces = b" " * 101 * 1024 * 1024
    data = bytearray(changed_zip(xlsx_of(CLINIC), {"xl/worksheets/sheet1.xml": sheet_xml("") + spaces}))
    if declared is not None:
        true = struct.pack("<L", len(sheet_xml("") + spaces))
        assert data.count(true) == 2
        data = bytearray(bytes(data).replace(true, struct.pack("<L", declared)))
    return bytes(data)


@pytest.mark.parametrize(
    ("declared", "said"), [(None, "unpacks to more than 100 MB"), (1000, "damaged"), (0, "damaged")]
)
def test_a_zip_bomb_is_refused_by_what_it_declares_and_by_what_it_is(admin_client, declared, said):
    data = bomb(declared)
    assert len(data) < 200_000
    with mock.patch("openpyxl.load_workbook", side_effect=AssertionError("it was parsed")):
        assert said in refused(admin_client, CLINICS, data, "clinics.xlsx")


def test_many_small_parts_are_refused_too(admin_client):
    data = changed_zip(xlsx_of(CLINIC), {f"xl/{number}.xml": b"<x/>" for number in range(1000)})
    assert "unpacks to more than" in refused(admin_client, CLINICS, data)


@pytest.mark.parametrize(
    "xml",
    [
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x []><x/>'.encode("utf-16"),
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'.encode("utf-16-le"),
        b" " * (256 * 1024 - 4) + b"<!DOCTYPE x []><x/>",
    ],
)
def test_declarations_that_could_grow_are_refused_before_they_are_parsed(admin_client, xml):
    data = changed_zip(xlsx_of(CLINIC), {"xl/sharedStrings.xml": xml})
    with mock.patch("openpyxl.load_workbook", side_effect=AssertionError("it was parsed")):
        assert "declarations that no spreadsheet needs" in refused(admin_client, CLINICS, data)


def test_a_row_far_below_the_others_is_not_waited_for(admin_client):
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>Name</t></is></c></row><row r="99999999999"><c/></row>'
    assert "a row far below the others" in refused(admin_client, CLINICS, with_sheet(row))


WORDS = "Name,Address,Postcode,Telephone\nCafé Rooms,1 O’Brien’s Way – £5,QQ1 1AA,\n"


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (WORDS.encode(), False),
        (WORDS.encode("utf-8-sig"), False),
        (WORDS.encode("utf-16"), False),
        (b"\xfe\xff" + WORDS.encode("utf-16-be"), False),
        (WORDS.replace(",", "\t").encode("utf-16"), False),
        (WORDS.replace(",", ";").encode(), False),
        (WORDS.replace("\n", "\r\n").encode(), False),
        (WORDS.encode("cp1252"), True),
    ],
)
def test_what_can_be_read_with_certainty_is_read(admin_client, data, note):
    seen = preview(admin_client, CLINICS, data)
    # The postcode is wrong, so that the row is shown and not kept.
    assert seen.wrong == ["2 Café Rooms QQ1 1AA Postcode We do not hold the postcode QQ1 1AA."]
    assert ("It was read as Windows-1252" in seen.text) == note


@pytest.mark.parametrize(
    "data",
    [
        WORDS.encode() + "Ärzte,1 Way,QQ1 1AA,\n".encode("cp1252"),
        "Name,Postcode\nCafé,QQ1 1AA\n".encode("mac_roman"),
        "Name,Postcode\nO’Brien’s,QQ1 1AA\n".encode("mac_roman"),
        "Name,Postcode\nЖ,QQ1 1AA\n".encode("cp1251").replace(b"\xc6", b"\x81"),
        "Name,Postcode\n王秀英,QQ1 1AA\n".encode("gbk"),
        b"\xef\xbb\xbf" + "Name,Postcode\nCafé,QQ1 1AA\n".encode("cp1252"),
        b"\xff\xfe" + "Name,Postcode\nx,QQ1 1AA\n".encode("utf-16-le") + b"\x00\xd8",
    ],
)
def test_what_is_not_certain_is_refused_with_how_to_save_it(admin_client, data):
    said = refused(admin_client, CLINICS, data)
    assert "cannot be read with certainty" in said
    assert "save it as CSV UTF-8" in said
    assert said.startswith(("Line 2 ", "Line 3 "))


@pytest.mark.parametrize(
    "data", [csv_of(CLINIC | {"Name": "A\x00B"}), "Name,Postcode\nx,y\n".encode("utf-16-le"), b"Name,\x00\n"]
)
def test_nul_bytes_are_refused(admin_client, data):
    assert "no text (NUL)" in refused(admin_client, CLINICS, data)


@pytest.mark.parametrize("make", [csv_of, xlsx_of])
def test_ten_thousand_columns_are_refused(admin_client, make):
    data = make({f"Column {number}": "x" for number in range(10_000)})
    assert "Row 1 has more than 100 columns." in refused(admin_client, CLINICS, data)


def test_formatted_columns_that_are_blank_are_no_columns(admin_client):
    cells = "".join(
        f'<c r="{c}1" t="inlineStr"><is><t>{t}</t></is></c>' for c, t in (("A", "Name"), ("B", "Postcode"))
    )
    row = '<row r="2"><c r="A2" t="inlineStr"><is><t>x</t></is></c><c r="XFD2"/></row>'
    seen = preview(admin_client, CLINICS, with_sheet(f'<row r="1">{cells}<c r="XFD1"/></row>{row}'))
    assert "Postcode This field cannot be blank." in " ".join(seen.wrong)


@pytest.mark.parametrize(
    ("data", "row"),
    [
        (b'Name,Postcode\n"Aire Rooms,LS1 4AP\nFoss,YO1 7HH\n', "Row 2"),
        (b'Name,Postcode\nA,LS1 4AP\n"B"C,YO1 7HH\n', "Row 3"),
        (b"Name,Postcode\n" + b"x" * 140_000 + b",LS1 4AP\n", "Row 2"),
    ],
)
def test_a_row_that_is_no_csv_is_named(admin_client, data, row):
    assert refused(admin_client, CLINICS, data).startswith(f"{row} cannot be read")


def test_more_rows_than_the_admin_takes_lead_to_the_command(admin_client, monkeypatch):
    monkeypatch.setattr("directory.spreadsheets.forms.FOR_ADMIN", FOR_ADMIN._replace(rows=30))
    rows = [CLINIC | {"Name": f"Rooms {number}", "Postcode": ""} for number in range(31)]
    said = refused(admin_client, CLINICS, csv_of(*rows))
    assert said.startswith("The file has more than 30 rows.")
    assert "import_listings" in said


def test_merged_cells_are_refused(admin_client):
    book = openpyxl.load_workbook(io.BytesIO(xlsx_of(CLINIC, CLINIC)))
    book.worksheets[0].merge_cells("A2:A3")
    said = refused(admin_client, CLINICS, saved(book))
    assert "Cells are merged on the sheet “Sheet”: A2:A3." in said


def test_merged_cells_of_another_sheet_do_not_matter(admin_client):
    book = openpyxl.load_workbook(io.BytesIO(xlsx_of(CLINIC | {"Postcode": "QQ1 1AA"})))
    book.create_sheet("Notes").merge_cells("A2:A3")
    seen = preview(admin_client, CLINICS, saved(book))
    assert "Only the first was read, “Sheet”." in seen.text
    assert seen.wrong


STYLES = b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


@pytest.mark.parametrize(
    "parts",
    [
        {"xl/worksheets/sheet1.xml": sheet_xml("<row>" + "<c/>" * 1_000_000 + "</row>")},
        {"xl/worksheets/sheet1.xml": sheet_xml("<row>" + "<c/>" * 100_000 + "</row>")},
        {"xl/worksheets/sheet1.xml": sheet_xml("<row><c/></row>" * 2_100_000)},
        {"xl/sharedStrings.xml": b"<sst>" + b"<si/>" * 6_100_000 + b"</sst>"},
        {"xl/styles.xml": STYLES + b"<cellXfs>" + b"<xf/>" * 1_000_000 + b"</cellXfs></styleSheet>"},
        {"xl/workbook.xml": b"<workbook>" + b"<sheet/>" * 60_000 + b"</workbook>"},
        {"xl/worksheets/sheet1.xml": b"<worksheet " + b'aaa="" ' * 1_000_000 + b"/>"},
    ],
)
def test_a_bomb_of_many_elements_is_refused_before_it_is_parsed(admin_client, parts):
    data = changed_zip(xlsx_of(CLINIC), parts)
    assert len(data) < 200_000
    with mock.patch("openpyxl.load_workbook", side_effect=AssertionError("it was parsed")):
        assert "far more parts than any list of listings" in refused(admin_client, CLINICS, data, "x.xlsx")


def test_a_wide_sheet_with_formatted_cells_is_no_bomb(admin_client):
    """What Excel writes of a sheet whose rows are coloured to the last column."""
    blank = "".join(f'<c r="{get_column_letter(column)}2" s="0"/>' for column in range(3, 16_385))
    cells = "".join(
        f'<c r="{c}1" t="inlineStr"><is><t>{t}</t></is></c>' for c, t in (("A", "Name"), ("B", "Postcode"))
    )
    row = f'<row r="2"><c r="A2" t="inlineStr"><is><t>x</t></is></c>{blank}</row>'
    seen = preview(admin_client, CLINICS, with_sheet(f'<row r="1">{cells}</row>{row}'))
    assert "Postcode This field cannot be blank." in " ".join(seen.wrong)

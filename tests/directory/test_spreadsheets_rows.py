"""Rows that are wrong: each is told by row and column, with what to do about it, and nothing is kept."""

from datetime import datetime

import openpyxl
import pytest

from directory.models import Clinic, Physiotherapist
from tests.conditions.editing import clock_at
from tests.directory.sheets import CLINIC, CLINICS, PEOPLE, PERSON, csv_of, preview, saved, send, xlsx_of
from tests.markup import page_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_is_kept(admin_client):
    yield
    assert not Clinic.objects.exists()
    assert not Physiotherapist.objects.exists()


@pytest.mark.parametrize("written", ["A_x0000_B", "A_xD800_B"])
def test_a_character_that_is_none_is_refused_in_its_cell(admin_client, written):
    seen = preview(admin_client, CLINICS, xlsx_of(CLINIC | {"Name": written}))
    assert "Name The cell holds a character that is no text. Type it again." in seen.wrong[0]


@pytest.mark.parametrize("make", [csv_of, xlsx_of])
def test_cells_beyond_the_headings_are_told(admin_client, make):
    data = make(CLINIC).replace(b"LS1 4AP", b"LS1 4AP,stray") if make is csv_of else None
    if data is None:
        book = openpyxl.Workbook()
        book.worksheets[0].append([*CLINIC])
        book.worksheets[0].append([*CLINIC.values(), "stray"])
        data = saved(book)
    seen = preview(admin_client, CLINICS, data)
    assert "The whole row The row has 1 more cells than there are headings." in seen.wrong[0]


def test_rows_of_blanks_are_left_out_and_the_others_keep_their_numbers(admin_client):
    data = b"\r\nName,Postcode\r\n\r\n , \r\nA,QQ1 1AA\r\n,,,\r\nB,QQ1 1AA\r\n"
    told = preview(admin_client, CLINICS, data).wrong
    assert [row[:3] for row in told if row[0].isdigit()] == ["5 A", "7 B"]


IN_ANY_FILE = [
    (
        "Access stated on",
        46027,
        "46027 is the number that Excel keeps for 2026-01-05. Write the date as 2026-01-05",
    ),
    ("Access stated on", "46027", "46027 is the number that Excel keeps for 2026-01-05."),
    ("Access stated on", "5 Jan 26", "“5 Jan 26” is no date. Write it as 2026-01-31 or 31/01/2026."),
    ("Access stated on", "05/01/26", "“05/01/26” is no date."),
    ("Access stated on", "31/02/2026", "There is no day 31/02/2026."),
    ("Steps at the way in", "two", "“two” is not a whole number."),
    ("Steps at the way in", "99999999", "99999999 is too much: 32,767 is the most."),
    ("Steps at the way in", -1, "Ensure this value is greater than or equal to 0."),
    ("Hoist", "perhaps", "“perhaps” is neither yes nor no."),
    ("Parking", "Car park", "“Car park” is not in our list. Did you mean “Own car park”?"),
    ("Parking", "zzz", "Choose from: Own car park; Disabled bay; On the street; None near by."),
    ("ID", 4711, "No clinic has the ID 4711. Leave the ID empty for a new clinic."),
    ("Latitude", 53.8, "Say yes under “Pin set by hand” to use it, or leave it empty."),
    ("Latitude", "nan", "“nan” is not a number of degrees"),
    ("Address", "", "This field cannot be blank."),
    ("Address", "x" * 251, "Ensure this value has at most 250 characters"),
    (
        "Postcode",
        "BT1 5GS",
        "We do not hold exact postcodes for Northern Ireland. Say yes under “Pin set by hand”",
    ),
    ("Postcode", "JE2 3AB", "We do not hold exact postcodes for Jersey. Say yes under “Pin set by hand”"),
    ("Postcode", "TR18 2ZZ", "We do not hold the postcode TR18 2ZZ. Did you mean TR18 2"),
    ("Hoist", "yes", "Say on which day the facts about access were stated."),
]


IN_A_WORKBOOK = [
    ("Name", "=1+1", "The cell holds a formula, which is not worked out here."),
    ("Narrowest door in cm", "=SUM(A1:A2)", "The cell holds a formula"),
    ("Name", "#N/A", "The cell holds an error (#N/A). Type its value instead."),
    ("Telephone", 1134960000, "The cell holds a number, which has lost a 0 or + at its front."),
    ("Telephone", 1134960000.0, "The cell holds a number, which has lost a 0 or + at its front."),
]


@pytest.mark.parametrize(
    ("make", "column", "value", "said"),
    [
        *((make, *case) for make in (csv_of, xlsx_of) for case in IN_ANY_FILE),
        *((xlsx_of, *case) for case in IN_A_WORKBOOK),
    ],
)
def test_a_cell_that_is_wrong_is_told_by_row_and_column(admin_client, make, column, value, said):
    seen = preview(admin_client, CLINICS, make(CLINIC | {"Name": "First"}, CLINIC | {column: value}))
    (told,) = seen.wrong
    assert told.startswith("3 ")
    assert said in told
    assert column in told or "The whole row" in told


def test_dates_may_be_dates(admin_client):
    seen = preview(admin_client, CLINICS, xlsx_of(CLINIC | {"Access stated on": datetime(2026, 1, 5)}))
    assert list(seen.rows) == ["New"]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("HCPC number", "", "Enter the HCPC number: it tells who the row is about."),
        ("HCPC number", "PT1", "PH and one to six digits, such as PH12345."),
        ("Name", "", "This field cannot be blank."),
        (
            "Clinics",
            "Aire Rooms, LS1 4AP",
            "No clinic is listed as “Aire Rooms, LS1 4AP”. Import the clinics first.",
        ),
        ("Clinics", "Aire Rooms", "Write its name, a comma and its postcode"),
        ("Clinics", "ID 7", "No clinic has the ID 7."),
        ("Conditions treated", "neck-ache", "No condition page has the address “neck-ache”."),
        ("Languages", "Klingon", "“Klingon” is not in our list."),
        ("Languages", "English, Welsh", "“English, Welsh” is not in our list."),
        ("Specialisms", "Sport injuries", "Did you mean “Sports injuries”?"),
        ("Registration checked on", "2031-01-01", "That day is still to come."),
        ("Next check due", "2028-01-01", "The next check is due within 12 months of this one."),
        ("Next check due", "2026-01-01", "The next check is due after this one."),
        ("Fee online", "-5", "A fee cannot be less than nothing."),
        ("Fee online", "45.125", "Ensure that there are no more than 2 decimal places."),
        ("Fee online", "1,200", "“1,200” is not a sum of money"),
        ("Website", "javascript://x", "Enter a valid URL."),
        ("E-mail", "ada at example", "Enter a valid email address."),
        ("Home visits", "yes", "Enter the postcode that visits start from."),
    ],
)
def test_a_physiotherapist_who_is_wrong_is_told_as_in_the_form(admin_client, column, value, said):
    with clock_at("2026-11-22 10:00"):
        (told, *more) = preview(admin_client, PEOPLE, csv_of(PERSON | {column: value})).wrong
    assert said in told
    assert not more or column == "Home visits"


def test_unknown_postcodes_are_listed_together_and_can_be_downloaded(admin_client):
    rows = [
        CLINIC | {"Name": f"Rooms {number}", "Postcode": code}
        for number, code in enumerate(["TR18 2ZZ", "LS1 4AP", "tr182zz", "QQ1 1AA", "LS1", "=1+1"])
    ]
    seen = preview(admin_client, CLINICS, csv_of(*rows))
    region = seen.page.one("div", class_="scrolls", aria_labelledby="unknown")
    listed = [row.text for row in region.one("tbody").all("tr")]
    assert [row.rpartition(" TR18 ")[0] or row for row in listed] == ["TR18 2ZZ 2, 4", "QQ1 1AA 5"]
    form = next(form for form in seen.page.all("form") if form.all("input", name="unknown"))
    response = admin_client.post(form["action"], {"unknown": form.one("input", name="unknown")["value"]})
    assert response.headers["Content-Disposition"] == 'attachment; filename="unknown-postcodes.csv"'
    lines = response.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Postcode,Rows,Nearest that we hold"
    assert lines[1].startswith("TR18 2ZZ,2; 4,TR18 2")
    assert lines[2] == "QQ1 1AA,5,"


def test_unknown_bases_of_home_visits_are_listed_too(admin_client):
    visits = {"Home visits": "yes", "Base for home visits": "QQ1 1AA", "Visits homes within miles": 5}
    seen = preview(admin_client, PEOPLE, csv_of({"HCPC number": "PH1", "Name": "Ada"} | visits))
    assert "QQ1 1AA 2" in seen.page.one("div", class_="scrolls", aria_labelledby="unknown").text


@pytest.mark.parametrize("sent", [{}, {"unknown": "nonsense"}])
def test_a_list_that_was_not_given_out_is_not_given_back(admin_client, sent):
    response = admin_client.post(f"{CLINICS}import/unknown-postcodes/", sent)
    assert (response.status_code, response.headers["Location"]) == (302, f"{CLINICS}import/")
    assert admin_client.get(f"{CLINICS}import/unknown-postcodes/").status_code == 405


@pytest.mark.parametrize("sent", [{}, {"upload": "nonsense"}, {"upload": "x" * 100_000}])
def test_nothing_is_confirmed_that_was_not_looked_at(admin_client, sent):
    response = admin_client.post(f"{CLINICS}process_import/", sent)
    assert (response.status_code, response.headers["Location"]) == (302, f"{CLINICS}import/")
    assert admin_client.get(f"{CLINICS}process_import/").status_code == 302


@pytest.mark.parametrize("sent", [{}, {"file": ""}, {"file": "no file"}])
def test_without_a_file_the_form_asks_for_one(admin_client, sent):
    page = page_of(admin_client.post(f"{CLINICS}import/", sent))
    assert page.one("ul", class_="errorlist").text == "This field is required."


def test_duplicate_rows_are_told(admin_client):
    seen = preview(
        admin_client, CLINICS, csv_of(CLINIC, CLINIC | {"Name": "Other"}, CLINIC | {"Name": "aire  ROOMS"})
    )
    assert seen.wrong == [
        "4 aire ROOMS LS1 4AP The whole row Row 2 is about the same clinic. Keep one of the two."
    ]
    people = [{"HCPC number": number, "Name": "Ada"} for number in ("PH1", "PH2", " ph1")]
    assert (
        "4 ph1 Ada The whole row Row 2 is about the same HCPC number."
        in preview(admin_client, PEOPLE, csv_of(*people)).wrong[0]
    )


def test_pages_show_what_is_sent_as_text_only(admin_client):
    evil = "<script>alert(1)</script>"
    for data in (csv_of(CLINIC | {"Name": evil, "Postcode": evil}), csv_of({evil: "x"})):
        assert evil.encode() not in send(admin_client, CLINICS, data, f"{evil}.csv").content


def test_a_code_typed_with_letters_for_figures_is_in_the_list_of_unknown_ones(admin_client):
    """The row says TR18 2ZZ, so the list must."""
    seen = preview(admin_client, CLINICS, csv_of(CLINIC | {"Postcode": "TRI8 2ZZ"}))
    assert "We do not hold the postcode TR18 2ZZ." in seen.wrong[0]
    assert "TR18 2ZZ 2" in seen.page.one("div", class_="scrolls", aria_labelledby="unknown").text


def test_after_many_unknown_postcodes_a_held_one_is_still_found(admin_client, monkeypatch):
    monkeypatch.setattr("directory.spreadsheets.at_hand._SUGGESTIONS", 1)
    rows = [
        CLINIC | {"Name": f"Rooms {number}", "Postcode": code}
        for number, code in enumerate(["TR18 2ZZ", "LSI 4AP", "BT1 5GS", "TRI8 3ZZ", "LS1\n4AP"])
    ]
    seen = preview(admin_client, CLINICS, csv_of(*rows))
    assert [row.split(" ")[0] for row in seen.wrong] == ["2", "4", "5"]
    assert "We do not hold exact postcodes for Northern Ireland." in seen.wrong[1]
    assert "We do not hold the postcode TR18 3ZZ." in seen.wrong[2]


@pytest.mark.parametrize("text", ["1134960000", "113 496 0000", "7700900123", "(113) 496-0000"])
def test_a_telephone_number_that_has_lost_its_nought_is_told(admin_client, text):
    said = preview(admin_client, CLINICS, csv_of(CLINIC | {"Telephone": text})).wrong[0]
    assert "has lost a 0 or + at its front. Set the column to Text, and type it again." in said


@pytest.mark.parametrize("make", [csv_of, xlsx_of])
@pytest.mark.parametrize("day", ["9999-12-31", "2027-01-01"])
def test_a_check_in_days_to_come_is_told_also_without_the_next(admin_client, make, day):
    row = {"HCPC number": "PH12345", "Name": "Ada", "Registration checked on": day}
    with clock_at("2026-11-22 10:00"):
        assert preview(admin_client, PEOPLE, make(row)).wrong == [
            "2 PH12345 Ada Registration checked on That day is still to come. Enter when it was checked."
        ]


def test_a_row_of_a_great_many_clinics_is_refused(admin_client):
    named = "; ".join(f"Rooms {number}, LS1 4AP" for number in range(51))
    said = preview(admin_client, PEOPLE, csv_of(PERSON | {"Clinics": named})).wrong[0]
    assert "The row names 51 clinics: 50 are the most." in said

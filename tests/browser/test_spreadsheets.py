"""An editor sends a spreadsheet, looks at what it would do, corrects it and imports it, by keyboard alone."""

import csv
import io
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import axe_violations

LIST = "/admin/directory/clinic/"
HEADINGS = "Name,Address,Postcode,Telephone\n"


def choose(page: Page, text: str, name: str = "clinics.csv") -> None:
    file = page.get_by_label("CSV file or Excel Workbook")
    file.set_input_files({"name": name, "mimeType": "text/csv", "buffer": text.encode()})
    file.focus()


def press_on(page: Page, label: str) -> None:
    """Tab from where the focus is to a button, and press it."""
    for _ in range(120):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.value ?? document.activeElement.textContent")
        if label in focused:
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"No way to {label} with the tab key.")


def violations(page: Page) -> list[str]:
    # The admin's style sheets import others, which axe would put into the page against its policy.
    return axe_violations(page, {"preload": False})


def test_the_whole_way_by_keyboard(editor_page):
    page = editor_page
    page.goto(LIST)
    page.get_by_role("link", name="Import", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Import clinics")).to_be_visible()
    choose(page, f"{HEADINGS}Keyboard Rooms,1 High Street,TR18 2ZZ,+44 113 496 0001\n")
    press_on(page, "Look at what it would do")
    expect(page).to_have_title("Error: Import clinics | The Physiotherapy Site: editors")
    expect(page.get_by_role("region", name="Wrong")).to_contain_text("We do not hold the postcode TR18 2ZZ.")
    expect(page.get_by_role("region", name="Postcodes that we do not hold")).to_contain_text("TR18 2ZZ")
    page.get_by_role("region", name="Wrong").focus()
    with page.expect_download() as download:
        press_on(page, "Download these postcodes (CSV)")
    assert "TR18 2ZZ" in download.value.path().read_text("utf-8-sig")
    choose(page, f"{HEADINGS}Keyboard Rooms,1 High Street,ZE1 0EN,+44 113 496 0001\n")
    press_on(page, "Look at what it would do")
    expect(page.get_by_text("1 new, 0 changed, 0 the same, 0 wrong.")).to_be_visible()
    press_on(page, "Import 1 row")
    expect(page.get_by_text("Imported from clinics.csv: 1 new")).to_be_visible()
    page.goto(f"{LIST}?q=Keyboard+Rooms")
    page.get_by_role("link", name="Export", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Export", exact=True)).to_be_visible()
    page.get_by_role("radio", name="CSV").focus()
    with page.expect_download() as download:
        press_on(page, "Export")
    (row,) = csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig")))
    assert (row["Name"], row["Telephone"]) == ("Keyboard Rooms", "'+44 113 496 0001")
    page.goto(f"{LIST}import/")
    choose(page, download.value.path().read_text("utf-8-sig"))
    press_on(page, "Look at what it would do")
    expect(page.get_by_role("heading", name="clinics.csv changes nothing")).to_be_visible()


def test_a_file_that_is_too_large_is_not_even_sent(editor_page):
    page = editor_page
    page.goto(f"{LIST}import/")
    choose(page, HEADINGS + "x" * 20 * 1024 * 1024)
    press_on(page, "Look at what it would do")
    said = page.get_by_label("CSV file or Excel Workbook").evaluate("input => input.validationMessage")
    assert said.startswith("The file is larger than 20 MB.")
    expect(page).to_have_title("Import clinics | The Physiotherapy Site: editors")


def test_a_long_file_is_told_of_line_by_line_and_imported(editor_page):
    page = editor_page
    page.goto(f"{LIST}import/")
    choose(page, HEADINGS + "".join(f"Long Rooms {number},x,ZE1 0EN,\n" for number in range(1001)))
    press_on(page, "Look at what it would do")
    expect(page.get_by_role("heading", name="What clinics.csv would do")).to_be_visible()
    expect(page.get_by_role("log")).to_contain_text("1,001 of 1,001 rows looked at")
    expect(page.get_by_text("1,001 new, 0 changed, 0 the same, 0 wrong.")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    press_on(page, "Import 1,001 rows")
    expect(page.get_by_role("log")).to_contain_text("1,001 of 1,001 rows written")
    done = page.get_by_role("status").filter(has_text="Imported from clinics.csv: 1,001 new")
    expect(done).to_be_visible()
    assert violations(page) == []
    done.get_by_role("link", name="Back to the list").click()
    expect(page).to_have_url(re.compile(f"{LIST}$"))


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible(editor_page, width, scheme):
    page = editor_page
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    for path in ("import/", "export/"):
        page.goto(LIST + path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.goto(f"{LIST}import/")
    rows = "Wrong Rooms,x,TR18 2ZZ,x\nNew Rooms,x,ZE1 0EN,\n"
    for text in (HEADINGS + rows, HEADINGS + "New Rooms,x,ZE1 0EN,\n", "Nane\nx\n"):
        choose(page, text)
        page.get_by_role("button", name="Look at what it would do").click()
        assert violations(page) == [], text
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), text

"""Editors of the directory: two at once, history and the way back, duplicates, merging, gaps."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import axe_violations

PEOPLE, CLINICS = "/admin/directory/physiotherapist/", "/admin/directory/clinic/"


def add_clinic(page: Page, name: str, phone: str = "") -> str:
    """The address of its form."""
    page.goto(f"{CLINICS}add/")
    page.get_by_label("Name:").fill(name)
    page.get_by_label("Address:").fill("3 Sample Road, Leeds")
    page.get_by_label("Postcode:").fill("LS1 4AP")
    page.get_by_label("Telephone:").fill(phone)
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    return page.url


def test_two_editors_and_the_way_back(editor_page: Page):
    first = editor_page
    address = add_clinic(first, "Two Editors Rooms")
    second = first.context.new_page()
    second.goto(address)
    second.get_by_label("Name:").fill("Two Editors House")
    first.get_by_label("Telephone:").fill("0113 496 0001")
    first.get_by_role("button", name="Save and continue editing").click()
    second.get_by_role("button", name="Save and continue editing").click()
    expect(second.get_by_text("editor saved this listing while you were at it")).to_be_visible()
    expect(second.get_by_label("Name:")).to_have_value("Two Editors House")
    expect(second.get_by_label("Telephone:")).to_have_value("0113 496 0001")
    assert axe_violations(second) == []
    second.get_by_role("button", name="Save and continue editing").click()
    expect(second.get_by_text("was changed successfully")).to_be_visible()

    second.get_by_role("link", name="History").click()
    expect(second.get_by_role("heading", level=2)).to_have_count(3)
    second.get_by_role("link", name=re.compile("See how it was then")).last.click()
    second.get_by_role("button", name="Restore this state").click()
    expect(second.get_by_text("Restored as it was on")).to_be_visible()
    expect(second.get_by_label("Name:")).to_have_value("Two Editors Rooms")
    expect(second.get_by_label("Telephone:")).to_have_value("")


def test_two_clinics_are_found_to_be_one_and_merged(editor_page: Page):
    page = editor_page
    add_clinic(page, "Merging Rooms")
    add_clinic(page, "Merging Rooms Clinic", "0113 496 0002")
    page.goto(CLINICS)
    page.get_by_role("link", name="Possible duplicates").click()
    pair = page.get_by_role("listitem").filter(has_text="Merging Rooms Clinic")
    pair.get_by_role("link", name="Merge").click()
    assert axe_violations(page) == []
    page.get_by_role("group", name="Name").get_by_label("The other one").check()
    page.get_by_role("button", name="Show what will happen").click()
    assert axe_violations(page) == []
    expect(page.get_by_text("0113 496 0002")).to_be_visible()
    page.get_by_role("button", name="Merge now").click()
    expect(page.get_by_label("Name:")).to_have_value("Merging Rooms Clinic")
    expect(page.get_by_label("Telephone:")).to_have_value("0113 496 0002")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_pages_are_accessible_and_fit(editor_page: Page, browser: Browser, scheme: str, width: int):
    page = editor_page
    page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{PEOPLE}?q=a")
    history = page.locator("th.field-name a").first.get_attribute("href")
    assert history
    for address in (
        "/admin/directory/emptysearch/?start=ls",
        f"{PEOPLE}duplicates/",
        f"{CLINICS}deleted/",
        history.replace("change", "history"),
        "/admin/directory/correction/",
    ):
        page.goto(address)
        expect(page.locator("h1").last).to_be_visible()
        assert axe_violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address

"""The place box with script on: an editable combobox that works by keyboard and says what it does."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import axe_violations


@pytest.fixture
def page(open_page):
    return open_page("/physiotherapists/")


def box(page):
    return page.get_by_role("combobox", name="Postcode or town")


def test_typing_suggests_and_the_arrows_choose(page):
    box(page).press_sequentially("newp")
    options = page.get_by_role("listbox", name="Places").get_by_role("option")
    expect(options.first).to_have_text("Newport, Wales")
    expect(box(page)).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("status")).to_contain_text("places suggested. Use the up and down arrows")
    assert axe_violations(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(box(page)).to_have_attribute("aria-activedescendant", options.nth(1).get_attribute("id"))
    wanted = options.nth(1).inner_text()
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value(wanted)
    expect(page.locator("#search-location-list")).to_be_hidden()
    expect(box(page)).to_be_focused()
    # Enter has chosen, and only the next one sends the form.
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(wanted)


def test_the_last_one_is_an_arrow_up_away(page):
    box(page).press_sequentially("stoke")
    options = page.get_by_role("listbox", name="Places").get_by_role("option")
    expect(options.first).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")


def test_escape_closes_the_list_and_keeps_what_was_typed(page):
    box(page).press_sequentially("lee")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#search-location-list")).to_be_hidden()
    expect(box(page)).to_have_value("lee")
    expect(box(page)).to_have_attribute("aria-expanded", "false")


def test_a_click_or_a_touch_chooses(page):
    box(page).press_sequentially("ls1")
    page.get_by_role("option", name="LS1", exact=True).click()
    expect(box(page)).to_have_value("LS1")
    expect(box(page)).to_be_focused()


def test_nothing_suggested_is_said(page):
    box(page).press_sequentially("qqqq")
    expect(page.get_by_role("status")).to_have_text("No places suggested.")


def test_leaving_the_box_closes_the_list(page):
    box(page).press_sequentially("lee")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator("#search-location-list")).to_be_hidden()


def test_without_a_connection_it_is_a_plain_box(open_page):
    page = open_page("/physiotherapists/", may_log="status of 503")
    page.route("**/places/**", lambda route: route.fulfill(status=503))
    with page.expect_response("**/places/**"):
        box(page).press_sequentially("leeds")
    expect(page.locator("#search-location-list")).to_be_hidden()
    page.locator("#search-form").get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("of Leeds")


def test_several_boxes_on_a_page_do_not_mix(open_page):
    page = open_page("/conditions/neck-pain/", width=360)
    first, second = page.get_by_role("combobox", name="Postcode or town").all()
    second.press_sequentially("york")
    expect(page.get_by_role("option").first).to_be_visible()
    assert second.get_attribute("aria-controls") != first.get_attribute("aria-controls")
    expect(first).to_have_attribute("aria-expanded", "false")

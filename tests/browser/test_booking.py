"""Booking, moving and cancelling as people do: on a phone, without scripts, with the keyboard alone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import axe_violations

RESULTS = "/physiotherapists/?location=Leeds&radius=50&sort=soonest&condition=neck-pain"


def press(page: Page, what: Locator) -> None:
    """With the keyboard: on with Tab until it is reached, and Enter."""
    for _ in range(250):
        page.keyboard.press("Tab")
        if what.evaluate("element => element === document.activeElement"):
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
    pytest.fail(f"the keyboard never reaches {what}")


def click(page: Page, what: Locator) -> None:
    what.click()


def fill_in(page: Page, email: str) -> None:
    page.get_by_label("Your name").fill("Ann Patient")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Telephone number").fill("07700 900123")
    if page.locator("#address").count():
        page.get_by_label("Address for the visit").fill("1 Sample Street\nLeeds LS1 4AP")
    page.get_by_label("I agree").check()


def type_in(page: Page, email: str) -> None:
    """With the keyboard alone."""
    values = {"name": "Ann Patient", "email": email, "phone": "07700 900123", "address": "1 Sample Street"}
    for _ in range(60):
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.name")
        if name == "consent":
            page.keyboard.press("Space")
            return
        if name in values:
            page.keyboard.type(values[name])
    pytest.fail("the keyboard never reaches the box for consent")


def book(
    page: Page, email: str, go: Callable[[Page, Locator], None], fill: Callable[[Page, str], None], seen=None
) -> None:
    """From the results to the last page, with a time that is far enough off to be moved."""
    see = seen or (lambda name: None)
    see("results")
    go(page, page.get_by_role("link", name=re.compile("^Book with")).first)
    see("times")
    go(page, page.locator(".slots button").last)
    expect(page.get_by_role("heading", level=1)).to_have_text("Before you book: is it safe to wait?")
    expect(page.locator(".care-emergency").first).to_contain_text("999")
    see("safety")
    go(page, page.get_by_role("link", name="None is true: go on"))
    see("details")
    if seen:
        go(page, page.get_by_role("button", name="Go on and check"))
        expect(page).to_have_title(re.compile("^Error: "))
        see("details with errors")
    fill(page, email)
    go(page, page.get_by_role("button", name="Go on and check"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Check and confirm")
    expect(page.get_by_text(email)).to_be_visible()
    see("check")
    go(page, page.get_by_role("button", name="Confirm the appointment"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your appointment is booked")
    see("done")


@pytest.mark.parametrize(
    ("how", "go", "fill", "options"),
    [
        ("touch", click, fill_in, {"java_script_enabled": False, "has_touch": True}),
        ("keyboard", press, type_in, {}),
    ],
    ids=["without scripts", "keyboard"],
)
def test_books_moves_and_cancels_on_a_phone(open_page, how, go, fill, options):
    page = open_page(RESULTS, width=360, **options)
    book(page, f"{how}@example.com", go, fill)
    go(page, page.get_by_role("link", name="See, move or cancel it"))
    before = page.locator(".chosen dd").first.inner_text()
    go(page, page.get_by_role("link", name="Move it"))
    expect(page.get_by_text(f"You have {before}.")).to_be_visible()
    go(page, page.locator(".slots button").last)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your appointment")
    after = page.locator(".chosen dd").first.inner_text()
    assert after != before
    go(page, page.get_by_role("link", name="Cancel it"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancel this appointment?")
    go(page, page.get_by_role("button", name="Yes, cancel it"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your appointment is cancelled")
    expect(page.get_by_text(f"It was {after}")).to_be_visible()
    assert page.context.cookies() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_of_the_flow_is_accessible_and_scrolls_one_way_only(open_page, width, scheme):
    page = open_page(RESULTS, width=width, color_scheme=scheme)
    found = {}

    def see(name: str) -> None:
        violations = axe_violations(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            violations.append(f"{wide} px wide")
        if violations:
            found[name] = violations

    book(page, f"axe-{width}-{scheme}@example.com", click, fill_in, see)
    page.get_by_role("link", name="See, move or cancel it").click()
    see("appointment")
    page.get_by_role("link", name="Move it").click()
    see("move")
    page.get_by_role("link", name="Back: keep the time that you have").click()
    page.get_by_role("link", name="Cancel it").click()
    see("cancel")
    page.get_by_role("button", name="Yes, cancel it").click()
    see("cancelled")
    assert found == {}

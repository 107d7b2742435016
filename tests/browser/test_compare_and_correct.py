"""From results to comparing, and telling us that a profile is wrong, as people would."""

import re

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.browser.conftest import axe_violations

RESULTS = "/physiotherapists/?location=London&radius=20"


def wide(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth")


def place_of(element: Locator) -> FloatRect:
    box = element.bounding_box()
    assert box
    return box


def tab_to(page: Page, what: str) -> None:
    """Presses Tab until what has the focus: a condition in JavaScript on ``e``, the focused element."""
    for _ in range(300):
        page.keyboard.press("Tab")
        if page.evaluate(f"(e => {what})(document.activeElement)"):
            return
    raise AssertionError(f"Tab never came to {what}")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("width", [360, 1280])
def test_from_results_to_comparing_and_on_to_a_profile(open_page, width, scripts):
    page = open_page(RESULTS, width=width, java_script_enabled=scripts)
    results = page.locator("#results article")
    names = [results.nth(number).get_by_role("heading").inner_text() for number in (0, 2)]
    for number in (0, 2):
        results.nth(number).get_by_label("Compare").check()
    page.get_by_role("button", name="Compare the chosen").click()
    assert re.search(r"/compare/\?p=[^&]+&p=[^&]+&near=London$", page.url)
    heads = page.locator("table.compare thead th")
    expect(heads).to_have_count(2)
    for number, name in enumerate(names):
        expect(heads.nth(number).get_by_role("link").first).to_have_text(name)
    page.get_by_role("region", name="Add one more").get_by_role("link").first.click()
    expect(heads).to_have_count(3)
    expect(page.get_by_role("heading", name="Add one more")).to_have_count(0)
    page.get_by_role("link", name=f"Remove {names[0]}").click()
    expect(heads).to_have_count(2)
    expect(heads.first.get_by_role("link").first).to_have_text(names[1])
    heads.first.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(names[1])
    page.get_by_role("link", name="Compare with others").click()
    expect(heads).to_have_count(1)
    assert page.context.cookies() == []


def test_comparing_by_keyboard_alone(open_page):
    page = open_page(RESULTS, width=320)
    for _ in range(2):
        tab_to(page, "e.name === 'p'")
        page.keyboard.press("Space")
    tab_to(page, "e.matches('#compare button')")
    page.keyboard.press("Enter")
    expect(page.locator("table.compare thead th")).to_have_count(2)
    tab_to(page, "e.matches('.remove')")
    page.keyboard.press("Enter")
    expect(page.locator("table.compare thead th")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_accessibility_violation_and_no_sideways_scrolling(open_page, width, scheme):
    page = open_page(RESULTS, width=width, color_scheme=scheme)
    slugs = [article.get_attribute("data-slug") for article in page.locator("#results article").all()[:4]]
    profile = f"/physiotherapists/{slugs[0]}/"
    found = {}
    for name, address in {
        "none": "/physiotherapists/compare/",
        "one": f"/physiotherapists/compare/?p={slugs[0]}&near=London",
        "three": "/physiotherapists/compare/?" + "&".join(f"p={slug}" for slug in slugs[:3]),
        "four and one unknown": "/physiotherapists/compare/?p=nobody&"
        + "&".join(f"p={slug}" for slug in slugs),
        "profile": f"{profile}?near=London",
        "condition near a place": "/conditions/neck-pain/?near=London",
        "form": f"{profile}correction/",
        "sent": f"{profile}correction/sent/",
    }.items():
        page.goto(address)
        if violations := axe_violations(page) + ([f"{wide(page)} px wide"] if wide(page) > width else []):
            found[name] = violations
    page.goto(f"{profile}correction/")
    page.get_by_role("button", name="Send the note").click()
    expect(page).to_have_title(re.compile("^Error: "))
    if violations := axe_violations(page) + ([f"{wide(page)} px wide"] if wide(page) > width else []):
        found["form with errors"] = violations
    assert found == {}


def test_on_a_phone_the_values_of_a_row_stand_one_below_the_other_each_with_its_name(open_page):
    page = open_page(RESULTS, width=360)
    slugs = [article.get_attribute("data-slug") for article in page.locator("#results article").all()[:3]]
    page.goto("/physiotherapists/compare/?" + "&".join(f"p={slug}" for slug in slugs))
    cells = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Languages")).locator("td")
    tops = [place_of(cell)["y"] for cell in cells.all()]
    assert len(tops) == 3
    assert tops == sorted(set(tops))
    for cell in cells.all():
        expect(cell.locator(".of-whom")).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 800})
    assert len({place_of(cell)["y"] for cell in cells.all()}) == 1
    expect(cells.first.locator(".of-whom")).not_to_be_visible()


def test_the_table_keeps_its_roles_where_a_phone_lays_it_out_as_blocks(open_page):
    page = open_page(RESULTS, width=320)
    slugs = [article.get_attribute("data-slug") for article in page.locator("#results article").all()[:2]]
    page.goto("/physiotherapists/compare/?" + "&".join(f"p={slug}" for slug in slugs))
    expect(page.get_by_role("table", name="What is known of each")).to_be_visible()
    expect(page.get_by_role("columnheader")).to_have_count(2)
    expect(page.get_by_role("rowheader", name="Languages")).to_be_visible()


# --- Telling us that it is wrong ------------------------------------------------------------------


def open_form(open_page, **options) -> Page:
    page = open_page(RESULTS, **options)
    page.locator("#results h2 a").first.click()
    page.get_by_role("link", name="Tell us if something here is wrong").click()
    return page


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_note_is_sent_and_thanked_for(open_page, scripts):
    page = open_form(open_page, width=320, java_script_enabled=scripts)
    page.get_by_label("What is said about access is wrong").check()
    page.get_by_label("What is wrong?").fill("There are two steps.\nThe lift is broken.")
    page.get_by_role("button", name="Send the note").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you: your note is with us")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you: your note is with us")
    page.get_by_role("link", name=re.compile("^Back to ")).click()
    expect(page.get_by_role("link", name="Tell us if something here is wrong")).to_be_visible()
    assert page.context.cookies() == []


def test_a_note_by_keyboard_alone_with_an_error_on_the_way(open_page):
    page = open_form(open_page, width=320)
    tab_to(page, "e.id === 'message'")
    page.keyboard.type("The fee is £65 now.")
    # The field for programs is never met on the way to the button.
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Send the note"
    page.keyboard.press("Enter")
    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.get_by_role("alert")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    first = page.get_by_label("They do not work there any more")
    expect(first).to_be_focused()
    expect(page.get_by_label("What is wrong?")).to_have_value("The fee is £65 now.")
    page.keyboard.press("Space")
    expect(first).to_be_checked()
    tab_to(page, "e.textContent === 'Send the note'")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you: your note is with us")


def test_everything_that_is_pressed_is_large_enough_for_a_finger(open_page):
    page = open_form(open_page, width=320)
    for label in page.locator(".note-form label:has(input[type=radio])").all():
        assert place_of(label)["height"] >= 44
    assert place_of(page.get_by_role("button", name="Send the note"))["height"] >= 44
    page.goto(RESULTS)
    assert place_of(page.locator("label:has(input[name=p])").first)["height"] >= 44
    slug = page.locator("#results article").first.get_attribute("data-slug")
    page.goto(f"/physiotherapists/compare/?p={slug}")
    for link in page.locator(".remove, #add + ul a").all():
        assert place_of(link)["height"] >= 24

"""Blog, resources and the search in a real browser: by mouse, by keyboard, without scripts, and on paper."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import axe_violations

SHEETS = [
    "ankle-exercises", "down-to-and-up-from-the-floor", "first-appointment-checklist", "knee-exercises",
    "low-back-exercises", "neck-exercises", "pacing-your-day", "pain-diary", "preparing-for-a-home-visit",
    "shoulder-exercises", "upper-back-exercises",
]  # fmt: skip
PAGES = [
    "/blog/", "/blog/hurt-is-not-always-harm/", "/resources/", "/resources/neck-exercises/",
    "/resources/pain-diary/", "/resources/first-appointment-checklist/", "/resources/glossary/",
    "/resources/organisations/", "/search/", "/search/?q=shoulder+blade+pain+at+night",
    "/search/?q=physio+in+leeds", "/search/?q=chest+pain", "/search/?q=sciattica", "/search/?q=qqzxv",
    "/blog/no-such-post/",
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_no_accessibility_violation_and_no_sideways_scrolling(open_page, width, scheme):
    page = open_page(width=width, color_scheme=scheme)
    found = {}
    for path in PAGES:
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if violations := axe_violations(page) + ([f"{wide} px wide"] if wide > width else []):
            found[path] = violations
    assert found == {}


@pytest.mark.parametrize(
    ("path", "name"),
    [("/", "Search the site"), ("/search/", "What are you looking for?"), ("/blog/no-post/", "What are you")],
)
def test_search_box_suggests_and_what_is_chosen_is_searched_for(open_page, path, name):
    page = open_page(path)
    box = page.get_by_role("combobox", name=name)
    box.fill("")
    box.press_sequentially("neck")
    options = page.get_by_role("listbox", name="Names of pages").get_by_role("option")
    expect(options.first).to_have_text("Neck pain")
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("status")).to_contain_text("pages suggested")
    assert axe_violations(page) == []
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", options.first.get_attribute("id"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Search: Neck pain")
    expect(page.locator("#results a").first).to_have_text("Neck pain")


def test_a_click_on_a_suggestion_searches(open_page):
    page = open_page("/blog/", width=320)
    page.get_by_role("combobox", name="Search the site").press_sequentially("sciat")
    page.get_by_role("option", name="Sciatica", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Search: Sciatica")


def test_closed_list_takes_no_room_and_an_open_one_stays_on_the_page(open_page):
    page = open_page("/", width=320)
    listed = page.locator("#site-search-list")
    expect(listed).to_be_hidden()
    page.get_by_role("combobox", name="Search the site").press_sequentially("pain")
    expect(listed).to_be_visible()
    box, around = listed.bounding_box(), page.locator("#site-search").bounding_box()
    assert box
    assert around
    assert box["y"] >= around["y"] + around["height"]
    assert box["x"] >= 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_search_by_keyboard_alone_and_without_scripts(open_page):
    page = open_page("/", java_script_enabled=False)
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.locator("#site-search:focus").count():
            break
    page.keyboard.type("sciattica")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Search: sciattica")
    expect(page.locator("main .notice")).to_contain_text("Showing results for sciatica")
    expect(page.locator("#results a").first).to_have_text("Sciatica")


def test_urgent_words_put_the_emergency_first(open_page):
    page = open_page("/search/?q=chest+pain", width=360)
    card = page.locator(".care-emergency").first
    assert card.bounding_box()["y"] < page.locator("#best").bounding_box()["y"]
    expect(card).to_contain_text("Call 999")


def test_word_leads_to_its_meaning(open_page):
    page = open_page("/blog/hurt-is-not-always-harm/")
    term = page.locator("a.term").first
    anchor = term.get_attribute("href").partition("#")[2]
    term.click()
    page.wait_for_url(re.compile("/resources/glossary/#"))
    expect(page.locator(f"#{anchor}")).to_be_in_viewport()


@pytest.mark.parametrize("slug", SHEETS)
def test_sheet_prints_on_at_most_three_pages_without_what_is_for_the_screen(open_page, slug):
    page = open_page(f"/resources/{slug}/", color_scheme="dark")
    # Drawings come as they are scrolled to; whoever prints has them all.
    for drawing in page.locator("img").all():
        drawing.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    pdf = page.pdf(prefer_css_page_size=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 3
    page.emulate_media(media="print")
    for unwanted in (".site-header", ".breadcrumb", ".more", ".site-footer ul", ".related"):
        assert not page.locator(unwanted).first.is_visible(), unwanted
    assert page.locator(".sheet-address").is_visible()
    # The width of A4 within its margins, at 96 dots an inch.
    page.set_viewport_size({"width": 672, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") <= 672


def test_pain_diary_on_paper_has_each_week_whole_with_room_to_write(open_page):
    page = open_page("/resources/pain-diary/", width=672)
    page.emulate_media(media="print")
    weeks = page.locator(".sheet > section:has(> .fill-in)")
    assert weeks.count() == 3
    for week in weeks.all():
        assert week.evaluate("element => getComputedStyle(element).breakInside") == "avoid"
    cell = weeks.first.locator("tbody td").first.bounding_box()
    # 20 mm by 12 mm.
    assert cell["width"] >= 75
    assert cell["height"] >= 45

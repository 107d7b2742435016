import pytest

from tests.browser.conftest import axe_violations

PAGES = {
    "home": "/",
    "conditions": "/conditions/",
    "area": "/conditions/areas/upper-back/",
    "whole body": "/conditions/areas/whole-body/",
    "condition": "/conditions/upper-back-muscle-pain/",
    "find": "/physiotherapists/",
    "results": "/physiotherapists/?location=London&radius=20",
    "results, filtered": "/physiotherapists/?location=London&radius=50&female=on&condition=neck-pain",
    "home visits": "/physiotherapists/?location=Leeds&home_visits=on",
    "nothing found": "/physiotherapists/?location=Lerwick&radius=1&neuro=on&female=on",
    "several towns": "/physiotherapists/?location=Newport",
    "error": "/physiotherapists/?location=Mancester",
    "no such page": "/physiotherapists/?location=London&page=999",
    "changes": "/conditions/neck-pain/changes/",
    "treatments": "/treatments/",
    "treatment": "/treatments/massage/",
    "about": "/about/",
    "privacy": "/privacy/",
    "accessibility": "/accessibility/",
    "sources": "/sources/",
    "town": "/physiotherapists/in/leeds/",
    "lost": "/conditions/no-such-page/",
}


def addresses(page) -> dict[str, str]:
    page.goto(PAGES["results"])
    profile = page.locator("#results h2 a").first.get_attribute("href")
    return PAGES | {"profile": profile}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_accessibility_violation_and_no_sideways_scrolling(open_page, width, scheme):
    page = open_page(width=width, color_scheme=scheme)
    found = {}
    for name, path in addresses(page).items():
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if violations := axe_violations(page) + ([f"{wide} px wide"] if wide > width else []):
            found[name] = violations
    assert found == {}


def test_a_zoomed_page_at_a_quarter_of_the_width_scrolls_one_way_only(open_page):
    """400% zoom of 1280 px is 320 px wide; text spacing as in WCAG 1.4.12 must cut nothing off."""
    page = open_page(PAGES["condition"], width=320, bypass_csp=True)
    page.add_style_tag(
        content="* { line-height: 1.5 !important; letter-spacing: 0.12em !important;"
        " word-spacing: 0.16em !important; } p { margin-block-end: 2em !important; }"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_printing_leaves_out_what_is_for_the_screen(open_page):
    page = open_page(PAGES["condition"])
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation", name="Main").is_visible()
    assert not page.get_by_role("button", name="Search").first.is_visible()
    assert page.get_by_role("heading", name="Red flags: when to get help").is_visible()
    assert page.locator(".sources .print-only").first.is_visible()

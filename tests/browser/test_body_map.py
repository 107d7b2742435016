"""The body map in a real browser: by mouse, keyboard and touch, with scripts off, and as it is read aloud."""

import re

import pytest
from playwright.sync_api import Page, expect

from conditions.areas import Area

REGIONS = [area for area in Area if area is not Area.WHOLE_BODY]
SIDES = "Parts of the body, front and back"
PLACES = ["/", "/conditions/"]
# The box of each outline of a region, in CSS pixels; a limb has several in one path.
BOXES = """link => {
    const path = link.querySelector("path");
    return path.getAttribute("d").split("Z").filter(part => part.trim()).map(part => {
        const one = document.createElementNS(path.namespaceURI, "path");
        one.setAttribute("d", part + "Z");
        link.append(one);
        const box = one.getBoundingClientRect();
        one.remove();
        return {x: box.x, y: box.y, width: box.width, height: box.height};
    });
}"""
# A point inside of an outline: the middle of its box is inside for every shape of the figure.
MIDDLES = """link => (%s)(link).map(box => [box.x + box.width / 2, box.y + box.height / 2])""" % BOXES  # noqa: UP031


def regions(page: Page):
    return page.get_by_role("list", name=SIDES).get_by_role("link")


def region(page: Page, area: Area):
    return page.get_by_role("list", name=SIDES).get_by_role("link", name=area.label, exact=True)


def colour(link) -> str:
    return link.locator("path").evaluate("path => getComputedStyle(path).fill")


@pytest.mark.parametrize("path", PLACES)
def test_it_is_read_as_a_list_of_links(open_page, path):
    page = open_page(path)
    figure = page.get_by_role("list", name=SIDES)
    expect(figure.get_by_role("listitem")).to_have_count(len(REGIONS))
    # An <a> in a drawing has its name from what the browser makes of it, as a screen reader does.
    names = re.findall(r"- link \"(.*?)\"", figure.aria_snapshot())
    assert names == [area.label for area in REGIONS]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("path", PLACES)
def test_each_outline_leads_to_its_area_by_mouse(open_page, path, scripts):
    page = open_page(path, java_script_enabled=scripts)
    for area in (Area.NECK, Area.LOWER_BACK, Area.KNEE, Area.WRIST_AND_HAND):
        link = region(page, area)
        link.scroll_into_view_if_needed()
        # Without scripts in the page the tests still may ask for positions.
        for x, y in link.evaluate(MIDDLES)[-1:]:
            page.mouse.click(x, y)
        expect(page).to_have_url(re.compile(f"/conditions/areas/{area.value}/$"))
        expect(page.get_by_role("heading", level=1)).to_have_text(area.label)
        page.go_back()


def test_every_region_is_hit_on_both_sides_and_both_halves(open_page):
    page = open_page("/")
    page.get_by_role("list", name=SIDES).scroll_into_view_if_needed()
    for area in REGIONS:
        link = region(page, area)
        hit = [
            page.evaluate(
                "([x, y]) => document.elementFromPoint(x, y)?.closest('a')?.getAttribute('href')", point
            )
            for point in link.evaluate(MIDDLES)
        ]
        assert set(hit) == {f"/conditions/areas/{area.value}/"}, area


def test_the_mouse_lights_up_a_region_on_both_sides_and_names_it(open_page):
    page = open_page("/")
    knee, neck = region(page, Area.KNEE), region(page, Area.NECK)
    before = colour(knee)
    knee.scroll_into_view_if_needed()
    page.mouse.move(*knee.evaluate(MIDDLES)[0])
    assert colour(knee) != before == colour(neck)
    expect(knee.locator("text")).to_be_visible()
    expect(neck.locator("text")).to_be_hidden()


def test_the_list_beside_lights_up_the_region(open_page):
    page = open_page("/")
    before = colour(region(page, Area.KNEE))
    page.locator(".area-list").get_by_role("link", name="Knee").hover()
    assert colour(region(page, Area.KNEE)) != before


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_keyboard_goes_through_it_from_the_head_down(open_page, scripts):
    page = open_page("/", java_script_enabled=scripts)
    page.get_by_role("link", name="Skip the picture").focus()
    for area in REGIONS[:3]:
        page.keyboard.press("Tab")
        expect(region(page, area)).to_be_focused()
    # Where the keyboard is can be seen: the colour of focus, with an ink line around it.
    shoulder = region(page, Area.SHOULDER)
    assert colour(shoulder) == "rgb(255, 221, 0)" != colour(region(page, Area.NECK))
    assert shoulder.locator("path").evaluate("path => getComputedStyle(path).stroke") == "rgb(20, 41, 43)"
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/conditions/areas/shoulder/$"))


def test_the_keyboard_can_skip_it(open_page):
    page = open_page("/")
    page.get_by_role("link", name="Skip the picture").focus()
    expect(page.get_by_role("link", name="Skip the picture")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".area-list a").first).to_be_focused()


@pytest.mark.parametrize("path", PLACES)
def test_fingers_find_every_region_at_320_px(open_page, path):
    page = open_page(path, width=320, has_touch=True, is_mobile=True)
    small = {
        area.value: box
        for area in REGIONS
        for box in region(page, area).evaluate(BOXES)
        if min(box["width"], box["height"]) < 24 or box["x"] < 0 or box["x"] + box["width"] > 320
    }
    assert small == {}


def test_a_tap_opens_the_area(open_page):
    page = open_page("/", width=320, has_touch=True, is_mobile=True)
    elbow = region(page, Area.ELBOW)
    elbow.scroll_into_view_if_needed()
    page.touchscreen.tap(*elbow.evaluate(MIDDLES)[1])
    expect(page).to_have_url(re.compile("/conditions/areas/elbow/$"))


def luminance(colour: str) -> float:
    channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_regions_stand_out_in_both_colour_schemes(open_page, scheme):
    page = open_page("/", color_scheme=scheme)
    ground = page.locator(".door").first.evaluate("door => getComputedStyle(door).backgroundColor")
    knee = region(page, Area.KNEE)
    plain = colour(knee)
    # Parts of a drawing that are needed to understand it: 3 to 1 (WCAG 1.4.11).
    assert contrast(plain, ground) >= 3
    knee.scroll_into_view_if_needed()
    page.mouse.move(*knee.evaluate(MIDDLES)[0])
    assert contrast(colour(knee), ground) > contrast(plain, ground)


# --- The sheet to take away ------------------------------------------------------------------


def condition_addresses(page: Page) -> list[str]:
    page.goto("/conditions/")
    return sorted({link.get_attribute("href") or "" for link in page.locator(".a-to-z-list a.title").all()})


def test_every_condition_prints_on_at_most_four_pages(open_page):
    page = open_page("/")
    addresses = condition_addresses(page)
    assert len(addresses) >= 36
    pages = {}
    for address in addresses:
        page.goto(address)
        printed = page.pdf(prefer_css_page_size=True)
        pages[address] = len(re.findall(rb"/Type\s*/Page\b", printed))
    assert {address: count for address, count in pages.items() if not 1 <= count <= 4} == {}


def test_the_sheet_stands_alone(open_page):
    page = open_page("/conditions/low-back-pain/")
    page.emulate_media(media="print")
    shown = page.locator("body").inner_text()
    for words in (
        "/conditions/low-back-pain/",
        "Not yet clinically reviewed",
        "Call 999 or go to A&E now if:",
        "What you can do yourself",
        "What to expect",
        "https://www.nice.org.uk/guidance/ng59",
        "In an emergency call 999",
        "Last updated",
    ):
        assert words in shown
    for section in ("treatments", "something-else", "causes", "symptoms"):
        expect(page.locator(f"#{section}")).to_be_hidden()
    expect(page.get_by_role("navigation")).to_have_count(0)
    expect(page.get_by_role("button")).to_have_count(0)

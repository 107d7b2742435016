"""The map of results in a real browser: what covers what, by mouse and keyboard, wide and narrow, printed."""

import re
from itertools import combinations

import pytest
from playwright.sync_api import Page, expect

LONDON = "/physiotherapists/?location=London"
PLACES = [
    "London&radius=3",
    "Leeds&radius=50",
    "Penzance&radius=20",
    "Lerwick&radius=50",
    "Belfast",
    "Douglas",
]
# In units of the drawing, as the browser has laid them out.
BOXES = """svg => [...svg.querySelectorAll("text, .pin-head, .map-town, .map-middle")]
    .filter(shape => !(shape.closest(".pin") && shape.matches("text")))
    .map(shape => {
        const box = shape.getBBox();
        return {name: shape.textContent || shape.getAttribute("class"), x: box.x, y: box.y,
                width: box.width, height: box.height};
    })"""
BORDER = "card => getComputedStyle(card).borderColor"
FILL = "pin => getComputedStyle(pin.querySelector('.pin-head')).fill"
GROUNDS = ("map-land", "map-sea", "map-built-up")
WORDS = ("map-city", "map-town-name", "map-village", "map-scale", "map-here")
COLOUR = """([name, tag]) => {
    const shape = document.createElementNS("http://www.w3.org/2000/svg", tag);
    shape.setAttribute("class", name);
    document.querySelector(".map svg > g").append(shape);
    return getComputedStyle(shape).fill;
}"""
IN_VIEW = """element => {
    const box = element.getBoundingClientRect();
    return box.top >= 0 && box.top < innerHeight && box.left >= 0 && box.right <= innerWidth;
}"""


def pins(page: Page):
    return page.locator(".map").get_by_role("link").filter(has_not_text="Skip")


def card_of(page: Page, number: int):
    return page.locator("#results > li").nth(number - 1).locator("article")


def overlapping(boxes: list[dict]) -> list[tuple[str, str]]:
    return [
        (a["name"], b["name"])
        for a, b in combinations(boxes, 2)
        # A line of text is laid out higher than its letters are.
        if a["x"] < b["x"] + b["width"] - 0.5
        and b["x"] < a["x"] + a["width"] - 0.5
        and a["y"] + 3 < b["y"] + b["height"]
        and b["y"] + 3 < a["y"] + a["height"]
    ]


@pytest.mark.parametrize("place", PLACES)
def test_no_name_covers_another_or_a_pin_and_none_is_cut_off(open_page, place):
    page = open_page(f"/physiotherapists/?location={place}", width=360)
    page.evaluate("document.fonts.ready")
    boxes = page.locator(".map svg").evaluate(BOXES)
    assert len(boxes) > 5
    assert overlapping(boxes) == []
    for box in boxes:
        assert box["x"] >= 0, box
        assert box["x"] + box["width"] <= 320, box


def test_pins_are_links_with_names_in_the_order_of_the_list(open_page):
    page = open_page(LONDON)
    names = re.findall(r"link [\"'](\d+): ", page.locator(".map").aria_snapshot().replace("'link", "link"))
    assert names == sorted(names, key=int)
    assert names[0] == "1"
    first = card_of(page, 1).get_by_role("heading").inner_text()
    expect(page.get_by_role("group", name="Map of the results round London")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile(f"^1: {first}, [0-9.]+ miles? away"))).to_have_count(1)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("width", [360, 1280])
def test_a_pin_leads_to_its_card_and_the_card_back(open_page, width, scripts):
    page = open_page(LONDON, width=width, java_script_enabled=scripts, reduced_motion="reduce")
    last = pins(page).last
    slug = last.get_attribute("href")[1:]
    last.click()
    expect(page).to_have_url(re.compile(f"#{slug}$"))
    card = page.locator(f"#{slug}")
    assert card.evaluate(IN_VIEW)
    card.get_by_role("link", name="on map").click()
    expect(page).to_have_url(re.compile(r"#pin-\d+$"))
    assert last.evaluate(IN_VIEW)


def test_card_and_pin_light_each_other_up(open_page):
    page = open_page(LONDON)
    card, pin = card_of(page, 1), page.locator(".pin-1")
    dark_border, plain_fill = card.evaluate(BORDER), pin.evaluate(FILL)
    pin.hover()
    expect(card).not_to_have_css("border-color", dark_border)
    page.mouse.move(0, 0)
    expect(card).to_have_css("border-color", dark_border)
    card.hover()
    assert pin.evaluate(FILL) != plain_fill
    page.mouse.move(0, 0)
    assert pin.evaluate(FILL) == plain_fill
    card.get_by_role("link").first.focus()
    assert pin.evaluate(FILL) != plain_fill
    pin.focus()
    expect(card).not_to_have_css("border-color", dark_border)


def test_the_map_can_be_skipped_by_the_keyboard(open_page):
    page = open_page(LONDON)
    skip = page.get_by_role("link", name="Skip the map")
    skip.focus()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Tab")
    expect(page.locator(".pin-1")).to_be_focused()
    skip.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(card_of(page, 1).get_by_role("link").first).to_be_focused()


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_every_pin_is_large_enough_for_a_finger(open_page, width):
    page = open_page(LONDON, width=width)
    for pin in page.locator(".pin-target").all():
        box = pin.bounding_box()
        assert box["width"] >= 24
        assert box["height"] >= 24


def test_on_a_phone_the_map_is_above_the_list_and_on_a_wide_screen_beside_it(open_page):
    page = open_page(LONDON, width=360)
    figure, results = page.locator(".map").bounding_box(), page.locator("#results").bounding_box()
    assert figure["y"] + figure["height"] <= results["y"]
    page.set_viewport_size({"width": 1280, "height": 800})
    figure, results = page.locator(".map").bounding_box(), page.locator("#results").bounding_box()
    assert figure["x"] >= results["x"] + results["width"]
    assert figure["y"] < results["y"] + 100
    card_of(page, 15).scroll_into_view_if_needed()
    expect(page.locator(".map")).to_be_in_viewport()


def test_it_prints(open_page):
    page = open_page(LONDON)
    page.emulate_media(media="print")
    expect(page.locator(".map svg")).to_be_visible()
    expect(page.get_by_role("link", name="Show").first).not_to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_every_ground(open_page, scheme):
    page = open_page(LONDON, color_scheme=scheme)
    colours = {name: page.evaluate(COLOUR, [name, "rect"]) for name in GROUNDS}
    colours |= {name: page.evaluate(COLOUR, [name, "text"]) for name in WORDS}
    for words in WORDS:
        for ground in GROUNDS:
            assert contrast(colours[words], colours[ground]) >= 4.5, (words, ground)


def contrast(one: str, other: str) -> float:
    """As WCAG 2.2 reckons it, of two colours written rgb(…)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

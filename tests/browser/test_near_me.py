"""The button "Near me" beside the place box, with the browser's position granted, refused and slow."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import axe_violations

LEEDS = {"latitude": 53.797418, "longitude": -1.543794}
GRANTED = {"geolocation": LEEDS, "permissions": ["geolocation"]}
NEW_YORK = {"latitude": 40.712812, "longitude": -74.006015}
INSTEAD = "Type a postcode or town instead."

# Counts what the page asks of the browser; ``answer`` is the body of a function (found, failed, options).
STUB = """
    window.asked = [];
    Object.defineProperty(navigator, "geolocation", { value: {
        getCurrentPosition(found, failed, options) { window.asked.push(options); %s },
        watchPosition() { throw new Error("nobody may be followed"); },
    } });
"""


def button(page: Page):
    return page.get_by_role("button", name="Near me")


def box(page: Page):
    return page.get_by_label("Postcode or town")


def message(page: Page):
    return page.locator(".near-me-message")


@pytest.fixture
def open_stubbed(open_page):
    """Opens a page in a browser whose geolocation answers as told."""

    def open_(path: str, answer: str, **options) -> Page:
        page = open_page("about:blank", **options)
        page.add_init_script(STUB % answer)
        page.goto(path)
        return page

    return open_


def test_pressing_it_searches_from_the_rounded_position(open_page):
    page = open_page("/physiotherapists/", **GRANTED)
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    box(page).fill("York")
    page.get_by_label("Neuro physiotherapy").check()
    page.get_by_label("Distance").select_option("50")
    button(page).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("within 50 miles of your position")
    query = parse_qs(urlsplit(page.url).query, keep_blank_values=True)
    assert query["lat"] == ["53.797"]
    assert query["lng"] == ["-1.544"]
    assert (query["neuro"], query["radius"]) == (["on"], ["50"])
    assert "location" not in query
    assert page.locator("#results article").count() > 0
    # No more of it than that left the browser, in an address, a form or a cookie.
    assert not [address for address in addresses if "53.7974" in address or "1.5437" in address]
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_on_the_way_back_the_box_is_ready_for_a_place(open_page):
    page = open_page("/physiotherapists/", **GRANTED)
    box(page).fill("York")
    button(page).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("your position")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Find a physiotherapist")
    expect(message(page)).to_have_text("")
    box(page).fill("York")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("of York")


def test_results_keep_the_position_until_a_place_is_typed(open_page):
    page = open_page("/physiotherapists/", **GRANTED)
    button(page).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("your position")
    expect(page.get_by_text("We are using your position.")).to_be_visible()
    assert axe_violations(page) == []
    page.goto(page.url + "&radius=50")
    expect(page.get_by_role("heading", level=1)).to_contain_text("within 50 miles of your position")
    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("within 50 miles of your position")
    assert "lat=53.797&lng=-1.544" in page.url
    box(page).fill("York")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("of York")
    # From there no link leads back to the position.
    assert not page.locator("a[href*='lat=']").count()
    assert not page.locator("input[name=lat]").count()


def test_nothing_is_asked_until_it_is_pressed_and_then_once(open_stubbed):
    page = open_stubbed("/physiotherapists/", "")
    expect(button(page)).to_be_visible()
    box(page).click()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("asked.length") == 0
    button(page).click()
    expect(message(page)).to_have_text("Asking your browser where you are…")
    button(page).click()
    button(page).dblclick()
    assert page.evaluate("asked.length") == 1
    # Never an old position, and an end to the waiting.
    options = page.evaluate("asked[0]")
    assert options["maximumAge"] == 0
    assert 5000 <= options["timeout"] <= 15000
    assert not options.get("enableHighAccuracy")


FAILURES = {
    "refused": ("failed({code: 1})", f"Your browser did not let us use your position. {INSTEAD}"),
    "not known": ("failed({code: 2})", "Your browser could not tell where you are. Try again, or type"),
    "time-out": ("failed({code: 3})", "Finding your position took too long. Try again, or type"),
    "New York": (
        "found({coords: {latitude: 40.712812, longitude: -74.006015}})",
        f"You seem to be outside the United Kingdom, where we list people. {INSTEAD}",
    ),
    "no number": (
        "found({coords: {latitude: NaN, longitude: NaN}})",
        f"You seem to be outside the United Kingdom, where we list people. {INSTEAD}",
    ),
}


@pytest.mark.parametrize(("answer", "words"), FAILURES.values(), ids=FAILURES.keys())
def test_what_goes_wrong_leaves_the_box_as_it_was_and_says_what_to_do(open_stubbed, answer, words):
    page = open_stubbed("/physiotherapists/", answer)
    box(page).fill("York")
    button(page).focus()
    page.keyboard.press("Enter")
    expect(message(page)).to_contain_text(words)
    expect(message(page)).to_be_visible()
    expect(message(page)).to_have_attribute("aria-live", "polite")
    assert urlsplit(page.url).query == ""
    expect(box(page)).to_have_value("York")
    expect(box(page)).to_be_enabled()
    expect(button(page)).to_be_focused()
    assert axe_violations(page) == []
    # And it may be tried again.
    page.keyboard.press("Enter")
    assert page.evaluate("asked.length") == 2
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("of York")


def test_a_real_refusal(open_page):
    page = open_page("/physiotherapists/")
    button(page).click()
    expect(message(page)).to_have_text(f"Your browser did not let us use your position. {INSTEAD}")


def test_a_real_position_abroad_does_not_leave_the_browser(open_page):
    page = open_page("/physiotherapists/", geolocation=NEW_YORK, permissions=["geolocation"])
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    box(page).fill("York")
    button(page).click()
    expect(message(page)).to_contain_text("outside the United Kingdom")
    expect(box(page)).to_have_value("York")
    assert not [address for address in addresses if "lat=" in address]


def test_a_browser_without_positions_says_so(open_page):
    page = open_page("about:blank")
    page.add_init_script('Object.defineProperty(navigator, "geolocation", { value: undefined });')
    page.goto("/physiotherapists/")
    button(page).click()
    expect(message(page)).to_have_text(f"Your browser cannot tell us your position. {INSTEAD}")


def test_a_question_that_is_never_answered_comes_to_an_end(open_page):
    page = open_page("about:blank")
    page.clock.install()
    page.add_init_script(STUB % "window.late = found;")
    page.goto("/physiotherapists/")
    button(page).click()
    expect(message(page)).to_have_text("Asking your browser where you are…")
    page.clock.run_for(29_000)
    expect(message(page)).to_have_text("Asking your browser where you are…")
    page.clock.run_for(2_000)
    expect(message(page)).to_contain_text("took too long")
    # An answer that comes after all takes nobody away from what they do now.
    page.evaluate("late({coords: {latitude: 53.797418, longitude: -1.543794}})")
    expect(message(page)).to_contain_text("took too long")
    assert urlsplit(page.url).query == ""
    button(page).click()
    assert page.evaluate("asked.length") == 2


@pytest.mark.parametrize("path", ["/", "/physiotherapists/", "/no-such-page/", "/conditions/neck-pain/"])
def test_without_script_there_is_no_button(open_page, path):
    page = open_page(path, java_script_enabled=False)
    assert page.locator(".near-me").count() > 0
    for near_me in page.locator(".near-me").all():
        expect(near_me).to_be_hidden()
        # Nor a gap where it would be.
        assert near_me.bounding_box() is None


def test_it_is_by_every_place_box_and_keeps_what_comes_with_the_box(open_page):
    page = open_page("/conditions/neck-pain/", width=360, **GRANTED)
    button(page).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("your position")
    query = parse_qs(urlsplit(page.url).query)
    assert (query["condition"], query["lat"]) == (["neck-pain"], ["53.797"])
    for path in ("/", "/no-such-page/"):
        page.goto(path)
        button(page).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("your position")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_it_fits_and_is_large_enough_to_press(open_stubbed, width, scheme):
    for path in ("/physiotherapists/", "/", "/conditions/neck-pain/"):
        page = open_stubbed(path, "failed({code: 3})", width=width, color_scheme=scheme)
        near_me = page.locator(".near-me:visible").first
        near_me.click()
        expect(page.locator(".near-me-message:not(:empty)")).to_be_visible()
        size = near_me.bounding_box()
        assert size
        assert min(size["width"], size["height"]) >= 44
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert axe_violations(page) == []


def test_the_servers_log_has_no_position_and_no_place(open_page, site_log):
    page = open_page("/physiotherapists/", **GRANTED)
    button(page).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("your position")
    page.goto("/physiotherapists/?location=IV27+4TJ&page=99")
    page.goto("/physiotherapists/?lat=58.123&lng=-5.234&page=99")
    log = site_log.read_text()
    assert '"path": "/physiotherapists/", "status": 404' in log
    assert not re.search(r"53\.797|1\.544|58\.123|5\.234|IV27|lat=|lng=|location=", log)

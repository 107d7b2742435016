"""The filters of a search in a real browser: at once with scripts, by the button without, by keyboard."""

import re
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Error, Page, Request, Route, expect

from tests.browser.conftest import axe_violations

LONDON = "/physiotherapists/?location=London&radius=20"


def heading(page: Page):
    return page.get_by_role("heading", level=1)


def tick(page: Page, name: str):
    return page.locator("#search-form").get_by_label(name)


def label(page: Page, name: str) -> str:
    return page.locator("#search-form label", has_text=name).inner_text()


def announced(page: Page):
    """What is read out; the place box has a region of its own."""
    return page.locator("#search-form + [role=status]")


def on(page: Page):
    return page.locator(".filters-on a.tag")


def asked(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def mark(page: Page) -> None:
    page.evaluate("window.isStillThePage = true")


def is_still_the_page(page: Page) -> bool:
    return bool(page.evaluate("window.isStillThePage"))


def searches_asked(page: Page) -> list[str]:
    """The addresses that will have been asked for, but for the icon, which a new address fetches again."""
    addresses: list[str] = []

    def asked_for(request: Request) -> None:
        if "/static/" not in request.url:
            addresses.append(request.url)

    page.on("request", asked_for)
    return addresses


def open_more(page: Page) -> None:
    page.get_by_text("More filters").click()


def number_in(text: str) -> int:
    found = re.search(r"\((\d+)\)", text)
    assert found, text
    return int(found[1])


def results(page: Page) -> int:
    """Of all pages, by the heading."""
    word = heading(page).inner_text().split()[0]
    return 0 if word == "No" else int(word)


@pytest.fixture
def london(open_page) -> Page:
    page = open_page(LONDON)
    mark(page)
    return page


def test_a_tick_applies_at_once_and_keeps_the_page(london):
    female = tick(london, "Female physiotherapists")
    told = number_in(label(london, "Female physiotherapists"))
    neuro = number_in(label(london, "Neuro physiotherapy"))
    female.check()
    expect(heading(london)).to_contain_text("female physiotherapists within 20 miles of London")
    expect(female).to_be_focused()
    assert results(london) == told
    assert asked(london) == {"location": "London", "radius": "20", "female": "on"}
    assert is_still_the_page(london)
    expect(london).to_have_title(re.compile("female physiotherapists within 20 miles of London"))
    expect(announced(london)).to_have_text(heading(london).inner_text())
    expect(on(london)).to_have_text([re.compile("Female physiotherapists")])
    # The other counts have followed.
    assert number_in(label(london, "Neuro physiotherapy")) < neuro
    expect(london.locator("#found")).not_to_have_attribute("aria-busy", "true")
    assert axe_violations(london) == []
    # And the address is that of the same page.
    said, cards = heading(london).inner_text(), london.locator("#results article").count()
    london.reload()
    expect(heading(london)).to_have_text(said)
    expect(london.locator("#results article")).to_have_count(cards)
    expect(female).to_be_checked()


def test_a_list_applies_at_once_and_stays_where_it_is(london):
    open_more(london)
    language = london.get_by_label("Language")
    language.scroll_into_view_if_needed()
    language.focus()
    top = language.bounding_box()["y"]
    option = language.locator("option", has_text="Polish")
    told = number_in(option.inner_text())
    language.select_option("pol")
    expect(heading(london)).to_contain_text("Polish")
    expect(language).to_be_focused()
    expect(language).to_have_value("pol")
    assert abs(language.bounding_box()["y"] - top) <= 1
    assert results(london) == told
    expect(london.get_by_text("More filters (1 on)")).to_be_visible()
    assert asked(london) == {"location": "London", "radius": "20", "language": "pol"}
    # Its own options still tell what each would leave.
    assert number_in(language.locator("option", has_text="Punjabi").inner_text()) > 0
    language.select_option("")
    expect(on(london)).to_have_count(0)
    assert "language" not in asked(london)
    assert is_still_the_page(london)


def test_the_reading_position_is_kept_where_the_text_above_grows(open_page):
    page = open_page(LONDON, width=360)
    mark(page)
    open_more(page)
    price = page.get_by_label("Price of a first appointment")
    price.scroll_into_view_if_needed()
    price.focus()
    top = price.bounding_box()["y"]
    height = heading(page).bounding_box()["height"]
    price.select_option("60")
    expect(heading(page)).to_contain_text("£60")
    assert heading(page).bounding_box()["height"] > height
    assert abs(price.bounding_box()["y"] - top) <= 1


def test_back_and_forward_go_through_the_searches(london):
    first = heading(london).inner_text()
    tick(london, "Female physiotherapists").check()
    expect(heading(london)).to_contain_text("female")
    london.get_by_label("Distance").select_option("5")
    expect(heading(london)).to_contain_text("within 5 miles")
    london.go_back()
    expect(heading(london)).to_contain_text("female physiotherapists within 20 miles")
    expect(london.get_by_label("Distance")).to_have_value("20")
    expect(tick(london, "Female physiotherapists")).to_be_checked()
    london.go_back()
    expect(heading(london)).to_have_text(first)
    expect(tick(london, "Female physiotherapists")).not_to_be_checked()
    expect(on(london)).to_have_count(0)
    london.go_forward()
    expect(heading(london)).to_contain_text("female physiotherapists within 20 miles")
    expect(tick(london, "Female physiotherapists")).to_be_checked()
    assert is_still_the_page(london)
    # From a profile back to the search as it was.
    said = heading(london).inner_text()
    london.locator("#results h2 a").first.click()
    expect(heading(london)).not_to_have_text(said)
    london.go_back()
    expect(heading(london)).to_have_text(said)
    expect(tick(london, "Female physiotherapists")).to_be_checked()


def test_a_link_within_the_page_fetches_nothing(london):
    fetched = searches_asked(london)
    london.evaluate("location.hash = 'results'")
    london.go_back()
    london.wait_for_timeout(300)
    assert fetched == []
    assert is_still_the_page(london)


def test_a_tag_takes_its_filter_away_and_the_focus_goes_on(open_page):
    page = open_page(f"{LONDON}&female=on&home_visits=on&price=80")
    mark(page)
    expect(on(page)).to_have_count(3)
    on(page).filter(has_text="Home visits").focus()
    page.keyboard.press("Enter")
    expect(on(page)).to_have_count(2)
    expect(tick(page, "Home visits")).not_to_be_checked()
    expect(on(page).first).to_be_focused()
    assert asked(page) == {"location": "London", "radius": "20", "female": "on", "price": "80"}
    page.get_by_role("link", name="Clear all").click()
    expect(on(page)).to_have_count(0)
    expect(page.get_by_label("Price of a first appointment")).to_have_value("")
    expect(heading(page)).to_be_focused()
    expect(announced(page)).to_have_text(heading(page).inner_text())
    assert asked(page) == {"location": "London", "radius": "20"}
    assert is_still_the_page(page)


def test_quick_changes_are_one_search(london):
    fetched = searches_asked(london)
    london.evaluate("""for (const name of ["neuro", "female"]) {
        const box = document.querySelector(`[name=${name}]`);
        box.checked = true;
        box.dispatchEvent(new Event("change", { bubbles: true }));
    }""")
    expect(heading(london)).to_contain_text("female neuro")
    assert len(fetched) == 1
    london.go_back()
    expect(heading(london)).not_to_contain_text("neuro")


def test_an_answer_that_comes_late_does_not_undo_a_newer_one(london):
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        held.append(route) if not held else route.continue_()

    london.route("**/physiotherapists/**", hold_the_first)
    tick(london, "Female physiotherapists").check()
    london.wait_for_timeout(400)
    tick(london, "Female physiotherapists").uncheck()
    tick(london, "Neuro physiotherapy").check()
    expect(heading(london)).to_contain_text("neuro")
    with suppress(Error):
        held[0].continue_()
    london.wait_for_timeout(300)
    expect(heading(london)).not_to_contain_text("female")
    assert "female" not in asked(london)
    assert is_still_the_page(london)


@pytest.mark.parametrize("fault", ["no answer", "an error", "another page"])
def test_where_fetching_fails_the_browser_goes_there_itself(open_page, fault):
    page = open_page(LONDON, may_log="Failed to load resource")
    mark(page)

    def fail(route):
        if route.request.resource_type != "fetch":
            route.continue_()
        elif fault == "no answer":
            route.abort()
        else:
            status = 503 if fault == "an error" else 200
            route.fulfill(status=status, content_type="text/html", body="<h1>Sorry</h1>")

    page.route("**/physiotherapists/**", fail)
    tick(page, "Female physiotherapists").check()
    expect(heading(page)).to_contain_text("female physiotherapists within 20 miles of London")
    assert not is_still_the_page(page)
    assert asked(page)["female"] == "on"


def test_a_slow_answer_is_not_waited_for_longer_than_five_seconds(open_page):
    page = open_page("about:blank")
    page.clock.install()
    page.goto(LONDON)
    mark(page)
    page.route(
        "**/physiotherapists/**",
        lambda route: route.continue_() if route.request.resource_type != "fetch" else None,
    )
    tick(page, "Female physiotherapists").check()
    page.clock.run_for(200)
    expect(page.locator("#found")).to_have_attribute("aria-busy", "true")
    page.clock.run_for(4000)
    assert is_still_the_page(page)
    page.clock.run_for(1500)
    expect(heading(page)).to_contain_text("female physiotherapists")
    assert not is_still_the_page(page)


def test_a_place_that_was_typed_meanwhile_is_searched_with_the_filter(london):
    london.get_by_label("Postcode or town").fill("Leeds")
    tick(london, "Female physiotherapists").check()
    expect(heading(london)).to_contain_text("within 20 miles of Leeds")
    expect(heading(london)).to_contain_text("female")


def test_who_is_to_be_compared_stays_chosen(london):
    men = london.locator("#results article", has_text="Female").first
    slug = men.get_attribute("data-slug")
    men.get_by_label("Compare").check()
    tick(london, "Female physiotherapists").check()
    expect(heading(london)).to_contain_text("female")
    expect(london.locator(f"[data-slug={slug}]").get_by_label("Compare")).to_be_checked()


def test_a_first_search_waits_for_its_place(open_page):
    page = open_page("/physiotherapists/")
    tick(page, "Female physiotherapists").check()
    open_more(page)
    page.get_by_label("Condition treated").select_option(index=1)
    page.wait_for_timeout(400)
    assert urlsplit(page.url).query == ""
    page.get_by_label("Postcode or town").fill("Leeds")
    page.keyboard.press("Enter")
    expect(heading(page)).to_contain_text("of Leeds")
    expect(on(page)).to_have_count(2)


@pytest.mark.parametrize("width", [360, 1280])
def test_without_scripts_the_button_applies_the_filters(open_page, width):
    page = open_page(LONDON, width=width, java_script_enabled=False)
    open_more(page)
    page.get_by_label("Language").select_option("pol")
    tick(page, "Female physiotherapists").check()
    expect(heading(page)).not_to_contain_text("Polish")
    page.locator("#search-form").get_by_role("button", name="Search").click()
    expect(heading(page)).to_contain_text("Polish")
    expect(page.get_by_label("Language")).to_be_visible()
    expect(page.get_by_label("Language")).to_have_value("pol")
    on(page).filter(has_text="Female").click()
    expect(on(page)).to_have_text([re.compile("Polish")])
    page.go_back()
    expect(on(page)).to_have_count(2)
    page.get_by_role("link", name="Clear all").click()
    expect(on(page)).to_have_count(0)
    expect(page.get_by_label("Language")).not_to_be_visible()


def tab_to(page: Page, name: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent + document.activeElement.name").startswith(name):
            return
    raise AssertionError(f"no way to {name}")


def test_filters_by_keyboard_alone(london):
    tab_to(london, "home_visits")
    london.keyboard.press("Space")
    expect(heading(london)).to_contain_text("visit")
    tab_to(london, "More filters")
    london.keyboard.press("Enter")
    tab_to(london, "evenings")
    london.keyboard.press("Space")
    expect(on(london)).to_have_count(2)
    expect(tick(london, "Evenings")).to_be_focused()
    tab_to(london, "Home visits")
    london.keyboard.press("Enter")
    expect(on(london)).to_have_count(1)
    expect(on(london)).to_be_focused()
    london.keyboard.press("Enter")
    expect(on(london)).to_have_count(0)
    expect(heading(london)).to_be_focused()
    assert asked(london) == {"location": "London", "radius": "20"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_open_filters_are_accessible_and_fit(open_page, width, scheme):
    page = open_page("/physiotherapists/", width=width, color_scheme=scheme)
    found = {}
    for path in (
        "/physiotherapists/",
        LONDON,
        f"{LONDON}&female=on&home_visits=on&price=80&condition=neck-pain",
        "/physiotherapists/?location=Leeds&language=yor&weekends=on&hoist=on&insurer=simplyhealth&price=40",
    ):
        page.goto(path)
        if not page.get_by_label("Language").is_visible():
            open_more(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if violations := axe_violations(page) + ([f"{wide} px wide"] if wide > width else []):
            found[path] = violations
        for target in page.locator(
            "#search-form label:has(input), .filters-on a, .more-filters summary"
        ).all():
            assert target.bounding_box()["height"] >= 44, target.inner_text()
    assert found == {}

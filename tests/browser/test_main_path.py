"""From a condition page to a physiotherapist near by, as a person would go."""

import re

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("width", [360, 1280])
def test_from_the_page_on_upper_back_pain_to_a_profile(open_page, width, scripts):
    page = open_page("/", width=width, java_script_enabled=scripts)
    page.get_by_role("link", name="Upper back muscle pain").click()
    box = page.locator(".find-box:visible").first
    box.get_by_label("Postcode or town").fill("ls1 4ap")
    box.get_by_label("Female physiotherapists").check()
    box.get_by_role("button", name="Search").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("female physiotherapist")
    expect(heading).to_contain_text("upper back muscle pain within 10 miles of LS1 4AP")
    page.get_by_label("Distance").select_option("20")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(heading).to_contain_text("within 20 miles of LS1 4AP")
    expect(page.get_by_label("Female physiotherapists")).to_be_checked()
    results = page.locator("#results article")
    miles = [float(article.get_attribute("data-miles")) for article in results.all()]
    assert miles
    assert miles == sorted(miles)
    name = results.first.get_by_role("heading").inner_text()
    results.first.get_by_role("link", name="View profile").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_text("Sample listing.")).to_be_visible()


def test_the_whole_path_by_keyboard_alone(open_page):
    page = open_page("/conditions/neck-pain/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the main text")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "location":
            break
    page.keyboard.type("Penzance")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Near me")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Penzance, Cornwall")
    assert "home_visits=on" in page.url


def test_pages_of_results_follow_one_another(open_page):
    page = open_page("/physiotherapists/?location=London&radius=50")
    expect(page.locator("#results article")).to_have_count(20)
    first = page.locator("#results article").first.get_attribute("data-slug")
    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_text(re.compile("Page 2"))).to_be_visible()
    assert page.locator("#results article").first.get_attribute("data-slug") != first
    page.go_back()
    assert page.locator("#results article").first.get_attribute("data-slug") == first


def test_another_town_of_the_name_keeps_the_filters(open_page):
    page = open_page("/physiotherapists/?location=Newport&radius=30&female=on")
    page.get_by_role("link", name="Newport, Isle of Wight").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("within 30 miles of Newport, Isle of Wight")
    expect(page.get_by_label("Female physiotherapists")).to_be_checked()


def test_an_error_takes_the_focus_and_leads_to_the_field(open_page):
    page = open_page("/physiotherapists/")
    page.get_by_label("Postcode or town").fill("Mancester")
    page.get_by_label("Neuro physiotherapy").check()
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link", name=re.compile("We cannot find")).click()
    field = page.get_by_label("Postcode or town")
    expect(field).to_be_focused()
    expect(field).to_have_value("Mancester")
    expect(page.get_by_label("Neuro physiotherapy")).to_be_checked()
    page.get_by_role("link", name="Manchester", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("of Manchester")

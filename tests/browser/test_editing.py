"""An editor changes a page in the admin, and readers see it at once."""

import re

from playwright.sync_api import expect


def test_an_editor_changes_a_live_page(editor_page, open_page):
    page = editor_page
    page.goto("/admin/conditions/condition/")
    page.get_by_role("link", name="Low back pain").click()
    page.get_by_role("button", name="Edit the text").click()
    overview = page.locator(".field-overview [role=textbox]")
    overview.click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("These words are new. ")
    page.get_by_role("button", name="Save and preview").first.click()
    expect(page.get_by_text("Readers cannot see this draft version")).to_be_visible()
    expect(page.locator("main")).to_contain_text("These words are new.")
    reader = open_page("/conditions/low-back-pain/")
    expect(reader.locator("main")).not_to_contain_text("These words are new.")
    page.get_by_role("link", name="Back to the form").click()
    page.get_by_role("button", name="Save and publish").first.click()
    expect(page.get_by_text("is published and live")).to_be_visible()
    reader.reload()
    expect(reader.locator("main")).to_contain_text("These words are new.")


def test_an_editor_writes_a_new_page_with_every_part(editor_page, open_page):
    page = editor_page
    page.goto("/admin/conditions/condition/")
    page.locator(".object-tools a").click()
    page.locator("#id_title").fill("Stiff thumb")
    page.locator("#id_title").blur()
    expect(page.locator("#id_slug")).to_have_value("stiff-thumb")
    page.get_by_label("Wrist and hand").check()
    page.get_by_label("Summary:").fill("A thumb that does not bend well.")
    page.locator(".field-overview [role=textbox]").click()
    page.keyboard.type("It is stiff.")
    page.locator("#red_flags-group .add-row a").click()
    page.locator("#id_red_flags-0-urgency").select_option("urgent")
    page.locator("#id_red_flags-0-heading").fill("Get help from NHS 111 if:")
    page.locator("#id_red_flags-0-items").fill("your thumb is hot and swollen\nyou feel unwell too")
    page.locator("#treatments-group .add-row a").click()
    page.locator("#id_treatments-0-name").fill("Exercises")
    page.locator("#id_treatments-0-evidence").select_option("mixed")
    page.locator("#treatments-0 [role=textbox]").click()
    page.keyboard.type("Bend and stretch.")
    page.get_by_role("button", name="Save and publish").last.click()
    expect(page.get_by_text("is published and live")).to_be_visible()
    reader = open_page("/conditions/stiff-thumb/")
    expect(reader.get_by_role("heading", name="Get help from NHS 111 if:")).to_be_visible()
    expect(reader.get_by_role("listitem").filter(has_text="your thumb is hot and swollen")).to_be_visible()
    expect(reader.get_by_text("Mixed evidence")).to_be_visible()
    expect(reader.get_by_text("Bend and stretch.")).to_be_visible()


def test_a_form_with_a_mistake_keeps_everything_typed(editor_page):
    page = editor_page
    page.goto("/admin/conditions/conditionversion/add/")
    page.locator("#id_title").fill("Sore heel")
    page.get_by_label("Summary:").fill("A heel that hurts.")
    page.locator(".field-overview [role=textbox]").click()
    page.keyboard.type("It hurts.")
    page.locator("#red_flags-group .add-row a").click()
    page.locator("#id_red_flags-0-urgency").select_option("gp")
    page.locator("#id_red_flags-0-heading").fill("See a GP")
    page.locator("#id_red_flags-0-items").fill("it lasts")
    page.get_by_role("button", name="Save draft").first.click()
    expect(page.get_by_text("End the heading with “if:”")).to_be_visible()
    expect(page.locator("#id_title")).to_have_value("Sore heel")
    expect(page.locator(".field-overview [role=textbox]")).to_have_text("It hurts.")
    expect(page.locator("#id_red_flags-0-items")).to_have_value("it lasts")


def test_a_clinic_and_a_physiotherapist_are_listed_and_found(editor_page, open_page):
    page = editor_page
    page.goto("/admin/directory/clinic/add/")
    page.get_by_label("Name:").fill("Harbour Rooms")
    page.get_by_label("Address:").fill("1 Sample Quay, Lerwick")
    page.get_by_label("Postcode:").fill("ZE1 0ZZ")
    page.get_by_role("button", name="Save", exact=True).click()
    offer = page.get_by_text("We do not hold the postcode ZE1 0ZZ. Did you mean")
    expect(offer).to_be_visible()
    known = re.search(r"Did you mean (ZE1 \w{3})", offer.inner_text())
    assert known
    page.get_by_label("Postcode:").fill(known[1])
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/admin/directory/physiotherapist/add/")
    page.get_by_label("Name:").fill("Test Person")
    page.get_by_label("HCPC number:").fill("PH1")
    page.get_by_label("Gender:").select_option("female")
    page.get_by_label("Neuro physiotherapy").check()
    page.locator(".field-clinics .select2-selection").click()
    page.locator(".select2-search__field").last.press_sequentially("Harbour Rooms")
    page.get_by_role("option", name=re.compile("Harbour Rooms")).click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    reader = open_page("/physiotherapists/?location=Lerwick&neuro=on&female=on&radius=5")
    expect(reader.locator("#results article").filter(has_text="Test Person")).to_be_visible()

"""An editor changes a page in the admin, and readers see it at once."""

import re
from datetime import date

from playwright.sync_api import Dialog, Page, expect


def publish_unsigned(page: Page) -> None:
    page.locator(".step-buttons").get_by_role("link", name="Publish").click()
    page.get_by_label("Publish without a signature").check()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("is published and live")).to_be_visible()


def test_an_editor_changes_a_live_page(editor_page, open_page):
    page = editor_page
    page.goto("/admin/conditions/page/")
    page.get_by_role("link", name="Low back pain").click()
    page.get_by_role("button", name="Edit the text").click()
    overview = page.locator(".field-overview [role=textbox]")
    overview.click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("These words are new. ")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Preview without saving").first.click()
    preview = opened.value
    expect(preview.get_by_text("Readers cannot see this draft version, and it is not saved")).to_be_visible()
    expect(preview.locator("main")).to_contain_text("These words are new.")
    preview.close()
    page.get_by_role("button", name="Save draft").first.click()
    expect(page.get_by_text("is saved. Readers do not see it yet")).to_be_visible()
    reader = open_page("/conditions/low-back-pain/")
    expect(reader.locator("main")).not_to_contain_text("These words are new.")
    publish_unsigned(page)
    reader.reload()
    expect(reader.locator("main")).to_contain_text("These words are new.")


def test_an_editor_writes_a_new_page_with_every_part(editor_page, open_page):
    page = editor_page
    page.goto("/admin/conditions/redflagcard/add/")
    page.get_by_label("Name:").fill("Thumb, urgent")
    page.get_by_label("Urgency:").select_option("urgent")
    page.get_by_label("Heading:").fill("Get help from NHS 111 if:")
    page.get_by_label("Items:").fill("your thumb is hot and swollen\nyou feel unwell too")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/admin/conditions/page/")
    page.get_by_role("link", name="Write a condition page").click()
    page.locator("#id_title").fill("Stiff thumb")
    page.locator("#id_title").blur()
    expect(page.locator("#id_slug")).to_have_value("stiff-thumb")
    page.get_by_label("Wrist and hand").check()
    page.get_by_label("Summary:").fill("A thumb that does not bend well.")
    page.locator(".field-overview [role=textbox]").click()
    page.keyboard.type("It is stiff.")
    page.locator("#red_flags-group .add-row a").click()
    page.locator("#red_flags-0 .select2-selection").click()
    page.locator(".select2-search__field").last.press_sequentially("Thumb")
    page.get_by_role("option", name="Thumb, urgent").click()
    page.locator("#treatments-group .add-row a").click()
    page.locator("#id_treatments-0-name").fill("Exercises")
    page.locator("#id_treatments-0-evidence").select_option("mixed")
    page.locator("#treatments-0 .ProseMirror[role=textbox]").click()
    page.keyboard.type("Bend and stretch.")
    page.get_by_role("button", name="Save draft").last.click()
    publish_unsigned(page)
    reader = open_page("/conditions/stiff-thumb/")
    expect(reader.get_by_role("heading", name="Get help from NHS 111 if:")).to_be_visible()
    expect(reader.get_by_role("listitem").filter(has_text="your thumb is hot and swollen")).to_be_visible()
    expect(reader.get_by_text("Mixed evidence")).to_be_visible()
    expect(reader.get_by_text("Bend and stretch.")).to_be_visible()


def test_a_form_with_a_mistake_keeps_everything_typed(editor_page):
    page = editor_page
    page.goto("/admin/conditions/version/add/")
    page.locator("#id_title").fill("Sore heel")
    page.get_by_label("Summary:").fill("A heel that hurts.")
    page.locator(".field-overview [role=textbox]").click()
    page.keyboard.type("It hurts.")
    page.locator("#causes-group .add-row a").click()
    page.locator("#causes-0 .ProseMirror[role=textbox]").click()
    page.keyboard.type("From running.")
    page.get_by_role("button", name="Save draft").first.click()
    expect(page.get_by_text("Choose at least one part of the body")).to_be_visible()
    expect(page.locator("#id_title")).to_have_value("Sore heel")
    expect(page.locator(".field-overview [role=textbox]")).to_have_text("It hurts.")
    expect(page.locator("#causes-0 .ProseMirror[role=textbox]")).to_have_text("From running.")


def test_leaving_a_form_with_unsaved_changes_asks_first(editor_page):
    page = editor_page
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.goto("/admin/conditions/redflagcard/")
    page.goto("/admin/conditions/version/add/")
    page.locator("#id_title").fill("Not saved")
    page.get_by_role("link", name="Pages", exact=True).first.click(no_wait_after=True)
    expect(page.locator("#id_title")).to_have_value("Not saved")
    assert asked == ["beforeunload"]
    page.locator("#id_title").fill("")
    page.get_by_role("link", name="Pages", exact=True).first.click()
    expect(page).to_have_url(re.compile("/admin/conditions/page/"))


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
    page.get_by_label("Registration checked on:").fill(date.today().isoformat())
    page.get_by_label("Gender:").select_option("female")
    page.get_by_label("Neuro physiotherapy").check()
    page.locator(".field-clinics .select2-selection").click()
    page.locator(".select2-search__field").last.press_sequentially("Harbour Rooms")
    page.get_by_role("option", name=re.compile("Harbour Rooms")).click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    reader = open_page("/physiotherapists/?location=Lerwick&neuro=on&female=on&radius=5")
    expect(reader.locator("#results article").filter(has_text="Test Person")).to_be_visible()

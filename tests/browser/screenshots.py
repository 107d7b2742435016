"""`make screenshots`: the pictures of docs/editing.md and README.md, taken anew from the running site."""

import tempfile
from pathlib import Path

# First of all: the tests' own settings, which the site's process needs too.
from tests import environment  # noqa: F401  # isort: skip

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.site_process import PASSWORD, ROOT, running_site
from tests.tools import find_tool

PICTURES = ROOT / "docs" / "img"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]


def main() -> None:
    chromium = find_tool("chromium")
    if not chromium:
        raise SystemExit("Chromium is not installed: install it (Debian, Ubuntu: apt install chromium).")
    PICTURES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_site(Path(folder)) as (address, _),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        take_all(browser, address)
        browser.close()


def take_all(browser: Browser, address: str) -> None:
    page = browser.new_page(base_url=address, viewport={"width": 1280, "height": 800}, locale="en-GB")
    page.goto("/conditions/upper-back-muscle-pain/")
    take(page, "condition")
    page.goto("/admin/")
    page.get_by_label("Username").fill("editor")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    take(page, "work-queue")
    page.goto("/admin/conditions/page/")
    take(page, "pages")
    page.get_by_role("link", name="Neck pain").click()
    take(page, "page")
    page.get_by_role("button", name="Edit the text").click()
    page.locator(".field-overview .ProseMirror[role=textbox]").wait_for()
    take(page, "draft")
    page.locator("#id_summary").fill("Pain or stiffness in the neck. It usually eases within weeks.")
    page.get_by_role("button", name="Save and send to review").first.click()
    page.get_by_role("link", name="Open the draft").click()
    page.get_by_role("link", name="Sign as clinical reviewer").click()
    take(page, "sign")
    page.get_by_role("link", name="Back", exact=True).click()
    page.locator(".step-buttons").get_by_role("link", name="Publish").click()
    take(page, "publish")
    page.get_by_label("Publish without a signature").check()
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("button", name="Compare the two").click()
    take(page, "compare")
    page.goto("/admin/conditions/redflagcard/")
    page.get_by_role("link", name="Neck: emergency").click()
    take(page, "red-flag-card")


def take(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.jpg", type="jpeg", quality=70)


if __name__ == "__main__":
    main()

"""A page's whole way: written, checked, signed, changed, signed anew, published in time, put back."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site_process import PASSWORD, ROOT

PEOPLE = {"ed": "Editor", "rita": "Clinical reviewer", "pat": "Publisher"}


@pytest.fixture(scope="module")
def people(site_environment) -> None:
    """Somebody in each group, made by the command line as an operator would."""
    code = "\n".join(
        [
            "from django.contrib.auth.models import Group, User",
            f"for name, group in {PEOPLE!r}.items():",
            f"    user = User.objects.create_user(name, password={PASSWORD!r}, is_staff=True)",
            "    user.groups.add(Group.objects.get(name=group))",
        ]
    )
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", code],
        cwd=ROOT,
        env=site_environment,
        check=True,
        capture_output=True,
    )


def sign_in(open_page, name: str) -> Page:
    page = open_page("/admin/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    return page


def open_draft(page: Page, title: str) -> None:
    page.goto("/admin/conditions/page/")
    page.get_by_role("link", name=title).click()
    page.get_by_role("link", name="Open the draft").click()


def sign(page: Page, title: str) -> None:
    open_draft(page, title)
    page.get_by_role("link", name="Sign as clinical reviewer").click()
    page.get_by_label("Your name").fill("Rita Example")
    page.get_by_label("Profession").fill("Physiotherapist")
    page.get_by_label("Registration number").fill("PH999999")
    page.get_by_label("What you checked").fill("All of it")
    page.get_by_role("button", name="Sign these words").click()
    expect(page.get_by_text("Signed by Rita Example")).to_be_visible()


def test_from_a_draft_to_a_signed_page_and_back(open_page, people, site_environment):
    editor, reviewer, publisher = (sign_in(open_page, name) for name in PEOPLE)

    editor.goto("/admin/conditions/page/")
    editor.get_by_role("link", name="Neck pain").click()
    editor.get_by_role("button", name="Edit the text").click()
    editor.locator("#id_summary").fill("A first new summary.")
    editor.get_by_role("button", name="Save and send to review").first.click()
    expect(editor.get_by_text("Saved, and sent to the clinical reviewers")).to_be_visible()

    sign(reviewer, "Neck pain")

    open_draft(editor, "Neck pain")
    editor.locator("#id_summary").fill("A second new summary.")
    editor.locator("#id_note").fill("A new summary")
    editor.get_by_role("button", name="Save draft").first.click()
    expect(editor.get_by_text("does not hold any more")).to_be_visible()

    sign(reviewer, "Neck pain")

    open_draft(publisher, "Neck pain")
    publisher.locator(".step-buttons").get_by_role("link", name="Publish").click()
    publisher.locator("#id_at_0").fill("01/01/2099")
    publisher.locator("#id_at_1").fill("09:00")
    publisher.get_by_role("button", name="Publish").click()
    expect(publisher.get_by_text("is published for 09:00 on 01/01/2099")).to_be_visible()
    reader = open_page("/conditions/neck-pain/")
    expect(reader.locator("main")).not_to_contain_text("A second new summary.")

    let_the_time_pass(site_environment)
    reader.reload()
    expect(reader.locator("main")).to_contain_text("A second new summary.")
    expect(reader.get_by_text("Clinically reviewed by Rita Example, Physiotherapist")).to_be_visible()
    reader.get_by_role("link", name="What has changed on this page").click()
    expect(reader.get_by_text("A new summary", exact=True)).to_be_visible()
    reader.get_by_text("What changed since the version before").click()
    expect(reader.locator("ins").filter(has_text="A second new summary.")).to_be_visible()

    editor.goto("/admin/conditions/page/")
    editor.get_by_role("link", name="Neck pain").click()
    editor.get_by_role("row").last.get_by_role("button", name="Restore as a draft").click()
    expect(editor.get_by_text("This is a new draft with the earlier words")).to_be_visible()
    open_draft(publisher, "Neck pain")
    publisher.locator(".step-buttons").get_by_role("link", name="Publish").click()
    publisher.get_by_label("Publish without a signature").check()
    publisher.get_by_role("button", name="Publish").click()
    expect(publisher.get_by_text("is published and live")).to_be_visible()
    # A browser may show what it has for ten seconds more, unless it is asked to load the page anew.
    reader.goto("/conditions/neck-pain/")
    reader.reload()
    expect(reader.locator("main")).not_to_contain_text("A second new summary.")
    expect(reader.get_by_text(re.compile("Not yet clinically reviewed"))).to_be_visible()


def let_the_time_pass(environment: dict[str, str]) -> None:
    """The clock is the machine's; the appointed time is what can be moved."""
    code = (
        "from conditions.models import Version; from django.utils import timezone; "
        "assert Version.objects.filter(publish_at__year=2099).update(publish_at=timezone.now()) == 1"
    )
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", code],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
    )

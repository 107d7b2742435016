"""Signing in where a second factor is demanded: first and later, by keyboard, and without scripts."""

import subprocess
import sys
from base64 import b32decode
from typing import Any
from zlib import crc32

import pytest
from playwright.sync_api import Page, expect

from tests.accounts.people import phone_code
from tests.browser.conftest import axe_violations
from tests.browser.site_process import PASSWORD, ROOT, running_site
from tests.tools import require_tool


@pytest.fixture(scope="module")
def strict_site(tmp_path_factory, shared_folder):
    require_tool("chromium")
    folder = tmp_path_factory.mktemp("strict-site")
    with running_site(folder, shared_folder, SECOND_FACTOR="on") as running:
        yield running


@pytest.fixture(scope="module")
def site(strict_site) -> str:
    return strict_site[0]


@pytest.fixture
def person(strict_site, request) -> str:
    """Somebody who has never signed in."""
    name = f"ann-{crc32(request.node.name.encode()):x}"
    command = ["createsuperuser", "--noinput", "--username", name, "--email", "ann@example.com"]
    done = subprocess.run(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=strict_site[1], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return name


def press_on(page: Page, role: Any, name: str) -> None:
    """With the keyboard alone: Tab until it has the focus, then Enter."""
    target = page.get_by_role(role, name=name)
    expect(target).to_be_visible()
    for _ in range(300):
        if target.evaluate("element => element === document.activeElement"):
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {name}.")


def type_into(page: Page, label: str, text: str) -> None:
    field = page.get_by_label(label, exact=True)
    expect(field).to_be_visible()
    for _ in range(300):
        if field.evaluate("element => element === document.activeElement"):
            page.keyboard.type(text)
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {label}.")


def give_password(page: Page, person: str) -> None:
    page.goto("/admin/conditions/page/")
    type_into(page, "Username", person)
    type_into(page, "Password", PASSWORD)
    page.keyboard.press("Enter")


def key_of(page: Page) -> str:
    return b32decode(page.locator(".key code").inner_text().replace(" ", "")).hex()


def log_out(page: Page) -> None:
    press_on(page, "button", "Log out")
    heading(page, "Logged out")


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", name=text, level=1)).to_be_visible()


def test_the_whole_way_by_keyboard(open_page, person):
    page = open_page("/admin/")
    give_password(page, person)
    heading(page, "Set up your phone for signing in")
    assert axe_violations(page) == []
    key = key_of(page)
    type_into(page, "Code", "000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("That code is not right.")).to_be_visible()
    expect(page).to_have_title("Error: Set up your phone for signing in | The Physiotherapy Site: editors")
    assert axe_violations(page) == []
    type_into(page, "Code", "")
    page.keyboard.press("Control+A")
    page.keyboard.type(phone_code(key))
    page.keyboard.press("Enter")
    heading(page, "Keep your recovery codes")
    assert axe_violations(page) == []
    codes = page.locator(".recovery-codes code").all_inner_texts()
    assert len(codes) == 10
    press_on(page, "link", "I have kept them")
    # What was asked for before all this.
    expect(page).to_have_url(f"{page.url.split('/admin/')[0]}/admin/conditions/page/")
    press_on(page, "link", "Your sign-in")
    expect(page.get_by_text("You have 10 recovery codes left.")).to_be_visible()
    assert axe_violations(page) == []
    log_out(page)

    give_password(page, person)
    heading(page, "Type the code from your phone")
    assert axe_violations(page) == []
    # The code of the next half minute: that of this one may have been used above.
    type_into(page, "Code", phone_code(key, 1))
    page.keyboard.press("Enter")
    log_out(page)

    give_password(page, person)
    type_into(page, "Code", codes[0])
    page.keyboard.press("Enter")
    expect(page.get_by_text("You have 9 recovery codes left.")).to_be_visible()


def test_it_works_without_scripts(open_page, person):
    page = open_page("/admin/", java_script_enabled=False)
    page.get_by_label("Username", exact=True).fill(person)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_label("Code", exact=True).fill(phone_code(key_of(page)))
    page.get_by_role("button", name="Set up").click()
    page.get_by_role("link", name="I have kept them").click()
    heading(page, "What would you like to change?")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_phone_and_the_picture_can_be_scanned(open_page, person, scheme):
    page = open_page("/admin/", width=320, color_scheme=scheme)
    give_password(page, person)
    heading(page, "Set up your phone for signing in")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert axe_violations(page) == []
    box = page.locator("svg.qr").bounding_box()
    assert box and box["width"] > 180 and abs(box["width"] - box["height"]) < 1
    # Dark squares on white, in dark mode too: phones do not read it the other way round.
    ground = page.locator(".to-scan").evaluate("element => getComputedStyle(element).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    page.get_by_label("Code", exact=True).fill(phone_code(key_of(page)))
    page.keyboard.press("Enter")
    heading(page, "Keep your recovery codes")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert axe_violations(page) == []


def test_lockout_says_when_and_keeps_the_name(open_page, person):
    page = open_page("/admin/", may_log="status of 429")
    for _ in range(5):
        page.get_by_label("Username", exact=True).fill(person)
        page.get_by_label("Password", exact=True).fill("not mine at all")
        page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("You can try again at")
    expect(page.get_by_label("Username", exact=True)).to_have_value(person)
    assert axe_violations(page) == []

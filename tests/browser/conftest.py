from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.site_process import LOG, PASSWORD, running_site
from tests.tools import require_tool

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory, request) -> Path:
    """Where a site is set up once, for all that run."""
    # With pytest-xdist each process has a folder in that of the run.
    if hasattr(request.config, "workerinput"):
        return tmp_path_factory.getbasetemp().parent
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="session")
def running(tmp_path_factory, shared_folder) -> Iterator[tuple[str, dict[str, str], Path]]:
    """The whole site on a database of its own, shared by all browser tests of this process."""
    require_tool("chromium")
    folder = tmp_path_factory.mktemp("site")
    with running_site(folder, shared_folder) as (address, environment):
        yield address, environment, folder / LOG


@pytest.fixture(scope="session")
def site(running) -> str:
    """Its address."""
    return running[0]


@pytest.fixture(scope="session")
def site_environment(running) -> dict[str, str]:
    """Its environment, for commands on its database."""
    return running[1]


@pytest.fixture(scope="session")
def site_log(running) -> Path:
    """What its server has logged."""
    return running[2]


# A module's own: while Playwright runs there is an event loop in this thread, where Django refuses
# to use the database, and the next module may have tests that do.
@pytest.fixture(scope="module")
def browser(site) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=require_tool("chromium"), args=ARGUMENTS)
        yield browser
        browser.close()


class Watched:
    """What a page must not do: write errors to the console, fail, or fetch from elsewhere."""

    def __init__(self, page: Page, site: str, may_log: str) -> None:
        self.wrong: list[str] = []
        self.may_log = may_log
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("request", lambda request: self._request(request.url, site))

    def _console(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and self.may_log not in text:
            self.wrong.append(text)

    def _request(self, url: str, site: str) -> None:
        if not url.startswith((site, "data:", "blob:")):
            self.wrong.append(f"request to another host: {url}")


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Opens an address in a browser context of its own; the test fails on anything that ``Watched`` saw."""
    contexts: list[BrowserContext] = []
    watched: list[Watched] = []

    # The browser itself reports an answer of 404 to the console.
    def open_(path: str = "/", width: int = 1280, may_log: str = "status of 404", **options) -> Page:
        context = browser.new_context(
            base_url=site, viewport={"width": width, "height": 800}, locale="en-GB", **options
        )
        contexts.append(context)
        page = context.new_page()
        watched.append(Watched(page, site, may_log))
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [wrong for watch in watched for wrong in watch.wrong] == []


@pytest.fixture
def editor_page(open_page) -> Page:
    """The admin's first page, signed in."""
    page = open_page("/admin/")
    page.get_by_label("Username").fill("editor")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    return page


def axe_violations(page: Page, options: dict | None = None) -> list[str]:
    """Each violation that axe-core finds, with the element that it is about."""
    # A click waits for the answer only, not for the page.
    page.wait_for_load_state()
    violations = Axe().run(page, options=options).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:160]}" for violation in violations for node in violation["nodes"]
    ]

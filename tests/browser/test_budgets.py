"""What a first visit may cost: in a browser that has nothing of the site yet, with its shipped files."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

# As encoded on the way, with headers.
MOST_BYTES, MOST_BYTES_OF_SCRIPT, MOST_BYTES_OF_STYLE = 100_000, 8_000, 15_000
MOST_REQUESTS = 8
FIRST_VISITS = {
    "home": "/",
    "condition": "/conditions/upper-back-muscle-pain/",
    "search": "/search/?q=back+pain",
    "physiotherapists found": "/physiotherapists/?location=London&radius=20",
}
# What moves without anybody having touched the page, in shares of the window.
COUNT_SHIFTS = """window.shifts = [];
new PerformanceObserver(list => list.getEntries().forEach(entry => window.shifts.push(entry.value)))
    .observe({type: "layout-shift", buffered: true});"""


class Visit:
    """Everything that one page fetches."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._names: dict[str, str] = {}
        self._sizes: dict[str, int] = {}
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.responseReceived", self._begun)
        session.on("Network.loadingFinished", self._ended)

    def _begun(self, event: dict) -> None:
        self._names[event["requestId"]] = event["response"]["url"]
        # A font that came from the browser's own store would make the page look lighter than it is.
        assert not event["response"].get("fromDiskCache")

    def _ended(self, event: dict) -> None:
        self._sizes[event["requestId"]] = event["encodedDataLength"]

    @property
    def sizes(self) -> dict[str, int]:
        return {self._names[request]: size for request, size in self._sizes.items()}

    def bytes_of(self, ending: str) -> int:
        return sum(size for name, size in self.sizes.items() if name.endswith(ending))


def path_of(name: str, open_page: Callable[..., Page]) -> str:
    if name != "profile":
        return FIRST_VISITS[name]
    found = open_page(FIRST_VISITS["physiotherapists found"]).locator("#results h2 a").first
    return found.get_attribute("href") or ""


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", [*FIRST_VISITS, "profile"])
def test_a_first_visit_is_light_and_nothing_jumps(open_page, site, name, width):
    path = path_of(name, open_page)
    page = open_page("about:blank", width=width)
    page.add_init_script(COUNT_SHIFTS)
    visit = Visit(page)
    page.goto(path, wait_until="networkidle")
    # What is fetched when it comes into view belongs to the visit too.
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_load_state("networkidle")
    assert path.startswith("/")
    assert len(visit.sizes) <= MOST_REQUESTS, visit.sizes
    assert all(address.startswith((f"{site}/", "data:")) for address in visit.sizes)
    assert sum(visit.sizes.values()) <= MOST_BYTES, visit.sizes
    assert 0 < visit.bytes_of(".css") <= MOST_BYTES_OF_STYLE
    assert visit.bytes_of(".js") <= MOST_BYTES_OF_SCRIPT
    # All scripts are files, whose sizes were counted: none is in the page itself.
    assert page.locator("script:not([src]):not([type='application/ld+json'])").count() == 0
    assert page.evaluate("window.shifts") == []

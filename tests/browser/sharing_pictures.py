"""`python -m tests.browser.sharing_pictures`: what is shown where somebody shares a link to the site.

Drawn by Chromium with the site's own typeface, since programs that draw cannot read its file.
"""

from io import BytesIO

# First of all: the tests' own settings.
from tests import environment  # noqa: F401  # isort: skip

from django.conf import settings
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from conditions import body_map
from tests.browser.screenshots import ARGUMENTS
from tests.tools import find_tool

STATIC = settings.BASE_DIR / "static"
FOLDER = STATIC / "img" / "og"
# What those who show them ask for.
WIDTH, HEIGHT = 1200, 630
# So few colours are enough for flat shapes and the edges of letters.
COLOURS = 48

WORDS = {
    "site": "In pain? Find out what it may be, and who can help near you",
    "condition": "What it may be, what to watch for, and what helps",
    "treatment": "What a treatment is, and how good the evidence is",
    "post": "Blog: living with pain, and finding the right help",
    "sheet": "Exercise and advice sheets to print and keep",
    "episode": "Podcast: plain talk about pain and what helps",
    "directory": "Find a physiotherapist near you",
}
MARK = "M19 6c-5 3-6 7-4 10s1 7-3 10M15 8.5h8M12.5 13h8M12.5 18h8M10.5 23h8"


def main() -> None:
    chromium = find_tool("chromium")
    if not chromium:
        raise SystemExit("Chromium is not installed: install it (Debian, Ubuntu: apt install chromium).")
    FOLDER.mkdir(exist_ok=True)
    drawings = all_drawings()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for kind, words in WORDS.items():
            shot = picture(browser, words, drawings[kind])
            small = Image.open(BytesIO(shot)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
            small.save(FOLDER / f"{kind}.png", optimize=True)
        browser.close()


def picture(browser: Browser, words: str, drawing: str) -> bytes:
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    # From a file, or the typeface's file could not be read.
    page.goto((STATIC / "img" / "mark.svg").as_uri().replace("mark.svg", ""))
    page.set_content(html(words, drawing))
    page.evaluate("document.fonts.ready")
    shot = page.screenshot()
    page.close()
    return shot


def html(words: str, drawing: str) -> str:
    font = (STATIC / "fonts" / "atkinson-hyperlegible-next.woff2").as_uri()
    return f"""<!doctype html><style>
    @font-face {{ font-family: own; src: url({font}); font-weight: 200 800; font-display: block; }}
    body {{ margin: 0; width: {WIDTH}px; height: {HEIGHT}px; background: #0b5d57; color: #fff;
      font: 700 62px/1.15 own; display: grid; grid-template-columns: 740px 1fr; overflow: hidden; }}
    main {{ padding: 64px 40px 64px 72px; display: flex; flex-direction: column; }}
    p {{ margin: auto 0; text-wrap: balance; }}
    b {{ font-size: 34px; display: flex; align-items: center; gap: 18px; }}
    b svg {{ background: #fff; border-radius: 14px; }}
    figure {{ margin: 0; background: #f3f7f5; display: grid; place-items: center; }}
    </style><main><b><svg viewBox="0 0 32 32" width="64" fill="none" stroke="#0b5d57" stroke-width="2.5"
    stroke-linecap="round"><path d="{MARK}"/></svg>The Physiotherapy Site</b><p>{words}</p></main>
    <figure>{drawing}</figure>"""


def all_drawings() -> dict[str, str]:
    return {
        "site": _mark(),
        "condition": _body(),
        "treatment": _exercise("bridge"),
        "sheet": _sheet(),
        "post": _lines(),
        "episode": _microphone(),
        "directory": _pins(),
    }


def _mark() -> str:
    return (
        '<svg viewBox="6 3 22 27" height="440" fill="none" stroke="#0b5d57" stroke-width="2.5" '
        f'stroke-linecap="round"><path d="{MARK}"/></svg>'
    )


def _body() -> str:
    shapes = "".join(f'<path d="{shape.path}"/>' for shape in body_map.SHAPES)
    return (
        f'<svg viewBox="0 0 {body_map.WIDTH} {body_map.HEIGHT - 30}" height="540" fill="#659790">'
        f'<path d="{body_map.TUMMY}" fill="#d9e6e2"/>{shapes}'
        f'<path d="{body_map.BACK_LINES}" fill="none" stroke="#fff" stroke-width="2"/></svg>'
    )


def _exercise(name: str, width: int = 400) -> str:
    drawn = (STATIC / "img" / "exercises" / f"{name}.svg").read_text()
    return drawn.replace("<svg ", f'<svg width="{width}" ', 1)


def _sheet() -> str:
    lines = "".join(
        f'<path d="M34 {y}h16v16h-16z" stroke="#0b5d57" stroke-width="4" fill="none"/>'
        f'<path d="M66 {y + 8}h{length}" stroke="#8fb7b2" stroke-width="9" stroke-linecap="round"/>'
        for y, length in ((255, 180), (300, 150), (345, 195))
    )
    drawn = _exercise("upper-back-turn", 230).replace("<svg ", '<svg x="35" y="40" height="180" ', 1)
    return (
        '<svg viewBox="0 0 300 410" height="500"><rect x="2" y="2" width="296" height="406" rx="12" '
        f'fill="#fff" stroke="#d3dedb" stroke-width="3"/>{drawn}{lines}</svg>'
    )


def _lines() -> str:
    rows = "".join(
        f'<path d="M{28 + wide / 2} {y}h{length}" stroke="{colour}" stroke-width="{wide}"/>'
        for y, length, colour, wide in (
            (60, 200, "#0b5d57", 22), (100, 130, "#0b5d57", 22), (165, 230, "#8fb7b2", 10),
            (200, 215, "#8fb7b2", 10), (235, 230, "#8fb7b2", 10), (270, 160, "#8fb7b2", 10),
            (330, 230, "#8fb7b2", 10), (365, 110, "#8fb7b2", 10),
        )
    )  # fmt: skip
    return (
        '<svg viewBox="0 0 300 410" height="500"><rect x="2" y="2" width="296" height="406" rx="12" '
        f'fill="#fff" stroke="#d3dedb" stroke-width="3"/><g stroke-linecap="round">{rows}</g></svg>'
    )


def _microphone() -> str:
    return (
        '<svg viewBox="0 0 300 300" height="420" fill="none" stroke="#0b5d57" stroke-width="16" '
        'stroke-linecap="round"><rect x="112" y="30" width="76" height="130" rx="38" fill="#0b5d57"/>'
        '<path d="M76 120v10a74 74 0 0 0 148 0v-10M150 206v50M105 262h90"/>'
        '<path d="M40 90v60M14 108v24M260 90v60M286 108v24" stroke="#8fb7b2" stroke-width="14"/></svg>'
    )


def _pins() -> str:
    pin = "M0 0C-26 -34 -34 -48 -34 -68a34 34 0 0 1 68 0C34 -48 26 -34 0 0Z"
    pins = "".join(
        f'<g transform="translate({x} {y}) scale({size})"><path d="{pin}" fill="#0b5d57"/>'
        '<circle cy="-68" r="13" fill="#fff"/></g>'
        for x, y, size in ((150, 190, 1.6), (62, 250, 0.9), (246, 268, 1.1))
    )
    return (
        '<svg viewBox="0 0 300 320" height="460" fill="none"><circle cx="150" cy="190" r="62" '
        'stroke="#8fb7b2" stroke-width="4"/><circle cx="150" cy="190" r="116" stroke="#d3dedb" '
        f'stroke-width="4"/>{pins}</svg>'
    )


if __name__ == "__main__":
    main()

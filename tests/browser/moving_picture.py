"""`python -m tests.browser.moving_picture FILE`: an alert, taken and rewritten, and the digest."""

import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, ViewportSize, expect, sync_playwright

from tests.browser.conftest import SWITCHES, executable
from tests.browser.running_demo import running_demo

PATIENCE_MS = 30_000
SIZE = ViewportSize(width=1000, height=700)
LARGEST = 1_500_000  # bytes
GLIDE = 4  # frames for a way of the pointer
GLIDE_MS, PRESS_MS = 60, 250
STILL = """
*, ::before, ::after { animation: none !important; transition: none !important; }
.message:hover { background: none !important; }
.message-tools, .toast, .jump { display: none !important; }
.message { scroll-margin-top: 8px; }
#pointer { position: fixed; z-index: 99; width: 22px; pointer-events: none; }
#caption { position: fixed; z-index: 98; left: 0; right: 0; bottom: 0; padding: 26px 24px;
  background: #1d1c1d; color: #fff; font-size: 19px; pointer-events: none; }
"""
STAGE = """() => document.body.insertAdjacentHTML("beforeend", `<p id="caption"></p>
  <svg id="pointer" viewBox="0 0 12 18"><path d="M1 1v14l3.6-3.3 2.3 5 2.1-1-2.3-4.9H12z"
  stroke="#fff" fill="#000"/></svg>`)"""


class Film:
    """What the page looks like at each step, and for how many milliseconds."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.frames: list[Image.Image] = []
        self.times: list[int] = []
        self._at = (SIZE["width"] * 0.8, SIZE["height"] * 0.6)
        page.add_style_tag(content=STILL)
        page.evaluate(STAGE)

    def take(self, time: int) -> None:
        self._place(*self._at)
        taken = self.page.screenshot(animations="disabled", caret="hide")
        self.frames.append(Image.open(io.BytesIO(taken)).convert("RGB"))
        self.times.append(time)

    def show(self, message: Locator, words: str, time: int) -> None:
        message.evaluate("at => at.scrollIntoView({ block: 'start' })")
        self.page.locator("#caption").evaluate("(at, words) => at.textContent = words", words)
        self.take(time)

    def press(self, what: Locator) -> None:
        """The pointer goes there, rests for a moment, and presses."""
        box = what.bounding_box()
        assert box is not None
        from_x, from_y = self._at
        to_x, to_y = box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.55
        for step in range(1, GLIDE + 1):
            part = step / GLIDE
            self._at = (from_x + (to_x - from_x) * part, from_y + (to_y - from_y) * part)
            self.take(GLIDE_MS if step < GLIDE else PRESS_MS)
        what.click()

    def save(self, to: Path) -> None:
        first, *rest = self.frames
        first.save(
            to, save_all=True, append_images=rest, duration=self.times, loop=0,
            lossless=True, quality=100, method=6,
        )  # fmt: skip
        size = to.stat().st_size
        if size > LARGEST:
            raise SystemExit(f"{to} has {size:,} bytes; {LARGEST:,} are allowed")
        sys.stdout.write(f"{to} {size:,} bytes, {len(self.frames)} frames\n")

    def _place(self, x: float, y: float) -> None:
        move = "(at, [x, y]) => Object.assign(at.style, { left: `${x}px`, top: `${y}px` })"
        self.page.locator("#pointer").evaluate(move, [x, y])


def main(to: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch, _demo(Path(scratch)) as page:
        _play(page).save(to)


@contextmanager
def _demo(folder: Path) -> Iterator[Page]:
    with (
        running_demo(folder, "--no-browser") as demo,
        sync_playwright() as driver,
        driver.chromium.launch(executable_path=executable(driver), args=SWITCHES) as browser,
    ):
        page = browser.new_page(
            viewport=SIZE, device_scale_factor=2, locale="en-GB", bypass_csp=True
        )
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        page.goto(f"{demo.url}/#as=U_DANA&channel=C_ALERTS")
        yield page


def _play(page: Page) -> Film:
    page.get_by_test_id("guide-close").click()
    _message(page, "Yarrow Yachts has no owner")  # the last of the morning
    alert = _message(page, "Quietwater Freight")
    film = Film(page)
    film.show(alert, "An alert: what happened, why it matters, what to do next", 3500)
    film.press(alert.get_by_role("button", name="Acknowledge"))
    expect(alert).to_contain_text("has it since")
    film.show(alert, "One press: the same message says who has it, and since when", 3500)
    film.press(page.get_by_test_id("sidebar").get_by_text("csbot").first)
    digest = _message(page, "Good morning Dana")
    film.show(digest, "Each morning: what needs you today, and what has changed", 4500)
    return film


def _message(page: Page, words: str) -> Locator:
    found = page.locator("#messages").get_by_test_id("message").filter(has_text=words).first
    expect(found).to_be_visible()
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures/csbot.webp"))

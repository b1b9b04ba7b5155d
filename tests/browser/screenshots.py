"""`python -m tests.browser.screenshots FOLDER`: the documentation's pictures, from the demo."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import FloatRect, Locator, Page, expect, sync_playwright

from tests.browser.conftest import SWITCHES, executable
from tests.browser.running_demo import running_demo

PATIENCE_MS = 30_000
LARGEST = 200_000  # bytes
TALLEST = 640  # pixels of the page
LAST_WHOLE_BLOCK = """(shown, tallest) => {
  const box = shown.getBoundingClientRect();
  if (box.height <= tallest) return box.height;
  const ends = [...shown.querySelectorAll("[data-block-type]")]
    .map((block) => block.getBoundingClientRect().bottom - box.top);
  return Math.max(...ends.filter((end) => end <= tallest)) + 4;
}"""
STILL = """
*, ::before, ::after { animation: none !important; transition: none !important; }
.message:hover { background: none !important; }
.message-tools { display: none !important; }
.message { padding-block: 14px !important; }
"""


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        running_demo(Path(scratch), "--no-browser") as demo,
        sync_playwright() as driver,
        driver.chromium.launch(executable_path=executable(driver), args=SWITCHES) as browser,
    ):
        page = browser.new_page(
            viewport={"width": 1110, "height": 1300},
            device_scale_factor=1.5,
            locale="en-GB",
            bypass_csp=True,
        )
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        page.goto(f"{demo.url}/#as=U_DANA")
        page.add_style_tag(content=STILL)
        page.get_by_test_id("guide-close").click()
        _take_all(page, folder)


def _take_all(page: Page, folder: Path) -> None:
    digest = _message(page, "Good morning Dana")
    expect(digest).to_contain_text("3 need you today")
    _take(digest, folder / "digest.png")
    asked = _message(page, "Send an e-mail to 3 customers")
    _take(asked, folder / "approval.png")
    page.get_by_test_id("channel-C_ALERTS").click()
    alert = _message(page, "Quietwater Freight")
    _message(page, "Yarrow Yachts has no owner")  # the last of the morning
    _take(alert, folder / "alert-open.png")
    alert.get_by_role("button", name="Acknowledge").click()
    expect(alert).to_contain_text("has it since")
    _take(alert, folder / "alert-taken.png")
    page.get_by_test_id("act-as").click()
    page.get_by_test_id("act-as-U_PRIYA").click()
    expect(page.get_by_test_id("act-as")).to_contain_text("Priya Shah")
    _take(_sent(page, "/cs playbook inactive-accounts", "” is on"), folder / "playbook.png")
    _simulated(page, folder / "simulate.png")
    renewals = _sent(page, "/cs renewals", "Renewals until")
    expect(renewals.locator("svg.plot")).to_be_visible()
    _take(renewals, folder / "renewals.png")
    _take(_form_with_an_error(page, renewals), folder / "form-error.png")


def _sent(page: Page, command: str, answer: str) -> Locator:
    composer = page.get_by_test_id("composer-input")
    composer.fill(command)
    composer.press("Escape")
    composer.press("Enter")
    return _message(page, answer)


def _simulated(page: Page, to: Path) -> None:
    """The worker answers, by direct message."""
    _sent(page, "/cs playbook simulate inactive-users 180d", "I am at it")
    page.get_by_test_id("app-csbot").click()
    answer = page.get_by_test_id("message").filter(has_text="would have started")
    expect(answer.locator("svg.plot")).to_be_visible(timeout=3 * PATIENCE_MS)
    _take(answer, to)
    page.get_by_test_id("channel-C_ALERTS").click()


def _form_with_an_error(page: Page, renewals: Locator) -> Locator:
    """Another category without saying why."""
    renewals.get_by_text("Change…").first.click()
    form = page.get_by_role("dialog")
    form.get_by_label("Forecast category").click()
    page.get_by_role("option", name="Commit").click()
    form.get_by_role("button", name="Save Change").click()
    expect(form.locator(".field-error:visible")).to_have_count(1)
    return form


def _message(page: Page, words: str) -> Locator:
    found = page.locator("#messages").get_by_test_id("message").filter(has_text=words).first
    expect(found).to_be_visible()
    return found


def _take(what: Locator, to: Path) -> None:
    """All of it, or its upper part where it is taller than a reader wants to scroll."""
    what.page.mouse.move(0, 0)
    what.scroll_into_view_if_needed()
    box = what.bounding_box()
    assert box is not None
    height = what.evaluate(LAST_WHOLE_BLOCK, TALLEST)
    whole: FloatRect = {**box, "height": height}
    size = len(what.page.screenshot(path=to, clip=whole, animations="disabled"))
    if size > LARGEST:
        raise SystemExit(f"{to} has {size:,} bytes; {LARGEST:,} are allowed")
    sys.stdout.write(f"{to} {size:,} bytes\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures"))

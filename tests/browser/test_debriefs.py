"""A meeting that has just ended is logged in the real demo, with two presses and some typing."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.running_demo import running_demo

SOON_MS = 60_000
PRESSES = """() => {
  window.presses = 0;
  addEventListener("click", (event) => {
    if (event.target.closest("button")) window.presses += 1;
  }, true);
}"""


def test_from_the_message_to_what_is_saved_in_two_presses(page: Page, tmp_path: Path) -> None:
    with running_demo(tmp_path, "--no-browser") as demo:
        page.goto(demo.url)
        asked = page.get_by_test_id("message").filter(has_text="Success session with Busy Bakery")
        happened = asked.get_by_role("button", name="It happened: Success session")
        expect(happened).to_be_visible(timeout=SOON_MS)
        page.evaluate(PRESSES)
        happened.click()
        form = page.get_by_test_id("modal")
        expect(form).to_contain_text("Success session with Busy Bakery")
        form.get_by_label("How it went").click()
        page.get_by_role("option", name="Positive").click()
        form.get_by_label("What was said").fill("They open two shops in spring")
        form.get_by_label("Next step").first.fill("Send the staff guide")
        page.get_by_test_id("modal-submit").click()
        expect(asked).to_contain_text("took place", timeout=SOON_MS)
        expect(asked).to_contain_text("Send the staff guide")
        assert page.evaluate("window.presses") == 2
        expect(asked.get_by_role("button", name="It happened")).to_have_count(0)
        page.goto("about:blank")

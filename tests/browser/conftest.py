"""One Chromium for the whole run, a fresh page for each test, and a page that must not complain."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from csbot.workspace.server import RunningWorkspace
from tests.browser.bot import SmallBot, serving
from tests.browser.find import MEND, chromium
from tests.browser.stage import Stage, company

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 30_000


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    launched = playwright_driver.chromium.launch(
        executable_path=executable(playwright_driver), args=SWITCHES
    )
    yield launched
    launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """At the end the page must have said nothing on its console that is an error."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console", lambda said: complaints.append(said.text) if said.type == "error" else None
    )
    yield opened
    context.close()
    assert complaints == []


def executable(driver: Playwright) -> str:
    """One of the system's, else Playwright's own; without any the run fails with the mend."""
    try:
        return chromium()
    except SystemExit:
        own = driver.chromium.executable_path
        if not Path(own).exists():
            pytest.fail(MEND)
        return own


@pytest.fixture
def bot() -> Iterator[SmallBot]:
    with serving() as small_bot:
        yield small_bot


@pytest.fixture
def stage(page: Page, bot: SmallBot) -> Iterator[Stage]:
    """A page on #cs-alerts of a small company, with a bot behind it that answers as told."""
    with RunningWorkspace(company()) as running:
        running.workspace.request_url = bot.url
        stage = Stage(running, page, bot)
        stage.open()
        yield stage
        page.goto("about:blank")

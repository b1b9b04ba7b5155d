"""A page that stays open while the workspace ends and another one begins at its address."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from csbot.workspace.model import Message
from csbot.workspace.server import RunningWorkspace
from csbot.workspace.state import BOT_USER, Workspace
from tests.browser.conftest import PATIENCE_MS
from tests.browser.stage import DANA, LEE, ROOM, company


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """One that may complain: its console says that nobody answers."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def say(workspace: Workspace, text: str) -> None:
    workspace.post(Message(ROOM, workspace.new_ts(ROOM), BOT_USER, text, bot_id="BCSBOT"))


def without_dana() -> Workspace:
    workspace = company()
    del workspace.users[DANA]
    return workspace


@pytest.mark.parametrize(
    ("next_one", "reader"), [(company, DANA), (without_dana, LEE)], ids=["the same", "others"]
)
def test_a_page_follows_the_workspace_that_is_started_anew(
    page: Page, next_one: Callable[[], Workspace], reader: str
) -> None:
    with RunningWorkspace(company()) as first:
        for number in range(30):  # so that the next one counts below what the page has seen
            say(first.workspace, f"old {number}")
        page.goto(f"{first.url}/#as={DANA}&channel={ROOM}")
        expect(page.locator("#messages")).to_contain_text("old 29")
    with RunningWorkspace(next_one(), first.port) as second:
        expect(page.locator(f"#act-as[data-user='{reader}']")).to_be_visible()
        expect(page.get_by_text("Connecting to the workspace")).to_be_hidden()
        expect(page.locator("#messages")).not_to_contain_text("old")
        say(second.workspace, "the new morning")
        expect(page.locator("#messages")).to_contain_text("the new morning")
        page.goto("about:blank")

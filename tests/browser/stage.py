"""A small workspace with a page open in it, and what a test does to both."""

from typing import Any

from playwright.sync_api import Locator, Page
from slack_sdk import WebClient

from csbot.workspace import screens
from csbot.workspace.model import Message, User
from csbot.workspace.server import RunningWorkspace
from csbot.workspace.state import BOT_TOKEN, BOT_USER, Workspace
from tests.browser.bot import SmallBot

Json = dict[str, Any]
ROOM = "C0ALERTS"
DANA = "U0DANA"
LEE = "U0LEE"


def company() -> Workspace:
    workspace = Workspace(rate_limits=False)
    workspace.ack_seconds = 30  # the machine may stand still
    workspace.add_user(User(DANA, "dana", "Dana Reyes", title="CSM", tz="America/New_York"))
    workspace.add_user(User(LEE, "lee", "Lee Park", title="CSM", tz="Asia/Tokyo"))
    workspace.add_channel(ROOM, "cs-alerts", members=(DANA, LEE), topic="What needs somebody now")
    workspace.open_im(DANA)
    workspace.open_im(LEE)
    return workspace


class Stage:
    def __init__(self, running: RunningWorkspace, page: Page, bot: SmallBot) -> None:
        self.running, self.page, self.bot = running, page, bot
        self.workspace = running.workspace
        self.slack = WebClient(BOT_TOKEN, base_url=running.api_url, retry_handlers=[])

    def open(self, *, as_: str = DANA, channel: str = ROOM) -> None:
        self.page.goto(f"{self.running.url}/#as={as_}&channel={channel}")
        self.page.locator(f"#act-as[data-user='{as_}']").wait_for()
        self.page.locator(f"[data-channel='{channel}'][aria-current]").wait_for(state="attached")

    def post(self, *blocks: Json, text: str = "a message") -> Locator:
        """Posts as csbot does; gives the message on the page."""
        answer = self.slack.chat_postMessage(channel=ROOM, text=text, blocks=list(blocks))
        return self.message(str(answer["ts"]))

    def put(self, *, text: str = "", blocks: list[Json] | None = None) -> Locator:
        """Stores a message that the strict Web API would refuse."""
        ts = self.workspace.new_ts(ROOM)
        made = Message(ROOM, ts, BOT_USER, text, blocks=blocks or [], bot_id="BCSBOT")
        self.workspace.post(made)
        return self.message(ts)

    def message(self, ts: str) -> Locator:
        return self.page.locator(f"[data-ts='{ts}']")

    def open_modal(self, view: Json, user: str = DANA) -> Locator:
        with self.workspace.lock:
            screens.open_root(self.workspace, user, view)
        return self.page.get_by_role("dialog")

    def composer(self) -> Locator:
        return self.page.get_by_test_id("composer-input")

    def said_by(self, user: str) -> list[str]:
        return [m.text for m in self.workspace.in_channel(ROOM) if m.user == user]

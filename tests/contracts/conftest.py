"""A strict workspace over real HTTP, a Slack client without retries, and a scripted bot."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from csbot.workspace.model import User
from csbot.workspace.server import RunningWorkspace
from csbot.workspace.state import Workspace
from tests.contracts.scripted_bot import ScriptedBot


@pytest.fixture
def northwind() -> Iterator[Workspace]:
    workspace = Workspace(rate_limits=False)
    workspace.ack_seconds = 30  # but for tests of just that, on a machine that may stand still
    workspace.add_user(User("U_DANA", "dana", "Dana Reyes", email="dana@example.com"))
    workspace.add_user(User("U_LEE", "lee", "Lee Park", email="lee@example.com"))
    workspace.add_user(User("U_OUT", "max", team_id="T_OTHER", is_stranger=True))
    workspace.add_user(User("U_GONE", "gone", deleted=True, email="gone@example.com"))
    workspace.add_channel("C_ALERTS", "cs-alerts", members=["U_DANA", "U_LEE"])
    workspace.add_channel("C_OTHER", "elsewhere", members=["U_DANA"], with_bot=False)
    workspace.add_channel("C_SECRET", "secret", kind="private", with_bot=False)
    workspace.add_channel("C_OLD", "old", archived=True)
    with RunningWorkspace(workspace):
        yield workspace


@pytest.fixture
def api(northwind: Workspace) -> WebClient:
    url = f"{northwind.base_url}/api/"
    return WebClient(northwind.bot_token, base_url=url, retry_handlers=[], timeout=30)


@pytest.fixture
def scripted(northwind: Workspace) -> Iterator[ScriptedBot]:
    bot = ScriptedBot(northwind.signing_secret)
    northwind.request_url = bot.url
    yield bot
    bot.stop()

"""The `desk`: csbot and a strict workspace, wired over real HTTP, on both databases."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine

from csbot import clock
from csbot.settings import Settings
from csbot.wiring import Wiring, wire
from csbot.workspace.defaults import BOT_USER
from csbot.workspace.model import User
from csbot.workspace.pings import is_mass, of_message
from csbot.workspace.server import RunningWorkspace
from csbot.workspace.state import Workspace
from handlers.web import create
from tests.builders import MONDAY, member
from tests.flows.desk import Desk, served
from tests.flows.firm import COMPANY, CONNECTED, Firm
from tests.flows.office import Office, environment, opened
from tests.mail_server import mail_server
from tests.twilio_server import twilio_server

CONFIG = """
[channels]
wins = "#cs-wins"
[delivery]
request_timeout = 15
lease = 40
per_channel_interval = 0
"""
PEOPLE = {"U_DANA": "Dana Reyes", "U_LEE": "Lee Park", "U_PRIYA": "Priya Shah", "U_ROBIN": "Robin"}
CHANNELS = {
    "C_ALERTS": "cs-alerts", "C_WINS": "cs-wins", "C_OTHER": "other", "C_GENERAL": "general",
}  # fmt: skip


@pytest.fixture
def workspace() -> Iterator[RunningWorkspace]:
    state = Workspace(rate_limits=False)
    state.ack_seconds = 30  # a loaded machine is not what these tests are about
    for slack_id, name in PEOPLE.items():
        first = name.split()[0].lower()
        state.add_user(User(slack_id, first, name, email=f"{first}@vendor.example"))
    for channel_id, name in CHANNELS.items():
        state.add_channel(channel_id, name, members=PEOPLE)
    with RunningWorkspace(state) as running:
        yield running
    calm(state)


def calm(state: Workspace) -> None:
    """Whatever a flow did: everybody's channel is left alone, and nobody calls all to it."""
    assert "C_GENERAL" not in {channel for channel, room in state.messages.items() if room}
    for call in state.calls:
        assert call.args.get("channel") not in ("C_GENERAL", "#general", "general"), call.method
        assert call.method != "files.sharedPublicURL"
    said = [m for room in state.messages.values() for m in room.values() if m.user == BOT_USER]
    found = [(m.text, ping) for m in said for ping in of_message(m.text, m.blocks)]
    assert [text for text, ping in found if is_mass(ping) or ping.startswith("<!subteam")] == []


@contextmanager
def wired(
    database_url: str, workspace: RunningWorkspace, folder: Path, monkeypatch: pytest.MonkeyPatch,
    config: str = CONFIG, **also: str,
) -> Iterator[Wiring]:  # fmt: skip
    """csbot as the environment says: on this database and workspace, with this csbot.toml."""
    path = folder / "csbot.toml"
    path.write_text(config)
    told = {
        "CSBOT_CLOCK_FILE": str(folder / "clock"),
        "CSBOT_CONFIG": str(path),
        "DATABASE_URL": database_url,
        "SLACK_API_URL": workspace.api_url,
        "SLACK_BOT_TOKEN": workspace.workspace.bot_token,
        "SLACK_SIGNING_SECRET": workspace.workspace.signing_secret,
    }
    for name, value in (told | also).items():
        monkeypatch.setenv(name, value)
    clock.shift_to(MONDAY)
    made = wire(Settings.load())
    yield made
    made.engine.dispose()


@pytest.fixture
def wiring(
    engine: Engine,
    database_url: str,
    workspace: RunningWorkspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Wiring]:
    with wired(database_url, workspace, tmp_path, monkeypatch) as made:
        yield made


@contextmanager
def seated(wiring: Wiring, workspace: RunningWorkspace, kind: type[Desk] = Desk) -> Iterator[Desk]:
    """Monday 09:00 UTC, with Dana and Lee (CSMs), Priya (their manager) and Robin (a viewer)."""
    with served(create(wiring)) as url:
        workspace.workspace.request_url = f"{url}/slack/events"
        made = kind(wiring, workspace, url)
        priya = made.add(member("Priya Shah", role="manager"))
        made.add(
            member("Dana Reyes", manager_id=priya.id),
            member("Lee Park", manager_id=priya.id),
            member("Robin", role="viewer"),
        )
        yield made


@pytest.fixture
def desk(wiring: Wiring, workspace: RunningWorkspace) -> Iterator[Desk]:
    with seated(wiring, workspace) as made:
        yield made


@pytest.fixture
def firm(
    engine: Engine,
    database_url: str,
    workspace: RunningWorkspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Firm]:
    """The desk of a firm with a mail server and a phone network, whose playbooks are on."""
    with mail_server() as post, twilio_server() as network:
        also = CONNECTED | {"SMTP_URL": post.url, "TWILIO_API_URL": network.url}
        with (
            wired(
                database_url, workspace, tmp_path, monkeypatch, CONFIG + COMPANY, **also
            ) as wiring,
            seated(wiring, workspace, Firm) as made,
        ):
            assert isinstance(made, Firm)
            made.post, made.network = post, network
            made.open()
            yield made


@pytest.fixture
def open_office(
    engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Office]]:
    """Opens csbot's addresses for other systems with this csbot.toml and environment."""
    with ExitStack() as stack:

        def open_(toml: str = "", **told: str) -> Office:
            environment(monkeypatch, tmp_path, database_url, toml, **told)
            return stack.enter_context(opened())

        yield open_

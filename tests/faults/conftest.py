"""A strict local Slack, a database of each kind, and a bot with short leases between them."""

from collections.abc import Iterator

import pytest

from csbot.wiring import Wiring, wire
from csbot.workspace.limits import Limits
from csbot.workspace.model import User
from csbot.workspace.server import RunningWorkspace
from csbot.workspace.state import SCOPES, Workspace
from tests.faults import processes
from tests.faults.rig import ADMIN, IMPATIENT, PEOPLE, ROOMS, Rig, settings_for


@pytest.fixture(scope="session")
def running() -> Iterator[RunningWorkspace]:
    """Slack's limits hold, in a time that runs twenty times faster."""
    with RunningWorkspace(Workspace(limits=Limits(scale=20))) as server:
        yield server


@pytest.fixture
def slack(running: RunningWorkspace) -> RunningWorkspace:
    """The same server, with everything as on the first day."""
    workspace = running.workspace
    workspace.reset()
    workspace.channels.clear()
    workspace.charts_allowed = True
    token = workspace.tokens[workspace.bot_token]
    token.state, token.scopes = "", set(SCOPES)
    for person in PEOPLE:
        workspace.add_user(User(person, person.lower(), email=f"{person.lower()}@vendor.example"))
    for room in ROOMS:
        workspace.add_channel(room, room.lower(), members=[ADMIN, "U_DANA"])
    return running


@pytest.fixture
def wiring(slack: RunningWorkspace, database_url: str, engine: object) -> Iterator[Wiring]:
    """`engine` empties the database again afterwards."""
    made = wire(settings_for(slack.api_url, database_url))
    yield made
    made.engine.dispose()


@pytest.fixture
def rig(slack: RunningWorkspace, wiring: Wiring) -> Rig:
    return Rig(slack.workspace, wiring)


@pytest.fixture
def impatient(slack: RunningWorkspace, database_url: str, engine: object) -> Iterator[Rig]:
    """Where Slack does not answer: a rig that soon gives up."""
    made = wire(settings_for(slack.api_url, database_url, request_timeout=IMPATIENT))
    yield Rig(slack.workspace, made)
    made.engine.dispose()


@pytest.fixture
def workers(slack: RunningWorkspace, database_url: str) -> Iterator[processes.Workers]:
    made = processes.Workers(slack.api_url, database_url)
    yield made
    made.end()

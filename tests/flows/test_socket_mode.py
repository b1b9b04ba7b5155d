"""The same csbot without a public address: commands and presses over Socket Mode."""

import pytest

from csbot.wiring import wire
from handlers.socket import connect
from tests.builders import account, member
from tests.flows.desk import Desk


@pytest.fixture
def socket_desk(wiring, workspace, monkeypatch):
    monkeypatch.setenv("SLACK_APP_TOKEN", workspace.workspace.app_token)
    wired = wire(type(wiring.settings).load())
    handler = connect(wired)
    desk = Desk(wired, workspace, "")
    desk.add(member("Dana Reyes"))
    yield desk
    handler.close()
    wired.engine.dispose()


def test_a_command_travels_over_socket_mode(socket_desk):
    socket_desk.add(account("Acme"))
    seen = socket_desk.person("U_DANA").command("/cs account acme")
    assert seen.error is None
    assert "Acme" in seen.words

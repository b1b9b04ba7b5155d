"""What the demo's csbot writes to customers stands in a channel, and reaches nobody else."""

from datetime import UTC, datetime
from email.headerregistry import Address
from pathlib import Path

import pytest

from csbot.demo.customers import CHANNEL, Customers
from csbot.demo.processes import environment
from csbot.email.gateway import Gateway as Mail
from csbot.email.server import server
from csbot.outbox.outcome import Held, Sent
from csbot.sms.gateway import Gateway as Sms
from csbot.workspace.state import Workspace

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LETTER = {
    "from_name": "Dana Reyes",
    "to": "ann@quietwater.example",
    "subject": "Your board",
    "text": "Hello Ann & <Max>\n.\nhttp://127.0.0.1:8081/u/token",
    "html": "<p>Hello</p>",
}


@pytest.fixture
def workspace() -> Workspace:
    made = Workspace()
    made.add_channel(CHANNEL, "customers-inbox")
    return made


def shown(workspace: Workspace) -> list[str]:
    return [one.text for one in workspace.in_channel(CHANNEL)]


def test_e_mails_and_sms_stand_in_the_channel(workspace: Workspace) -> None:
    with Customers(workspace) as customers:
        told = customers.environment()
        sender = Address("Northwind", addr_spec="success@northwind.example")
        mail = Mail(server(told["SMTP_URL"]), sender, timeout=5, longest=10)
        assert isinstance(mail.send(LETTER, key="touch:1", now=NOW), Sent)
        known = (told["TWILIO_ACCOUNT_SID"], told["TWILIO_AUTH_TOKEN"], told["TWILIO_FROM"])
        sms = Sms(told["TWILIO_API_URL"], *known, timeout=5)
        assert isinstance(sms.send({"to": "+14158675309", "text": "Hello"}), Sent)
        stranger = Sms(told["TWILIO_API_URL"], known[0], "another", known[2], timeout=5)
        assert isinstance(stranger.send({"to": "+14158675309", "text": "Boo"}), Held)
    mailed, texted = shown(workspace)
    assert mailed.startswith("*Your board*\n_E-mail from Dana Reyes")
    assert mailed.endswith("Hello Ann &amp; &lt;Max&gt;\n.\nhttp://127.0.0.1:8081/u/token")
    assert texted == "_SMS to +14158675309_\nHello"


def test_a_real_mail_server_and_a_real_twilio_stay_out_of_the_demo(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SMTP_URL", "TWILIO_AUTH_TOKEN", "TWILIO_MORE", "CSBOT_PUBLIC_URL"):
        monkeypatch.setenv(name, "real")
    with Customers(workspace) as customers:
        told = environment(workspace, "http://127.0.0.1:1/", Path("/x"), customers, web_port=2)
    assert "real" not in told.values()
    assert told["CSBOT_PUBLIC_URL"] == "http://127.0.0.1:2"


def test_a_folder_of_playbooks_or_templates_of_ones_own_can_be_tried_in_the_demo(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = {"CSBOT_PLAYBOOKS_DIR": "/mine/playbooks", "CSBOT_TEMPLATES_DIR": "/mine/templates"}
    for name, folder in mine.items():
        monkeypatch.setenv(name, folder)
    with Customers(workspace) as customers:
        told = environment(workspace, "http://127.0.0.1:1/", Path("/x"), customers, web_port=2)
    assert mine.items() <= told.items()

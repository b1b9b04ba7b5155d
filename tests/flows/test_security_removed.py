"""Slack removes csbot: it falls silent, keeps its data, tells the admins by mail, comes back."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from csbot.accounts.model import Account
from csbot.audit import AuditEntry
from csbot.doctor import examine
from csbot.outbox.queue import enqueue
from csbot.team.model import TeamMember
from messages.said import Said
from tests.builders import account, member

UNINSTALLED = {"type": "app_uninstalled"}
REVOKED = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["UCSBOT"]}}


def happens(desk, event):
    desk.slack.events.post(event)
    desk.slack.events.wait_idle()


def posts(desk):
    return [call for call in desk.slack.calls if call.method == "chat.postMessage"]


def say(desk, key):
    with desk.sessions.begin() as session:
        enqueue(session, Said(sentence="Hello."), to="U_DANA", key=key, now=desk.now)


def verbs(desk):
    with desk.sessions() as session:
        query = select(AuditEntry.verb).where(AuditEntry.verb.like("app.%"))
        return list(session.scalars(query.order_by(AuditEntry.id)))


@pytest.mark.parametrize("event", [UNINSTALLED, REVOKED], ids=["uninstalled", "revoked"])
def test_the_senders_stop_and_what_waits_goes_out_once_the_token_works(desk, event):
    token = desk.slack.tokens[desk.slack.bot_token]
    desk.add(account("Acme"))
    happens(desk, event)
    token.state = "token_revoked"
    happens(desk, UNINSTALLED)
    say(desk, "one")
    desk.deliver()
    desk.run("audit")
    assert posts(desk) == []
    report = examine(desk.wiring)
    found = [f for f in report.findings if "removed from the workspace" in f.what]
    assert "csbot uninstall --purge" in found[0].mend
    with desk.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Account)) == 1
        believed = select(func.count()).where(TeamMember.slack_checked_at.is_not(None))
        assert session.scalar(believed) == 0
    token.state = ""
    desk.run("audit")
    desk.deliver()
    desk.deliver()
    assert [m.text for m in desk.person("U_DANA").messages()] == ["Hello."]
    assert verbs(desk) == ["app.removed", "app.back"]


def test_a_persons_token_is_no_concern_of_csbots(desk):
    happens(desk, {"type": "tokens_revoked", "tokens": {"oauth": ["U_DANA"], "bot": []}})
    say(desk, "one")
    desk.deliver()
    assert len(posts(desk)) == 1
    assert verbs(desk) == []


def test_the_admins_are_told_by_mail_once(firm):
    firm.add(
        member("Ada King", role="admin"),
        member("Abe Fox", role="admin", email="u_abe@slack.invalid"),
        member("Old Boss", role="admin", active=False),
    )
    happens(firm, UNINSTALLED)
    happens(firm, REVOKED)
    firm.deliver()
    firm.at(firm.now + timedelta(hours=1))
    firm.deliver()
    told = [m for m in firm.post.messages() if "removed from Slack" in m["Subject"]]
    assert [m["To"] for m in told] == ["ada@vendor.example"]
    assert "csbot manifest --link" in told[0].get_content()

"""What customers and colleagues wrote, wherever it is shown: it pings nobody, links nowhere."""

import re

import pytest

from csbot.team.queries import by_slack_id
from handlers.ask import COMMANDS
from tests.builders import account, contact, feedback, meeting, renewal, task

PINGS = "<!channel> <!here> <@U_LEE> <!subteam^S1> <#C_ALERTS>"
HOSTILE = f"{PINGS} <https://evil.example|https://good.example> *b* `c` \u202egnp.exe\u200e &lt;x"
LIVE = re.compile(r"<(?:!(?!date\^)|@|#|https?:|mailto:)[^>]*>")
UNSEEN = re.compile("[\u200e\u202a-\u202e\u2066-\u2069\x1b\x00]")
OURS = {"<@U_DANA>", "<@U_PRIYA>"}


def words(node: object):
    """Everything in a payload that Slack would read as its own markup."""
    if isinstance(node, dict):
        if node.get("type") == "mrkdwn" or "blocks" in node:
            yield str(node.get("text", ""))
        for value in node.values():
            yield from words(value)
    elif isinstance(node, list):
        for value in node:
            yield from words(value)


@pytest.fixture
def hostile(desk):
    with desk.sessions() as session:
        dana = by_slack_id(session, "U_DANA").id
    acme = desk.add(
        account(f"Acme {HOSTILE}"[:190], name_key="acme", owner_id=dana, health_reason=HOSTILE,
                onboarding_stage="onboarding", lifecycle_stage="onboarding", segment="<!here>")
    )  # fmt: skip
    desk.add(
        contact(acme.id, HOSTILE[:80], last_login_at=desk.now.replace(day=1)),
        task(acme.id, HOSTILE[:150], assignee_id=dana, priority="high"),
        meeting(acme.id, HOSTILE[:150]),
        feedback(acme.id, comment=HOSTILE, email="<!channel>@x.example"),
        renewal(acme.id, next_step=HOSTILE[:200]),
    )
    return desk


def test_no_answer_to_a_command_pings_or_links(hostile):
    dana = hostile.person("U_DANA", "C_ALERTS")
    typed = HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert len(COMMANDS) > 15
    for name in COMMANDS:
        for text in (name, f"{name} acme", f"{name} {typed}", f"{name} acme {typed}"):
            seen = dana.command(f"/cs {text}")
            assert seen.view or seen.messages, text
            for said in words([seen.view and seen.view.raw, *[m.raw for m in seen.messages]]):
                assert set(LIVE.findall(said)) <= OURS, (text, said)
                assert not UNSEEN.search(said)


def test_no_message_that_csbot_posts_pings_whom_a_customer_names(hostile):
    for job in ("detect", "renewals", "digest", "reminders"):
        hostile.run(job)
    posted = [m for room in hostile.slack.messages.values() for m in room.values()]
    assert len(posted) > 3
    assert "Acme" in " ".join(m.text for m in posted)
    for message in posted:
        for said in words({"blocks": message.blocks, "text": message.text}):
            assert set(LIVE.findall(said)) <= OURS, said
            assert not UNSEEN.search(said)
    assert {ping for _, ping in hostile.slack.all_pings} <= OURS

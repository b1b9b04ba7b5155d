"""The guard that every flow test ends with, tried: what it must not let pass, it does not."""

import pytest

from csbot.outbox.queue import enqueue
from messages.said import Said
from tests.flows.conftest import calm


def test_a_quiet_workspace_passes(desk):
    desk.person("U_DANA", "C_ALERTS").command("/cs help")
    calm(desk.slack)


@pytest.mark.parametrize(
    ("channel", "text"),
    [
        ("C_GENERAL", "Hello."),
        ("C_ALERTS", "<!here> Hello."),
        ("C_ALERTS", "<!channel|all> Hello."),
        ("C_OTHER", "<!everyone>"),
        ("C_OTHER", "<!subteam^S1>"),
    ],
)
def test_a_call_to_everybody_does_not(desk, channel, text):
    payload = {
        "text": text,
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}],
    }
    desk.wiring.slack.post(channel, payload, key="loud")
    with pytest.raises(AssertionError):
        calm(desk.slack)
    desk.slack.messages.clear()
    desk.slack.calls.clear()


def test_hostile_words_of_a_customer_pass_since_they_call_nobody(desk):
    with desk.sessions.begin() as session:
        said = Said(sentence="A customer is called <!channel>.")
        enqueue(session, said, to="#cs-alerts", key="one", now=desk.now)
    desk.deliver()
    assert len(desk.in_channel()) == 1
    calm(desk.slack)

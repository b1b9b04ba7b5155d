"""A form that Slack will not open (any more) is said, not swallowed."""

import pytest

from csbot.workspace.faults import Fault
from tests.builders import account


@pytest.mark.parametrize("command", ["/cs checkin acme", "/cs meeting add acme"])
def test_a_command_whose_form_does_not_open_says_so(desk, command):
    desk.add(account("Acme"))
    desk.slack.faults.order(Fault("views.open", "error", error="expired_trigger_id"))
    seen = desk.person("U_DANA", "C_ALERTS").command(command)
    assert "too long" in seen.words


def test_a_press_whose_form_does_not_open_says_so(desk):
    acme = desk.add(account("Acme"))
    dana = desk.person("U_DANA", "C_ALERTS")
    card = dana.command("/cs account acme")
    assert acme.name in card.words
    desk.slack.faults.order(Fault("views.open", "error", error="expired_trigger_id"))
    seen = dana.press(card.ephemeral, label="Log Check-In")
    assert "too long" in seen.words
    again = dana.press(card.ephemeral, label="Log Check-In")
    assert again.view is not None

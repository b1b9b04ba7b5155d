"""All that can start a playbook, by name: events that happen, and detectors of what is true."""

from csbot.playbooks.triggers import accounts, people, voices
from csbot.playbooks.triggers.look import Look, Trigger

__all__ = ["TRIGGERS", "Look", "Trigger"]

TRIGGERS: dict[str, Trigger] = {
    trigger.name: trigger for module in (accounts, people, voices) for trigger in module.TRIGGERS
}

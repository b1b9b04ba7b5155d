"""All that can start a playbook, by name: events that happen, and detectors of what is true."""

from csbot.playbooks.triggers import (
    accounts,
    churn,
    features,
    money,
    onboarding,
    people,
    renewals,
    reviews,
    silence,
    trials,
    voices,
    work,
)
from csbot.playbooks.triggers.look import Look, Trigger

__all__ = ["TRIGGERS", "Look", "Trigger"]

MODULES = (
    accounts,
    onboarding,
    people,
    features,
    money,
    trials,
    voices,
    silence,
    work,
    reviews,
    renewals,
    churn,
)
TRIGGERS: dict[str, Trigger] = {
    trigger.name: trigger for module in MODULES for trigger in module.TRIGGERS
}

"""How changes read that are of no account, of settings, and of messages to customers."""

from collections.abc import Mapping
from typing import Any

from messages.settable import KNOBS, WAYS

OF_NO_ACCOUNT = {
    "app.back": "csbot is back in Slack",
    "app.removed": "Slack removed csbot",
    "away.ended": "Absence ended",
    "away.moved": "Absence changed",
    "away.set": "Absence noted",
    "calendar.added": "Calendar of {after[host]} added",
    "calendar.removed": "Calendar of {after[host]} removed",
    "feedback.updated": "Feedback changed by the survey",
    "hold.dropped": "{after[alerts]} held alerts dropped",
    "hold.first_look": "First look after something new",
    "hold.gone": "What was held back is not true any more",
    "hold.known": "Started from today: {after[alerts]} held alerts are known and ping nobody",
    "hold.opened": "{after[alerts]} alerts held back",
    "hold.released": "{after[alerts]} held alerts released",
    "hold.waits": "{after[alerts]} held alerts wait for another day",
    "inbox.dropped": "What {before[source]} sent was dropped",
    "inbox.expired": "What could not be read for long was dropped",
    "key.created": "Key “{after[name]}” for {after[source]} made",
    "key.revoked": "Key “{before[name]}” withdrawn",
    "match": "Somebody of the team was found in Slack",
    "meeting.updated": "Meeting changed: {after[title]}",
    "person.erased": "Somebody was erased",
    "playbook.as_before": "Alerts of a playbook reach you as before",
    "playbook.asks": "A playbook's messages to customers wait for approval again",
    "playbook.digest_only": "Alerts of a playbook come only with your digest",
    "playbook.kept": "A playbook was looked at and kept on",
    "playbook.sends": "A playbook's messages to customers go out without approval",
    "playbook.switched_off": "A playbook was switched off",
    "playbook.switched_on": "A playbook was switched on",
    "playbook.threshold_wished": "Another threshold wished for a playbook",
    "team.access_asked": "{after[name]} asked for access",
    "team.access_granted": "{after[name]} got access, as {after[role]}",
    "team.added": "Somebody was added to the team",
    "team.alerts_chosen": "How alerts reach them by kind changed",
    "team.changed": "What the team's list says of somebody changed",
    "team.settings_changed": "Own settings changed",
}

TOUCH_KINDS = {"email": "E-mail", "sms": "SMS"}
TOUCHES = {
    "touch.drafted": "drafted, waits for approval",
    "touch.approved": "approved",
    "touch.skipped": "left out",
    "touch.edited": "edited",
    "touch.expired": "not sent, its time was over",
    "touch.withdrawn": "not sent, it was taken back",
    "touch.sent": "sent",
    "touch.bounced": "came back",
    "touch.failed": "not accepted",
    "touch.uncertain": "perhaps sent, nobody knows",
}


def setting_words(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """A setting as `/cs admin` calls it; without a value it is as in csbot.toml."""
    knob = KNOBS.get(str(after.get("key") or before.get("key")))
    label = f"Setting “{knob.label}”" if knob else "A setting"
    label += " (how alerts reach them)" if knob and knob.reach else ""
    old, new = (_shown(facts.get("value")) for facts in (before, after))
    if new is None:
        return f"{label} is as in csbot.toml again" + (f", not {old} any more" if old else "")
    return f"{label} changed from {old} to {new}" if old else f"{label} set to {new}"


def _shown(value: Any) -> str | None:
    if isinstance(value, dict):
        value = ", ".join(f"{name} = {one}" for name, one in value.items())
    return None if value in (None, "") else WAYS.get(str(value), str(value))


def touch_words(verb: str, after: dict[str, Any]) -> str:
    """What became of a message to a customer, with its subject."""
    kind = TOUCH_KINDS.get(after.get("channel") or "", "Message")
    subject = f" “{after['subject']}”" if after.get("subject") else ""
    became = TOUCHES.get(verb) or verb.removeprefix("touch.").replace("_", " ")
    return f"{kind} to {after.get('to') or 'somebody'} {became}{subject and ':'}{subject}"

"""How what happened to an account reads: one plain sentence each, newest first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from messages.accounts import ALERTS
from messages.billing import billing_words
from messages.blocks import Block, Button, Control, actions, context, section
from messages.changes import OF_NO_ACCOUNT, setting_words, touch_words
from messages.ids import Action
from messages.message import Message, Parts
from messages.pieces import pieces
from messages.text import Mrkdwn

HOW = {"call": "Call", "email": "E-mail", "meeting": "Meeting", "chat": "Chat"}
SURVEYS = {"nps": ("NPS", 10), "csat": ("CSAT", 5), "happiness": ("Happiness", 5)}
OUTCOMES = {"attended": "attended", "no_show": "nobody came", "cancelled": "cancelled"}
CHANGES = {
    "account.added": "Account added by an import",
    "account.assigned": "Owner changed from {before[name]} to {after[name]}",
    "account.health_set": "Health set to {after[health]}",
    "account.tagged": "Tags changed",
    "channel.followed": "The channel #{after[channel]} follows it",
    "channel.unfollowed": "No longer followed in #{after[channel]}",
    "channel.neutral": "The channel #{after[channel]} is shared with another organisation now",
    "channel.header_remade": "Its header in #{after[channel]} was taken away, and is back",
    "channel.header_left": "Its header in #{after[channel]} was taken away",
    "checkin.logged": "Check-in logged: {after[note]}",
    "feedback.recorded": "Feedback recorded",
    "meeting.added": "Meeting added: {after[title]}",
    "meeting.outcome": "Meeting noted as {after[outcome]}",
    "alert.raised": "Alert raised",
    "alert.risen": "Alert became more urgent",
    "alert.taken": "Alert acknowledged",
    "alert.undone": "Acknowledgement taken back",
    "alert.reopened": "Alert open again",
    "alert.snoozed": "Alert snoozed",
    "alert.woken": "Alert is back from its snooze",
    "alert.handed_over": "Alert handed over",
    "alert.escalated": "Alert went up to the manager",
    "alert.closed": "Alert closed",
    "alert.done": "Alert dealt with",
    "promise.moved": "What was promised of an alert is due later",
    "promise.lapsed": "What was promised of an alert did not follow",
    "alert.judged": "Alert judged: {after[verdict]}",
    "alert.muted": "No such alerts until {after[until]}",
    "alert.unmuted": "Such alerts are wanted again",
    "task.added": "Task added: {after[title]}",
    "task.submitted": "The customer asked: {after[title]}",
    "task.finished": "Task done: {after[title]}",
    "task.postponed": "Task due {after[due_on]} instead of {before[due_on]}: {after[title]}",
    "task.cancelled": "Task no longer needed: {after[title]}",
    "feedback.answered": "Feedback answered",
    "onboarding.started": "Onboarding began at the stage {after[stage]}",
    "onboarding.finished": "Onboarding finished after {before[stage]}",
    "onboarding.track": "Track changed from {before[process]} to {after[process]}",
    "onboarding.people": "Who looks after them, and when, was written down",
    "onboarding.requirements": "What they want was written down",
    "stage.advanced": "Stage changed from {before[stage]} to {after[stage]}",
    "stage.ticked": "Criteria of {after[stage]} ticked off",
    "first_value.reached": "First value reached: {after[first_value_what]}",
    "renewal.next_step": "Next step for the renewal: {after[next_step]}",
    "renewal.changed": "Renewal: {after[category]}, next step {after[next_step]}",
    "renewal.moved": "Renewal moved",
    "renewal.renewed": "Renewed, due again on {after[due_on]}",
    "renewal.reopened": "Renewal opened again",
    "renewal.withdrawn": "Renewal withdrawn",
    "renewal.won": "Renewal won",  # viewers read it, too: how much is not for them
    "renewal.lost": "Renewal lost",
    "churn.recorded": "They leave on {after[effective_on]}, {after[type]}",
    "churn.applied": "No customer any more",
    "churn.withdrawn": "They stay after all",
    "account.happiness_changed": "Happiness: {after[level]}",
    "contact.opted_out": "A contact wants no more e-mail",
    "contact.opted_in": "A contact wants e-mail again",
    "contact.opted_out_of_sms": "A contact wants no more SMS",
    "contact.opted_in_to_sms": "A contact wants SMS again",
    "contact.answered": "Answer to an SMS: {after[text]}",
    "ticket.opened": "Ticket opened: {after[title]}",
    "ticket.solved": "Ticket solved: {after[title]}",
    "ticket.reopened": "Ticket opened again: {after[title]}",
    "ticket.moved": "A ticket turned out to be another account's",
    "event.received": "{after[what]}",
    "import": "Changed by an import",
    "message.kept": "Message of Slack's kept",
    "playbook.started": "Playbook “{after[playbook]}” started",
    "playbook.done": "Playbook “{after[playbook]}”: {after[did]}",
    "playbook.skipped": "Playbook “{after[playbook]}” left a step out: {after[did]}",
    "playbook.failed": "Playbook “{after[playbook]}” could not do a step: {after[did]}",
    "playbook.finished": "Playbook “{after[playbook]}” ended",
    "playbook.exited": "Playbook “{after[playbook]}” ended early",
    "playbook.stopped": "Playbook “{after[playbook]}” stopped",
    "playbook.paused": "Playbook “{after[playbook]}” held",
    "playbook.resumed": "Playbook “{after[playbook]}” goes on",
    "playbook.goal": "Playbook “{after[playbook]}” reached its goal",
    "note.added": "Note: {after[text]}",
    "usage.account_added": "Account added: the product tells of its usage",
    "usage.account_changed": "Changed by the product",
    "usage.joined": "Usage of the product joined",
    "usage.milestone": "Reached {after[milestone]}",
}
TAKEN_BACK = "Taken back: "
UNKNOWN = "Something changed"  # of an older or newer csbot
IMPORTS = {
    "contact.imported": ("contact", "added"),
    "contact.updated": ("contact", "changed"),
    "task.imported": ("task", "added"),
    "task.updated": ("task", "changed"),
    "revenue.imported": ("revenue figure", "added"),
    "revenue.updated": ("revenue figure", "changed"),
    "usage.contact_added": ("contact", "added"),
    "usage.contact_changed": ("contact", "changed"),
}


# By name only: viewers read it, and how much is not for them.
OFFERED = {
    "forecast_amount": "expected amount",
    "incentive": "incentive",
    "offered_months": "contract length",
}


class _Known(dict[str, Any]):
    """What an entry does not say reads as nobody or nothing."""

    def __missing__(self, key: str) -> str:
        return "nobody" if key == "name" else "nothing"


def change_words(verb: str, before: dict[str, Any], after: dict[str, Any], why: str | None) -> str:
    if verb.startswith("undo."):
        return f"{TAKEN_BACK}{change_words(verb.removeprefix('undo.'), after, before, why)}"
    said = _said(verb, before, after)
    if verb.startswith("alert.") and after.get("kind"):
        said = f"{said}: {_alert(after['kind'], after.get('title'))}"
    return f"{said} ({why})" if why else said


def _said(verb: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    if told := TOLD.get(verb):
        return told(before, after)
    if verb in IMPORTS:
        return import_words(verb, 1)
    if verb.startswith("billing."):
        return billing_words(verb, before, after)
    if verb.startswith("touch."):
        return touch_words(verb, after)
    pattern = CHANGES.get(verb) or OF_NO_ACCOUNT.get(verb, UNKNOWN)
    return pattern.format(before=_values(before), after=_values(after))


def _alert(kind: str, title: str | None) -> str:
    """Which alert, among those that an account may have at once; a playbook's is its title."""
    what = "" if kind == "playbook" and title else ALERTS.get(kind, kind.replace("_", " "))
    return ", ".join(part for part in (what, title and f"“{title}”") if part)


def import_words(verb: str, rows: int) -> str:
    noun, how = IMPORTS[verb]
    by = "the product" if verb.startswith("usage.") else "an import"
    return f"{rows:,} {noun}{'' if rows == 1 else 's'} {how} by {by}"


def _tagged(removed: list[str] | None, added: list[str] | None) -> str:
    parts = [("added", added), ("removed", removed)]
    told = "; ".join(f"{how}: {', '.join(tags)}" for how, tags in parts if tags)
    return f"Tags {told or 'changed'}"


def _planned(before: dict[str, Any], after: dict[str, Any]) -> str:
    """What was decided of a renewal; the category and the step only where they are new."""
    said = CHANGES["renewal.changed"].format(after=_values(after))
    changed = [word for key, word in OFFERED.items() if before.get(key) != after.get(key)]
    if not changed:
        return said
    same = all(before.get(k) == after.get(k) for k in ("category", "next_step", "next_step_on"))
    return f"{'Renewal:' if same else f'{said};'} {', '.join(changed)} changed"


def _scored(before: dict[str, Any], after: dict[str, Any]) -> str:
    return f"{feedback_words(after['kind'], after['score'], None)} recorded"


TOLD: dict[str, Callable[[dict[str, Any], dict[str, Any]], str]] = {
    "account.tagged": lambda before, after: _tagged(before.get("tags"), after.get("tags")),
    "feedback.recorded": _scored,
    "renewal.changed": _planned,
    "settings.changed": setting_words,
}


def _values(facts: dict[str, Any]) -> _Known:
    return _Known({key: _value(value) for key, value in facts.items() if value not in (None, [])})


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value.replace("_", " ") if isinstance(value, str) else value


def checkin_words(how: str, note: str, sentiment: str | None) -> str:
    mood = f", {sentiment}" if sentiment else ""
    return f"{HOW.get(how, 'Check-in')}{mood}: {note}"


def message_words(
    kind: str, author: str, text: str, sentiment: str | None = None, noted: str | None = None
) -> str:
    """What somebody kept of Slack, and as what; `noted` is what they wrote of it."""
    kept = {"checkin": ", logged as a check-in", "task": ", made a task"}.get(kind, "")
    mood = f", {sentiment}" if sentiment else ""
    note = f" (noted: {noted})" if noted else ""
    return f"{author} wrote in Slack{kept}{mood}: {text}{note}"


def in_slack(link: str) -> Mrkdwn:
    """A way to the message itself; the address is csbot's own making, of ids alone."""
    return Mrkdwn(f"<{link}|in Slack>")


def feedback_words(kind: str, score: int, comment: str | None) -> str:
    name, best = SURVEYS.get(kind, (kind, 10))
    return f"{name} {score} of {best}" + (f": {comment}" if comment else "")


def meeting_words(title: str, outcome: str | None) -> str:
    return f"Meeting: {title}" + (f", {OUTCOMES.get(outcome, outcome)}" if outcome else "")


def health_words(status: str | None, score: int | None, reason: str | None) -> str:
    judged = " ".join(str(part) for part in (score, status and f"({status})") if part is not None)
    return f"Health {judged or 'unknown'}" + (f": {reason}" if reason else "")


@dataclass(frozen=True, kw_only=True)
class Happened:
    """`what` is a plain sentence, `by` a name."""

    at: datetime
    what: str
    by: str | None
    to_come: bool = False
    link: Mrkdwn | None = None  # ours, to where it was said


@dataclass(frozen=True, kw_only=True)
class AccountTimeline(Message):
    """A page of events, the newest first; `older`: there are more. `logs`: the reader may add."""

    name = "account_timeline"

    account_id: int
    account: str
    events: tuple[Happened, ...]
    older: bool
    wrote: str | None
    logs: bool
    page: int = 1

    @classmethod
    def example(cls) -> Self:
        at = datetime(2026, 11, 20, 9, 12, tzinfo=UTC)
        return cls(
            account_id=1,
            account="Quietwater Freight",
            events=(
                Happened(at=at, what="Call, neutral: Ann is on leave", by="Dana Reyes"),
                Happened(at=at, what="Owner changed from nobody to Dana Reyes", by="Priya Nair"),
            ),
            older=True,
            wrote=None,
            logs=True,
        )

    def question(self) -> str:
        return f"timeline:{self.account_id}:{self.page}"

    def layout(self, parts: Parts) -> list[Block]:
        lines = pieces(parts.body, len(self.events) + 1)[1:]
        groups = [lines[at : at + 5] for at in range(0, len(lines), 5)]
        blocks = [section(parts.summary), *[section("\n".join(group)) for group in groups]]
        blocks += [context(parts.context)] if parts.context else []
        return [*blocks, actions(self.controls())]

    def controls(self) -> list[Control]:
        further = f"timeline:{self.account_id}:{self.page + 1}"
        id = str(self.account_id)
        return [
            *([Button("Next Page", Action.ANSWER_MORE, further)] if self.older else []),
            Button("Open Account", Action.ACCOUNT_OPEN, id),
            *([Button("Log Check-In", Action.ACCOUNT_CHECKIN, id)] if self.logs else []),
        ]

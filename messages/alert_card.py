"""What the cards of all alerts have in common: the stake, whose move it is, the controls."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar

from messages.blocks import Block, Button, Control, Option, Overflow, actions, context, section
from messages.ids import Action
from messages.message import Message, Parts
from messages.render import render_parts, templates
from messages.text import (
    Money,
    Mrkdwn,
    Person,
    clip,
    day_in,
    escape,
    instant,
    mention,
    plural,
    short_money,
)
from messages.turn import whose_move

WORDS = {"critical": "Critical", "soon": "Soon", "info": "Note"}
MARKS = {"critical": "🔴", "soon": "🟠", "info": "🔵", "closed": "⚪"}
DATE = "{date_short_pretty}"


@dataclass(frozen=True, kw_only=True)
class AlertCard(Message):
    """What all alerts share. `asked` are pinged; `direct` is the copy in a person's messages.

    `state` is open, taken or snoozed. A template has the blocks what, why and next. `playbook` is
    what the playbook is called; `like` says of how many of its alerts were real, and of how many
    somebody said whether they were. `by_when` is what whoever took it promised, `waits_for` why it
    takes longer, `asked_after` when they were asked after it; `cover` stands in for the owner, who
    is away; `let_go_by` had it for `let_go_after` days, and nothing followed. `on_customer`: our
    last word waits for theirs.
    """

    DONE_HERE: ClassVar[bool] = False  # whether its cause can be settled from the menu

    GIVES: ClassVar[str] = ""  # what to press where handing it over is what it asks for

    SINCE: ClassVar[bool] = True  # whether it says since when it has been so

    alert_id: int
    version: int
    account: str
    severity: str
    state: str = "open"
    owner: Person | None = None
    cover: Person | None = None
    asked: tuple[Person, ...] = ()
    since: datetime
    arr: Money | None = None
    renews_on: date | None = None
    renews_in: int | None = None
    health: int | None = None
    health_change: int | None = None
    segment: str | None = None
    stage: str | None = None
    taken_by: Person | None = None
    taken_at: datetime | None = None
    by_when: datetime | None = None
    waits_for: str | None = None
    asked_after: datetime | None = None
    let_go_by: Person | None = None
    let_go_after: int = 0
    snoozed_by: Person | None = None
    snoozed_until: datetime | None = None
    snooze_reason: str | None = None
    on_customer: bool = False
    undoable: bool = False
    direct: bool = False
    playbook: str = ""
    like: tuple[int, int] | None = None
    lead: str = field(init=False)
    stake: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lead", _lead(self))
        object.__setattr__(self, "stake", _short_stake(self))

    def short(self) -> str:
        """The few words that tell this one from its like in a list."""
        raise NotImplementedError

    def rule(self) -> str:
        """The condition with this account's own numbers, as a whole sentence."""
        raise NotImplementedError

    def told(self) -> tuple[object, ...]:
        """What the lines of its own say, so that the stake does not say it again."""
        return ()

    def layout(self, parts: Parts) -> list[Block]:
        what, said = one_line(parts.named["what"]), parts.named
        title = f"{MARKS[self.severity]} *{WORDS[self.severity]}: {what}*{_standing(self)}"
        step = f"*Next:* {one_line(said['next'])}"
        lines = [title, said["why"], _full_stake(self), step]
        about = _about(self)
        return [
            section(Mrkdwn("\n".join(line for line in lines if line))),
            *([context(about)] if about else []),
            actions(self.controls(), block_id=f"alert:{self.alert_id}:{self.version}"),
        ]

    def controls(self) -> list[Control]:
        value = f"{self.alert_id}:{self.version}"
        style = "primary" if self.state == "taken" else None
        log = Button("Log Check-In", Action.ALERT_CHECKIN, value, style)
        over = Button(self.GIVES or "Hand Over", Action.ALERT_HAND_OVER, value)
        more = Overflow(Action.ALERT_MORE, _more(self, value))
        if self.state == "taken":
            return [log, over, more]
        first = over if self.GIVES else log
        if self.state == "snoozed":
            return [first, more]
        return [Button("Acknowledge", Action.ALERT_TAKE, value, "primary"), first, more]


def _about(card: AlertCard) -> Mrkdwn:
    """Whose move it is, since when, why at all, and how far alerts like it can be trusted."""
    parts = [] if card.state == "snoozed" else [whose_move(card.on_customer).capitalize()]
    parts += [f"Since {instant(card.since, DATE)}"] if card.SINCE else []
    if card.playbook:
        parts.append(f"Playbook “{escape(clip(one_line(card.playbook), 60))}”")
    if card.like:
        real, judged = card.like
        parts.append(f"like this: {real} of {judged} were real")
    return Mrkdwn(" · ".join(parts))


def _more(card: AlertCard, value: str) -> list[Option]:
    labels = {
        "undo": "Undo", "bywhen": "By When…", "wake": "End Snooze", "snooze": "Snooze…",
        "reassign": "Reassign…", "done": "Done", "task": "Create Task…",
        "account": "Open Account", "why": "Why This?…",
    }  # fmt: skip
    task = "done" if card.DONE_HERE else "task"
    over = [] if card.GIVES else ["reassign"]
    verbs = {
        "open": ["snooze", *over, task, "account", "why"],
        "taken": [
            *(["undo"] if card.undoable else []), "bywhen", "snooze", task,
            *([] if card.undoable else ["account"]), "why",
        ],
        "snoozed": ["wake", "snooze", *over, "done" if card.DONE_HERE else "account", "why"],
    }[card.state]  # fmt: skip
    return [Option(labels[verb], f"{verb}:{value}") for verb in verbs]


def _lead(card: AlertCard) -> str:
    word = WORDS[card.severity]
    if card.state == "taken" and card.taken_by:
        return f"{word}, {clip(card.taken_by.name, 25)} has it"
    if card.state == "snoozed":
        return f"{word}, snoozed"
    return f"{word}, open again" if card.let_go_by else word


def _standing(card: AlertCard) -> str:
    """What follows the title: whose move it is."""
    if card.state == "taken" and card.taken_by and card.taken_at:
        who = named(card.taken_by)
        until = f", by {instant(card.by_when)}" if card.by_when else ""
        why = f": {_reason(card.waits_for)}" if until and card.waits_for else ""
        if until and card.asked_after:
            until += f", asked after it {instant(card.asked_after)}"
        return f" · *{who} has it since {instant(card.taken_at)}{until}*{why}"
    if card.state == "snoozed" and card.snoozed_by and card.snoozed_until:
        who, reason = named(card.snoozed_by), _reason(card.snooze_reason)
        return f" · *snoozed until {instant(card.snoozed_until)} by {who}*: {reason}"
    whose = " ".join(mention(person) for person in card.asked)
    whose = whose or (named(card.cover or card.owner) if card.owner else "no owner")
    whose += f", covering for {named(card.owner)}" if card.cover and card.owner else ""
    if card.let_go_by:
        had = plural(card.let_go_after, "day")
        return f" · *open again, {named(card.let_go_by)} had it for {had}* · {whose}"
    return f" · {whose}"


def _reason(words: str | None) -> Mrkdwn:
    return escape(clip(one_line(words or ""), 200))


def _short_stake(card: AlertCard) -> str:
    words = []
    if card.arr:
        words.append(f"{short_money(card.arr)} ARR")
    if card.renews_in is not None and card.renews_on not in card.told():
        words.append(_renews(card.renews_in))
    said = ", ".join(words)
    return f"{said[:1].upper()}{said[1:]}." if said else ""


def _renews(days: int) -> str:
    if days < 0:
        return f"renewal {plural(-days, 'day')} overdue"
    return f"renews in {plural(days, 'day')}" if days else "renews today"


def _renewal(day: date, days: int) -> str:
    if days < 0:
        return f"renewal {plural(-days, 'day')} overdue, since {day_in(day, days)}"
    return f"renews {day_in(day, days)}, in {plural(days, 'day')}" if days else "renews today"


def _full_stake(card: AlertCard) -> str:
    words, told = [], card.told()
    if card.arr and card.arr not in told:
        words.append(f"{short_money(card.arr)} ARR")
    if card.renews_on and card.renews_in is not None and card.renews_on not in told:
        words.append(_renewal(card.renews_on, card.renews_in))
    if card.health is not None:
        words.append(f"health {card.health}{_direction(card.health_change)}")
    kind = ", ".join(escape(clip(one_line(w), 30)) for w in (card.segment, card.stage) if w)
    return " · ".join([*words, kind] if kind and words else words)


def _direction(change: int | None) -> str:
    if not change:
        return ""
    return f", {'up' if change > 0 else 'down'} {abs(change)} in 7 days"


def named(person: Person) -> Mrkdwn:
    return escape(clip(person.name, 40))


def one_line(text: str) -> str:
    return " ".join(text.split())


def sentence(card: AlertCard) -> Mrkdwn:
    """What is the matter, as one clause: nobody at X has logged in for 9 days."""
    return _block(card, "what")


def next_step(card: AlertCard) -> Mrkdwn:
    return _block(card, "next")


def _block(card: AlertCard, name: str) -> Mrkdwn:
    parts = render_parts(templates().get_template(f"{card.name}.j2"), card)
    return Mrkdwn(one_line(parts.named[name]))

"""What App Home is made of: a part for each thing somebody looks after, each with its controls."""

from dataclasses import dataclass, replace
from datetime import datetime

from messages.accounts import BookLine
from messages.alert_card import AlertCard
from messages.blocks import Block, Button, Control, actions, section
from messages.digests import MINE, OPEN, TASKS, alert_line
from messages.ids import Action
from messages.meetings import MeetingToday
from messages.tasks import TaskLine
from messages.text import Money, Mrkdwn, clip
from messages.waiting import Waiting

LINE_MAX = 600


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something that stands over the rest, such as that somebody is away."""

    sentence: str
    button: Button | None = None


@dataclass(frozen=True, kw_only=True)
class HomeAlert:
    """`age` is new or day 4, `turn` whose move it is."""

    card: AlertCard
    age: str
    turn: str

    @property
    def line(self) -> Mrkdwn:
        return alert_line(self.card, self.age, self.turn)


@dataclass(frozen=True, kw_only=True)
class HomeMeeting(MeetingToday):
    account_id: int


@dataclass(frozen=True, kw_only=True)
class HomeRenewal:
    renewal_id: int
    account: str
    amount: Money
    category: str
    days: int
    next_step: str | None


@dataclass(frozen=True, kw_only=True)
class Done:
    """Something that csbot did for somebody; `entry_id` is set while they can take it back."""

    at: datetime
    what: str
    account: str | None
    account_id: int | None
    by_itself: bool
    entry_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Load:
    """What one of the team looks after; `arr` by currency, `left`: they work here no more."""

    member_id: int
    name: str
    accounts: int
    arr: tuple[Money, ...]
    alerts: Waiting
    overdue: int
    left: bool = False


@dataclass(frozen=True, kw_only=True)
class DueIn:
    """Renewals of one category."""

    category: str
    count: int
    due: tuple[Money, ...]


@dataclass(frozen=True, kw_only=True)
class Late:
    """An account whose onboarding stage takes longer than it should, by `days`."""

    account_id: int
    account: str
    stage: str
    owner: str | None
    days: int


@dataclass(frozen=True, kw_only=True)
class Unowned:
    account_id: int
    account: str
    arr: Money | None


@dataclass(frozen=True, kw_only=True)
class TeamPart:
    """What managers see of their team; the counts are of all, the lines of the first few.

    `due` is None for whoever may not see amounts.
    """

    people: tuple[Load, ...]
    people_count: int
    due: tuple[DueIn, ...] | None
    late: tuple[Late, ...]
    late_count: int
    unowned: tuple[Unowned, ...]
    unowned_count: int


def head(words: str, beside: Control | None = None) -> Block:
    return section(words, beside=beside)


def of_alert(alert: HomeAlert, words: str, *, acts: bool) -> list[Block]:
    line = section(clip(words, LINE_MAX))
    if not acts:
        return [line]
    block_id = f"alert:{alert.card.alert_id}:{alert.card.version}"
    plain = [replace(c, style=None) if isinstance(c, Button) else c for c in alert.card.controls()]
    return [line, actions(plain, block_id=block_id)]


def of_task(task: TaskLine, words: str, *, acts: bool) -> list[Block]:
    if not acts:
        return [section(clip(words, LINE_MAX))]
    done = Button("Done", Action.HOME_TASK_DONE, str(task.id), hears=f"Done: {task.title}")
    later = Button("Postpone…", Action.TASK_LATER, str(task.id), hears=f"Postpone: {task.title}")
    return [section(clip(words, LINE_MAX)), actions([done, later])]


def of_meeting(meeting: HomeMeeting, words: str) -> Block:
    hears = f"Brief for {meeting.account}"
    brief = Button("Brief", Action.HOME_BRIEF, str(meeting.account_id), hears=hears)
    return section(clip(words, LINE_MAX), beside=brief)


def of_account(line: BookLine, words: str) -> Block:
    return section(clip(words, LINE_MAX), beside=opens(line.account_id, line.account))


def of_renewal(one: HomeRenewal, words: str, *, acts: bool) -> Block:
    hears = f"Change the renewal of {one.account}"
    change = Button("Change…", Action.RENEWAL_CHANGE, str(one.renewal_id), hears=hears)
    return section(clip(words, LINE_MAX), beside=change if acts else None)


def of_done(one: Done, words: str, *, acts: bool) -> Block:
    beside = opens(one.account_id, one.account or "it") if one.account_id else None
    if one.entry_id is not None and acts:
        beside = Button("Undo", Action.HOME_UNDO, str(one.entry_id), hears=f"Undo: {one.what}")
    return section(clip(words, LINE_MAX), beside=beside)


def of_load(one: Load, words: str, *, acts: bool) -> Block:
    hears = f"Hand over the accounts of {one.name}"
    button = Button("Hand Over…", Action.HOME_HAND_OVER, str(one.member_id), hears=hears)
    return section(clip(words, LINE_MAX), beside=button if acts and one.accounts else None)


def of_unowned(one: Unowned, words: str, *, acts: bool) -> Block:
    hears = f"Assign {one.account}"
    button = Button("Assign…", Action.HOME_ASSIGN, str(one.account_id), hears=hears)
    return section(clip(words, LINE_MAX), beside=button if acts else None)


def opens(account_id: int, account: str) -> Button:
    return Button("Open", Action.ACCOUNT_OPEN, str(account_id), hears=f"Open {account}")


def all_alerts(of: int | None) -> Button:
    return _all(Action.DIGEST_SHOW, OPEN, of, "Show all alerts that need you")


def all_tasks(of: int | None) -> Button:
    return _all(Action.DIGEST_SHOW, MINE if of is None else TASKS, of, "Show all open tasks")


def all_accounts(code: str) -> Button:
    return Button("All…", Action.HOME_ACCOUNTS, code, hears="Show all accounts by risk")


def _all(action: Action, value: str, of: int | None, hears: str) -> Button:
    return Button("All…", action, value if of is None else f"{value}:{of}", hears=hears)

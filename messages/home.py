"""How App Home reads to each who opens it; its parts stand in messages/home_parts.py."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Self, TypeVar

from messages import home_parts as parts_of
from messages.accounts import AccountBook, BookLine
from messages.alerts import AlertInactive
from messages.blocks import Block, Button, Control, actions, context, section
from messages.home_parts import (
    Done,
    DueIn,
    HomeAlert,
    HomeMeeting,
    HomeRenewal,
    Late,
    Load,
    Notice,
    TeamPart,
    Unowned,
)
from messages.ids import Action
from messages.introductions import Introduction
from messages.message import Message, Parts
from messages.pieces import pieces
from messages.render import render
from messages.tasks import TaskLine
from messages.text import Money, Mrkdwn
from messages.waiting import Waiting

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
USD = Money(Decimal(120_000))
BUSY = Waiting(needing=2, taken=1)
QUIET = replace(AlertInactive.example(), asked=())
TEAM = TeamPart(
    people=(
        Load(member_id=1, name="Dana Reyes", accounts=14, arr=(USD,), alerts=BUSY, overdue=1),
        Load(member_id=2, name="Lee Park", accounts=9, arr=(USD,), alerts=Waiting(), overdue=0),
    ),
    people_count=3,
    due=(DueIn(category="commit", count=2, due=(USD,)),),
    late=(Late(account_id=3, account="Busy Bakery", stage="Kick-off", owner="Lee Park", days=4),),
    late_count=2,
    unowned=(Unowned(account_id=4, account="Nobody Noodles", arr=USD),),
    unowned_count=2,
)
DONE = (
    Done(at=NOW, what="Task “Call legal” added", account="Acme", account_id=7, by_itself=False,
         entry_id=8),
    Done(at=NOW, what="Health is 41", account="Acme", account_id=7, by_itself=True),
)  # fmt: skip
AWAY = "Say that you are away, and who covers"
HAND_OVER = "Hand over the accounts of whomever you choose"
FOLLOW = "Let a channel follow an account"
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Home(Message):
    """One person's day; a list of None is nothing for their role, an empty one says so.

    The counts are of all, the lists the first few. `acts` is whether they may press; `seen_by`
    names the admin who looks at it as they would, and `of` is then whose Home it is.
    """

    name = "home"

    person: str
    acts: bool
    looks_as: bool = False
    follows: bool = False
    seen_by: str | None = None
    of: int | None = None
    introduction: Introduction | None = None
    notices: tuple[Notice, ...] = ()
    team: TeamPart | None = None
    hands_over: bool = False
    alerts: tuple[HomeAlert, ...] | None
    alerts_count: Waiting
    critical: int
    meetings: tuple[HomeMeeting, ...] | None
    meetings_count: int
    tasks: tuple[TaskLine, ...] | None
    tasks_count: int
    whose: str
    accounts: tuple[BookLine, ...]
    accounts_count: int
    accounts_code: str
    renewals: tuple[HomeRenewal, ...] | None
    renewals_count: int
    did: tuple[Done, ...] | None
    settings: Mrkdwn
    as_of: datetime

    @classmethod
    def example(cls) -> Self:
        return cls(
            person="Dana Reyes",
            acts=True,
            looks_as=True,
            follows=True,
            notices=(Notice(sentence="Lee Park covers for you until Tuesday."),),
            team=TEAM,
            hands_over=True,
            alerts=(HomeAlert(card=QUIET, age="day 4", turn="on you"),),
            alerts_count=BUSY,
            critical=1,
            meetings=(
                HomeMeeting(
                    account_id=5, starts_at=NOW, account="Meeting Makers", title="Success session"
                ),
            ),
            meetings_count=1,
            tasks=(
                TaskLine(12, "Call legal", "Acme", date(2026, 11, 20), "overdue", 3, "high"),
                TaskLine(13, "Send the plan", "Acme", date(2026, 11, 23), "today", 0, "normal"),
            ),
            tasks_count=2,
            whose="your",
            accounts=AccountBook.example().lines,
            accounts_count=14,
            accounts_code="1|1|||",
            renewals=(
                HomeRenewal(
                    renewal_id=6, account="Quietwater Freight", amount=USD, category="probable",
                    days=50, next_step="Call Ann",
                ),
            ),
            renewals_count=1,
            did=DONE,
            settings=Mrkdwn("Alerts mention you in the channel; your digest comes at 08:30."),
            as_of=NOW,
        )  # fmt: skip

    def layout(self, parts: Parts) -> list[Block]:
        said = parts.named
        blocks = [section(f"*{parts.summary}*"), context(parts.context)]
        blocks += render(self.introduction)["blocks"] if self.introduction else []
        blocks += self._notices(said)
        blocks += self._team(self.team, said) if self.team else []
        for make in (self._alerts, self._meetings, self._tasks, self._accounts, self._renewals):
            blocks += make(said)
        return [*blocks, *self._did(said), *self._settings(said)]

    def _notices(self, said: Any) -> Iterator[Block]:
        words = pieces(said["notices"], len(self.notices))
        for notice, one in zip(self.notices, words, strict=True):
            yield section(one, beside=notice.button if self.acts else None)
        if self.seen_by:
            back = Button("Back to Mine", Action.HOME_VIEW_MINE, "me")
            yield section(said["preview"], beside=back)

    def _team(self, team: TeamPart, said: Any) -> Iterator[Block]:
        may = self.hands_over and self.acts
        one = Button("Hand Over…", Action.HOME_HAND_OVER, "0", hears=HAND_OVER)
        yield parts_of.head(said["team_head"], one if may else None)
        yield from _rows(team.people, said["team"], lambda p, w: parts_of.of_load(p, w, acts=may))
        if team.due is not None:
            yield section(said["due"])
        yield parts_of.head(said["late_head"])
        yield from _rows(
            team.late,
            said["late"],
            lambda p, w: section(w, beside=parts_of.opens(p.account_id, p.account)),
        )
        yield parts_of.head(said["unowned_head"])
        yield from _rows(
            team.unowned, said["unowned"], lambda p, w: parts_of.of_unowned(p, w, acts=may)
        )

    def _alerts(self, said: Any) -> Iterator[Block]:
        if self.alerts is None:
            return
        more = parts_of.all_alerts(self.of) if self.alerts_count.total > len(self.alerts) else None
        yield parts_of.head(said["alerts_head"], more)
        words = pieces(said["alerts"], len(self.alerts))
        for alert, line in zip(self.alerts, words, strict=True):
            yield from parts_of.of_alert(alert, line, acts=self.acts)

    def _meetings(self, said: Any) -> Iterator[Block]:
        if self.meetings is not None:
            yield parts_of.head(said["meetings_head"])
            yield from _rows(self.meetings, said["meetings"], parts_of.of_meeting)

    def _tasks(self, said: Any) -> Iterator[Block]:
        if self.tasks is None:
            return
        more = parts_of.all_tasks(self.of) if self.tasks_count > len(self.tasks) else None
        yield parts_of.head(said["tasks_head"], more)
        for task, line in zip(self.tasks, pieces(said["tasks"], len(self.tasks)), strict=True):
            yield from parts_of.of_task(task, line, acts=self.acts)

    def _accounts(self, said: Any) -> Iterator[Block]:
        yield parts_of.head(said["accounts_head"], parts_of.all_accounts(self.accounts_code))
        yield from _rows(self.accounts, said["accounts"], parts_of.of_account)

    def _renewals(self, said: Any) -> Iterator[Block]:
        if self.renewals is not None:
            yield parts_of.head(said["renewals_head"])
            yield from _rows(
                self.renewals,
                said["renewals"],
                lambda one, words: parts_of.of_renewal(one, words, acts=self.acts),
            )

    def _did(self, said: Any) -> Iterator[Block]:
        if self.did is not None:
            yield parts_of.head(said["did_head"])
            yield from _rows(
                self.did,
                said["did"],
                lambda one, words: parts_of.of_done(one, words, acts=self.acts),
            )

    def _settings(self, said: Any) -> Iterator[Block]:
        away = Button("Set Away…", Action.AWAY_EDIT, "me", hears=AWAY)
        yield section(said["settings_line"], beside=None if self.seen_by else away)
        if not self.seen_by:
            look = Button("View as…", Action.HOME_VIEW_AS, "me", hears="See Home as somebody else")
            follow = Button("Follow in a Channel…", Action.HOME_FOLLOW, "0", hears=FOLLOW)
            made: list[Control] = [Button("Change My Settings", Action.SETTINGS_EDIT, "me")]
            made += [follow] if self.follows else []
            yield actions([*made, *([look] if self.looks_as else [])])


def _rows(items: Sequence[T], words: str, make: Callable[[T, str], Block]) -> Iterator[Block]:
    for item, line in zip(items, pieces(words, len(items)), strict=True):
        yield make(item, line)


@dataclass(frozen=True, kw_only=True)
class HomeOfStranger(Message):
    """To a colleague whom csbot does not know: nothing of any customer."""

    name = "home_of_stranger"

    @classmethod
    def example(cls) -> Self:
        return cls()

    def controls(self) -> list[Control]:
        return [Button("Ask for Access", Action.ACCESS_ASK, "me", "primary")]


@dataclass(frozen=True, kw_only=True)
class HomeOfOutsider(Message):
    """To guests, and to whoever has left the team: nothing of any customer either."""

    name = "home_of_outsider"

    @classmethod
    def example(cls) -> Self:
        return cls()


def render_home(home: Message) -> dict[str, Any]:
    """The view that `views.publish` takes."""
    return {"type": "home", "callback_id": home.name, "blocks": render(home)["blocks"]}

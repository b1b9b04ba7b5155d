"""When an account may leave a stage, and for which one. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from csbot.errors import Refused, Wrong, all_at_once
from csbot.onboarding.stages import Criterion, Stage, after, track
from csbot.words import said

REASON_MAX = 300
# After a name.
POSSIBLE = "`next`, `people`, `requirements`, `intro`, `gantt`, `value`, `start`, `track`"
AFTER_ONBOARDING = "adoption"
IN_ONBOARDING = "onboarding"
END = "end"  # in place of a stage: behind the last one


@dataclass(frozen=True)
class Progress:
    """Where an account stands: of its stage the keys of the criteria that csbot has `seen` to be
    met and those `ticked` off by hand, and of the next stage those that it is `ready` for."""

    stage: Stage
    following: Stage | None
    since: datetime
    seen: frozenset[str]
    ticked: frozenset[str]
    ready: frozenset[str]

    @property
    def open(self) -> list[Criterion]:
        """What must be so before the stage is left."""
        met = self.seen | self.ticked
        return [item for item in self.stage.criteria if item.key not in met]

    @property
    def done(self) -> list[Criterion]:
        met = self.seen | self.ticked
        return [item for item in self.stage.criteria if item.key in met]

    @property
    def barred(self) -> list[Criterion]:
        """What must be so before the next stage is entered."""
        entry = self.following.entry if self.following else ()
        return [item for item in entry if item.key not in self.ready]

    @property
    def due_at(self) -> datetime:
        return self.since + timedelta(days=self.stage.days)


class NotReady(Refused):
    """Criteria are unmet; `account` is its name, `progress` says which."""

    def __init__(self, account_id: int, account: str, progress: Progress) -> None:
        waits = texts([*progress.open, *progress.barred])
        super().__init__(f"{account} cannot leave {progress.stage.name} yet. Still open: {waits}.")
        self.account_id, self.account, self.progress = account_id, account, progress


class NotBegun(Refused):
    """Onboarding is not under way, so there is nothing to leave."""

    def __init__(self, account_id: int, account: str, lifecycle: str) -> None:
        waits = lifecycle == IN_ONBOARDING
        where = "waits for its onboarding to begin" if waits else f"is in {lifecycle}"
        super().__init__(f"{account} {where}. `/cs stage {account} start` begins it.")
        self.account_id = account_id


class HasLeft(Refused):
    """Who has left is not brought back in passing."""

    def __init__(self, account: str) -> None:
        super().__init__(
            f"{account} has left. If it stays after all, `/cs churn {account}` has *They Stay*. "
            f"With a new contract a manager begins anew, with `/cs stage {account} start`."
        )


class NeedsReason(Refused):
    """Only a reason is missing, and this person may give one; `to` is the stage they want."""

    def __init__(self, account_id: int, account: str, progress: Progress, to: str | None) -> None:
        super().__init__("That skips stages or goes back. Give a reason.", field="reason")
        self.account_id, self.account, self.progress, self.to = account_id, account, progress, to


class MovedOn(Refused):
    """The account is not, or no longer, in the stage that the button was shown for."""


def target(*, process: str, stage: Stage, to: str | None) -> Stage | None:
    """The stage to go to, None for the end of the track; Refused when there is no such stage."""
    if to is None:
        return after(process, stage)
    if to == END:
        return None
    wanted = next((other for other in track(process) if other.key == to), None)
    if wanted is None:
        raise Refused(f"There is no such stage. There are: {names(process)}.", field="to")
    if wanted.key == stage.key:
        raise Refused(f"It is in {stage.name} already.", field="to")
    return wanted


def needs_override(*, progress: Progress, goes_to: Stage | None) -> bool:
    """Leaving with criteria unmet, skipping a stage or going back needs a reason of a manager."""
    return bool(progress.open or progress.barred) or goes_to != progress.following


@all_at_once
def check_reason(reason: str) -> Wrong:
    if len(reason.strip()) < 3:
        yield Refused("Write why, in a few words.", field="reason")
    if len(reason) > REASON_MAX:
        yield Refused(f"At most {REASON_MAX} characters.", field="reason")


def texts(criteria: Iterable[Criterion]) -> str:
    return ", ".join(item.text for item in criteria)


def names(process: str) -> str:
    return ", ".join(stage.name for stage in track(process))


def called(process: str, text: str) -> Stage:
    """The stage that `text` names, by number, name or the beginning of it."""
    wanted = " ".join(text.casefold().split())
    for fits in (_is, _begins, _holds):
        found = [stage for stage in track(process) if wanted and fits(stage, wanted)]
        if len(found) == 1:
            return found[0]
    raise Refused(
        f"I know no single stage like {said(text)}. After the name of an account there can be "
        f"{POSSIBLE}, or a stage: {names(process)}."
    )


def _is(stage: Stage, wanted: str) -> bool:
    return wanted in (stage.key, stage.name.casefold(), str(stage.number))


def _begins(stage: Stage, wanted: str) -> bool:
    return stage.name.casefold().startswith(wanted)


def _holds(stage: Stage, wanted: str) -> bool:
    return wanted in stage.name.casefold()

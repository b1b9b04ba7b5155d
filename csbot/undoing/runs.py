"""What playbooks did because of an act: once it is taken back, it is no cause any more."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select, true

from csbot.alerts.scope import Scope
from csbot.playbooks import retracting, runs
from csbot.playbooks.model import PlaybookRun, PlaybookVersion
from csbot.points import PointsEntry, Won, enter
from csbot.team.model import TeamMember
from csbot.undoing.telling import news
from csbot.undoing.way import Change

# The events that an act of this verb is, as triggers name them.
EVENTS = {
    "account.health_set": ("health.set",),
    "feedback.recorded": ("feedback.received",),
    "meeting.added": ("meeting.booked",),
    "meeting.outcome": ("meeting.ended",),
    "meeting.updated": ("meeting.booked",),
    "onboarding.finished": ("onboarding.finished",),
    "onboarding.started": ("onboarding.started",),
    "renewal.won": ("renewal.closed",),
    "task.added": ("task.added",),
    "task.finished": ("task.done",),
}
BECAUSE = "what began it was taken back"


def stop(back: Change, *, by: TeamMember | None) -> None:
    """End the runs that it began, with what they drafted, gave to do, told and gave points for.

    Done anew, it begins them anew.
    """
    events = EVENTS.get(back.entry.verb)
    if events is None:
        return
    started = back.session.scalars(
        select(PlaybookRun.id)
        .join(PlaybookVersion, PlaybookVersion.id == PlaybookRun.version_id)
        .where(
            PlaybookRun.account_id == back.entry.account_id,
            PlaybookRun.started_at >= back.entry.at,
            PlaybookVersion.definition["trigger"]["event"].as_string().in_(events),
            _about(back),
        )
    ).all()
    if started:
        scope = Scope.load(back.session, back.settings, back.now)
        runs.end(scope, started, state="stopped", because=BECAUSE)
        runs.over(scope, started)
        retracting.cancel_tasks(scope, started, BECAUSE)
        retracting.rewrite_notes(scope, started, news(back, by, ""))
        _return_points(back, started)


def _about(back: Change) -> ColumnElement[bool]:
    """A run's subject begins with the number of the row that an event is about."""
    noun, _, number = back.entry.subject.partition(":")
    if noun == "account":
        return true()
    subject = PlaybookRun.subject
    return or_(subject == number, *(subject.startswith(f"{number}{mark}") for mark in ":@"))


def _return_points(back: Change, started: Sequence[int]) -> None:
    won = back.session.scalars(select(PointsEntry).where(PointsEntry.run_id.in_(started))).all()
    taken = [
        Won(one.account_id, -one.points, f"Taken back: {one.reason}", f"taken-back:{one.id}")
        for one in won
    ]
    enter(back.session, taken, now=back.now)

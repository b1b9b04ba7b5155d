"""The step that asks whoever held a meeting how it went."""

from sqlalchemy import select

from csbot.access import May, allows
from csbot.alerts.among import among
from csbot.meetings import debriefing
from csbot.meetings.debriefing import Ask
from csbot.meetings.model import Meeting
from csbot.playbooks.going import Batch, Going
from csbot.playbooks.reach import subject_of
from csbot.team.model import TeamMember


def debrief(batch: Batch) -> None:
    """The organizer, else the owner of the account, or who stands in for them; of a meeting that
    nobody has noted yet."""
    meetings = _meetings(batch)
    asks = []
    for run in batch.runs:
        meeting = meetings.get(run.run.subject_id or 0)
        if meeting is None:
            batch.skip(run, "what started it was no meeting")
        elif meeting.outcome is not None:
            batch.skip(run, "it is known already how it went")
        elif who := _whom(batch, run, meeting):
            asks.append(Ask(meeting, who))
            batch.note(run, f"asked {who.name} how {meeting.title} went")
        else:
            batch.skip(run, "nobody to ask: neither its organizer nor the owner is in Slack")
    debriefing.ask(batch.session, asks, now=batch.now)


def _meetings(batch: Batch) -> dict[int, Meeting]:
    if subject_of(batch.definition) != "meeting":
        return {}
    ids = [run.run.subject_id for run in batch.runs if run.run.subject_id is not None]
    query = select(Meeting).where(among(batch.session, Meeting.id, ids))
    fresh = query.execution_options(populate_existing=True)
    return {meeting.id: meeting for meeting in batch.session.scalars(fresh)}


def _whom(batch: Batch, run: Going, meeting: Meeting) -> TeamMember | None:
    owner = run.owner.id if run.owner else None
    people = (batch.scope.told(meeting.organizer_id), batch.scope.told(owner))
    return next((p for p in people if p and p.slack_id and allows(p.role, May.LOG)), None)

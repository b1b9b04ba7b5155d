"""The words of steps that csbot's own people read: filled with what the run is about."""

from collections.abc import Iterator

from sqlalchemy import select

from csbot.alerts.among import among
from csbot.contacts import Contact
from csbot.meetings.model import Meeting
from csbot.playbooks.going import Batch, Going
from csbot.playbooks.reach import subject_of
from csbot.touches.words import Recipient, values_for
from messages.letters import Unwritten, write


def written(batch: Batch, *texts: str | None) -> Iterator[tuple[Going, list[str]]]:
    """Each run with its words, empty where the file has none.

    Where something in them is not known the step fails for that run alone.
    """
    meetings = _meetings(batch)
    for run in batch.runs:
        recipient = Recipient(
            account=run.account,
            contact=run.contact or Contact(),
            owner=run.owner,
            facts=run.run.facts,
            meeting=meetings.get(run.run.subject_id or 0),
        )
        values = values_for(recipient, batch.settings)
        try:
            yield run, [write(text, values) if text else "" for text in texts]
        except Unwritten as missing:
            batch.fail(run, missing.reason)


def _meetings(batch: Batch) -> dict[int, Meeting]:
    if subject_of(batch.definition) != "meeting":
        return {}
    ids = [run.run.subject_id for run in batch.runs if run.run.subject_id is not None]
    query = select(Meeting).where(among(batch.session, Meeting.id, ids))
    return {meeting.id: meeting for meeting in batch.session.scalars(query)}

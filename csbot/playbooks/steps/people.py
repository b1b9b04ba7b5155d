"""Steps that reach somebody: alerts and notes to the team, messages to the customer."""

from dataclasses import replace

from csbot.alerts import routing
from csbot.alerts.escalating import escalate_runs
from csbot.db.rows import insert_missing
from csbot.outbox.notices import admins
from csbot.outbox.queue import Outgoing, enqueue_many
from csbot.playbooks.going import Batch, Going
from csbot.playbooks.model import PlaybookAlert
from csbot.playbooks.steps.words import written
from csbot.team.model import TeamMember
from csbot.touches import service as touches
from messages.playbooks import PlaybookNote

KIND = "playbook"


def alert(batch: Batch) -> None:
    """Words of the file's own become an alert; a card of csbot's is raised by reconciliation."""
    spec = batch.spec
    if spec.template is not None:
        for run in batch.runs:
            batch.note(run, "alert")
        return
    rows = []
    for run, (title, why, next_step) in written(batch, spec.title, spec.why, spec.next):
        who = _answerable(batch, run)
        rows.append(
            {
                "run_id": run.id,
                "step": batch.step,
                "account_id": run.account.id,
                "person_id": who.id if who else None,
                "severity": spec.severity,
                "title": title,
                "why": why or None,
                "next_step": next_step or None,
                "at": batch.now,
            }
        )
        batch.note(run, f"alert: {title}")
    if rows:
        insert_missing(batch.session, PlaybookAlert, rows)


def _answerable(batch: Batch, run: Going) -> TeamMember | None:
    return batch.manager_of(run) if batch.instruction.step.owner == "manager" else run.owner


def notify(batch: Batch) -> None:
    """One message for each run, to a channel or to a person; of no manager to the admins."""
    places = _places(batch)
    posts = []
    for run, (text,) in written(batch, batch.spec.text):
        own, note = f"run:{run.id}:{batch.step}", _note(batch, run, text)
        if places[run.id]:
            posts.append(Outgoing(note, places[run.id], own))
        elif others := _admins(batch, run):
            posts += [Outgoing(note, to, f"{own}:{to}") for to in others]
        else:
            batch.skip(run, f"nobody to tell: there is no {batch.spec.to} in Slack")
            continue
        batch.note(run, f"told the team: {text}")
    enqueue_many(batch.session, posts, now=batch.now)


def _admins(batch: Batch, run: Going) -> list[str]:
    """Who hears in place of a manager that there is not; never the owner, who is told otherwise."""
    if batch.spec.to != "manager":
        return []
    known = batch.scope.once("admins", lambda: admins(batch.session, batch.settings))
    return [to for to in known if run.owner is None or to != run.owner.slack_id]


def _note(batch: Batch, run: Going, text: str) -> PlaybookNote:
    return PlaybookNote(
        account_id=run.account.id,
        account=run.account.name,
        text=text,
        playbook=batch.definition.title,
    )


def _places(batch: Batch) -> dict[int, str]:
    """Where each run's note goes: a channel, a person's Slack id, or nowhere."""
    settings, to = batch.settings, batch.spec.to
    if to in ("owner", "manager"):
        people = {run.id: _told(batch, run, to) for run in batch.runs}
        return {id: (who.slack_id or "") if who else "" for id, who in people.items()}
    if to in ("wins", "alerts"):
        channel = settings.wins_channel if to == "wins" else settings.alerts_channel
        return {run.id: channel for run in batch.runs}
    found = routing.channels(batch.scope, {(KIND, run.account.id) for run in batch.runs})
    return {run.id: found[KIND, run.account.id] for run in batch.runs}


def _told(batch: Batch, run: Going, to: str) -> TeamMember | None:
    """The owner or the manager, or who stands in for them."""
    whom = run.owner if to == "owner" else batch.manager_of(run)
    return batch.scope.told(whom.id) if whom else None


def escalate(batch: Batch) -> None:
    """The run's open alert is the manager's now, or else a word to them in its place."""
    posts = []
    words = {run: why for run, (why,) in written(batch, batch.spec.why)}
    raised = escalate_runs(batch.scope, {run.id: why for run, why in words.items()})
    for run, why in words.items():
        if run.id in raised:
            batch.note(run, f"the alert went to {raised[run.id]}: {why}")
            continue
        manager = _told(batch, run, "manager")
        if manager is None or not manager.slack_id:
            batch.skip(run, "there is no manager to tell")
            continue
        note = _note(batch, run, why)
        posts.append(Outgoing(note, manager.slack_id, f"run:{run.id}:{batch.step}"))
        batch.note(run, f"to {manager.name}: {why}")
    enqueue_many(batch.session, posts, now=batch.now)


def email(batch: Batch) -> None:
    touches.draft(batch.session, _in_time(batch), "email", batch.spec)


def sms(batch: Batch) -> None:
    touches.draft(batch.session, _in_time(batch), "sms", batch.spec)


def _in_time(batch: Batch) -> Batch:
    """Without runs that were held up for longer than a message would wait for its approval.

    After a pause, or weeks without csbot, nobody gets what was meant for them then.
    """
    late = {run.id for run in batch.runs if _is_late(batch, run)}
    for run in batch.runs:
        if run.id in late:
            batch.skip(run, "too late: it was to be written long before")
    return replace(batch, runs=[run for run in batch.runs if run.id not in late])


def _is_late(batch: Batch, run: Going) -> bool:
    due, expires = run.run.due_at or batch.now, batch.spec.expires
    if batch.now - due < expires.length:  # working time is never less
        return False
    return bool(expires.after(due, batch.clock_of(run)) <= batch.now)

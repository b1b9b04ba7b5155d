"""Wishes for another threshold: whoever answers for the playbook reads what it would have hidden.

The past is replayed for that, which may take minutes: a job does it, not the press of a button.
"""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from csbot import audit
from csbot.alerts import answerable, watching
from csbot.alerts.model import Alert, ThresholdSuggestion
from csbot.alerts.scope import Scope
from csbot.alerts.why import definition, wish
from csbot.db.engine import reading
from csbot.errors import Refused
from csbot.outbox.queue import Outgoing, enqueue_many
from csbot.playbooks.simulate.service import with_parameters, would_hide
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.queries import person
from csbot.wiring import Wiring
from csbot.words import number
from messages.alert_reports import ThresholdWished

BACK = timedelta(days=90)
UNCOUNTED = -1  # of a new wish; one less after each try
GIVEN_UP = -4


def wish_for(
    session: Session, alert: Alert, said: str, *, by: TeamMember, now: datetime, settings: Settings
) -> str:
    """Keep the wish until it is counted; the same person's wish from the same alert replaces it."""
    said_now = definition(session, alert.playbook)
    watch = watching.watching(said_now) if said_now else None
    known, value = wish(settings, watch), number(said.strip())
    if said_now is None or known is None:
        raise Refused("This playbook has no threshold to change.", field="threshold")
    if value is None:
        raise Refused("Write a whole number.", field="threshold")
    if value == known.now:
        raise Refused(f"It is {value} already.", field="threshold")
    try:
        with_parameters(said_now, {known.parameter: value})
    except Refused as refusal:
        raise Refused(refusal.reason, field="threshold") from None
    _keep(session, alert, known.parameter, str(value), by, now)
    return f"Whoever answers for the playbook will read of `{known.parameter}: {value}`."


def _keep(
    session: Session, alert: Alert, parameter: str, value: str, by: TeamMember, now: datetime
) -> None:
    mine = select(ThresholdSuggestion).where(
        ThresholdSuggestion.alert_id == alert.id, ThresholdSuggestion.by_id == by.id
    )
    before = session.scalar(mine.with_for_update())
    if before is not None and before.value == value:
        return
    row = before or ThresholdSuggestion(playbook=alert.playbook, alert_id=alert.id, by_id=by.id)
    row.parameter, row.value, row.at = parameter, value, now
    row.fired, row.hidden = UNCOUNTED, 0
    session.add(row)
    audit.record(
        session, verb="playbook.threshold_wished", subject=f"playbook:{alert.playbook}",
        by=by.id, now=now, after={parameter: value},
    )  # fmt: skip


def count_all(wiring: Wiring, *, now: datetime) -> int:
    """Count what waits for it, and tell who answers; returns how many.

    One that cannot be counted is tried three times, after all others.
    """
    fired = ThresholdSuggestion.fired
    waiting = select(ThresholdSuggestion).where(fired < 0, fired > GIVEN_UP)
    with wiring.sessions() as session:
        rows = list(session.scalars(waiting.order_by(fired.desc(), ThresholdSuggestion.id)))
    for row in rows:
        with wiring.sessions.begin() as session:
            session.execute(
                update(ThresholdSuggestion)
                .where(ThresholdSuggestion.id == row.id, fired < 0)
                .values(fired=fired - 1)
            )
        counted = _counted(wiring, row, now)
        with wiring.sessions.begin() as session:
            _tell(session, row, counted, settings=wiring.settings, now=now)
    return len(rows)


def _counted(wiring: Wiring, row: ThresholdSuggestion, now: datetime) -> tuple[int, int]:
    """How often it fired, and how many of those it would have hidden."""
    with reading(wiring.engine) as session:
        try:
            return would_hide(
                session, row.playbook, row.parameter, int(row.value),
                since=now - BACK, until=now, now=now, settings=wiring.settings,
            )  # fmt: skip
        except Refused:  # the playbook is there no more, or takes no such value any more
            return 0, 0


def _tell(
    session: Session,
    seen: ThresholdSuggestion,
    counted: tuple[int, int],
    *,
    settings: Settings,
    now: datetime,
) -> None:
    """Unless somebody has changed it meanwhile, or another worker has told it."""
    row = session.get(ThresholdSuggestion, seen.id, with_for_update=True, populate_existing=True)
    if row is None or row.fired >= 0 or row.value != seen.value:
        return
    row.fired, row.hidden = counted
    said = definition(session, row.playbook)
    scope = Scope.load(session, settings, now)
    watch = watching.watching(said) if said else None
    known = wish(settings, watch)
    if said is None or known is None:
        return
    message = ThresholdWished(
        by=person(scope.team.get(row.by_id or 0)), playbook=said.title, file=row.playbook,
        parameter=row.parameter, value=row.value, now=known.now, fired=row.fired,
        hidden=row.hidden,
    )  # fmt: skip
    own = f"threshold:{row.id}:{row.value}"
    people = [one for one in answerable.owners(scope, said.process_owner) if one.slack_id]
    out = [Outgoing(message, one.slack_id or "", f"{own}:{one.id}") for one in people]
    enqueue_many(session, out, now=now)

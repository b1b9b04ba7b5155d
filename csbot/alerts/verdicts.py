"""Was it useful? What people say of an alert, and what they want less of."""

from collections.abc import Generator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.alerts import journal, wishes
from csbot.alerts.model import Alert, AlertMute, AlertVerdict
from csbot.alerts.service import touched
from csbot.db.rows import insert_once
from csbot.errors import Refused, all_at_once, tried
from csbot.find import by_id
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.rules import local_date, zone
from messages.alert_why import VERDICTS
from messages.text import near_day

MUTE_MAX = timedelta(days=180)


@all_at_once
def answer(
    session: Session,
    *,
    alert_id: int,
    verdict: str,
    note: str | None,
    by: TeamMember,
    now: datetime,
    settings: Settings,
    digest_only: bool = False,
    until: date | None = None,
    threshold: str | None = None,
) -> Generator[Refused, None, str]:
    """Keep what somebody says of an alert, open or closed, and do what they chose; says what."""
    require(by, May.ACT_ON_ALERTS)
    alert = by_id(session, Alert, alert_id, missing="I know no such alert any more.", lock=True)
    if verdict not in VERDICTS:
        raise Refused("Choose one of them.", field="verdict")
    _judge(session, alert, verdict, note, by, now)
    told = ["Thank you, that is noted."]
    told += _for_me(session, alert, digest_only, by, now)
    if until:
        yield from tried(partial(_moment, until, by, now))
    wish = partial(wishes.wish_for, session, alert, by=by, now=now, settings=settings)
    wished = [wish(threshold)] if threshold else []
    if here := _for_the_account(session, alert, until, note, by, now):
        told += here
        touched(session, account_ids=[alert.account_id], settings=settings, now=now, by=by)
    return " ".join(told + wished)


def _judge(
    session: Session, alert: Alert, verdict: str, note: str | None, by: TeamMember, now: datetime
) -> None:
    """One row for each person and alert: who says something else has changed their mind."""
    before = session.get(AlertVerdict, (alert.id, by.id), with_for_update=True)
    if before is not None and (before.verdict, before.note) == (verdict, note):
        return
    said = {"verdict": before.verdict, "note": before.note} if before else None
    row = {"verdict": verdict, "note": note, "at": now}
    if before or not insert_once(session, AlertVerdict, alert_id=alert.id, member_id=by.id, **row):
        session.execute(
            update(AlertVerdict)
            .where(AlertVerdict.alert_id == alert.id, AlertVerdict.member_id == by.id)
            .values(**row)
        )
    after = journal.about(alert.kind, alert.evidence) | {"verdict": verdict}
    audit.record(
        session, verb="alert.judged", subject=f"alert:{alert.id}", account=alert.account_id,
        by=by.id, now=now, before=said, after=after, why=note,
    )  # fmt: skip


def _for_me(
    session: Session, alert: Alert, digest_only: bool, by: TeamMember, now: datetime
) -> list[str]:
    mine = (AlertMute.playbook == alert.playbook, AlertMute.member_id == by.id)
    had = session.scalar(select(AlertMute.id).where(*mine)) is not None
    if had == digest_only:
        return []
    if had:
        session.execute(delete(AlertMute).where(*mine))
    else:
        _keep(session, alert.playbook, mine, by, now, member_id=by.id)
    audit.record(
        session, verb="playbook.digest_only" if digest_only else "playbook.as_before",
        subject=f"playbook:{alert.playbook}", by=by.id, now=now,
    )  # fmt: skip
    if had:
        return ["Alerts of this playbook reach you as all others again."]
    return ["Those of this playbook come only with your digest; critical ones still reach you."]


def _for_the_account(
    session: Session,
    alert: Alert,
    until: date | None,
    why: str | None,
    by: TeamMember,
    now: datetime,
) -> list[str]:
    here = (AlertMute.playbook == alert.playbook, AlertMute.account_id == alert.account_id)
    there = session.scalar(select(AlertMute).where(*here))
    before, why_before = (there.until, there.why) if there else (None, None)
    after = _moment(until, by, now) if until else None
    if before == after or (after is None and before is not None and before <= now):
        return []
    if after is None:
        session.execute(delete(AlertMute).where(*here))
    else:
        _keep(session, alert.playbook, here, by, now, account_id=alert.account_id, until=after,
              why=why)  # fmt: skip
    audit.record(
        session, verb="alert.muted" if after else "alert.unmuted",
        subject=f"alert:{alert.id}", account=alert.account_id, by=by.id, now=now,
        before={"muted_until": _text(before), "why": why_before},
        after=journal.about(alert.kind, alert.evidence)
        | {"until": until and until.isoformat(), "muted_until": _text(after)},
        why=why,
    )  # fmt: skip
    if until is None:
        return ["Alerts of this playbook come for this account again."]
    day = near_day(until, now)
    return [f"There is none of this playbook for this account until {day}."]


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(day: date, by: TeamMember, now: datetime) -> datetime:
    today = local_date(by, now)
    if day <= today:
        raise Refused("Choose a day that is still to come.", field="until")
    if day - today > MUTE_MAX:
        raise Refused(f"At most {MUTE_MAX.days} days ahead.", field="until")
    return datetime.combine(day, time(), zone(by)).astimezone(UTC)


def _keep(
    session: Session,
    playbook: str,
    same: tuple[ColumnElement[bool], ...],
    by: TeamMember,
    now: datetime,
    **values: Any,
) -> None:
    values |= {"by_id": by.id, "at": now}
    if not insert_once(session, AlertMute, playbook=playbook, **values):
        session.execute(update(AlertMute).where(*same).values(**values))

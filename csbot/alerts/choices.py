"""How alerts of one kind reach somebody, where they have chosen another way than for the rest."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.alerts.model import AlertChoice
from csbot.alerts.rules import Reach
from csbot.db.rows import insert
from csbot.errors import Refused
from csbot.team.model import TeamMember
from messages.alert_ways import KINDS, REST

CHOSEN = "team.alerts_chosen"
BY = (Reach.MENTION, Reach.DM, Reach.DIGEST)


def of_all(session: Session) -> dict[tuple[int, str], str]:
    """By person and kind, in one question."""
    rows = session.execute(select(AlertChoice.member_id, AlertChoice.kind, AlertChoice.by))
    return {(member_id, kind): by for member_id, kind, by in rows}


def of(session: Session, member: TeamMember) -> dict[str, str]:
    """By kind, in the order in which they are shown."""
    mine = select(AlertChoice.kind, AlertChoice.by).where(AlertChoice.member_id == member.id)
    found = {kind: by for kind, by in session.execute(mine)}
    return {kind: found[kind] for kind in KINDS if kind in found}


def choose(session: Session, wanted: Mapping[str, str], *, by: TeamMember, now: datetime) -> None:
    """A way for each kind that is named, or as for the rest; the others stay as they are."""
    require(by, May.SETTINGS_OWN)
    for kind, way in wanted.items():
        if kind not in KINDS or way not in (*BY, REST):
            raise Refused("Choose one of the ways that are offered.", field=kind)
    present = of(session, by)
    before = {kind: present.get(kind, REST) for kind in wanted}
    changed = {kind: way for kind, way in wanted.items() if before[kind] != way}
    if not changed:
        return
    write(session, by, changed)
    audit.record(
        session, verb=CHOSEN, subject=f"team:{by.id}", by=by.id, now=now,
        before={kind: before[kind] for kind in changed}, after=changed,
    )  # fmt: skip


def write(session: Session, member: TeamMember, chosen: Mapping[str, str]) -> None:
    """Put them in; as for the rest is no row."""
    mine = AlertChoice.member_id == member.id
    session.execute(delete(AlertChoice).where(mine, AlertChoice.kind.in_(list(chosen))))
    rows = [
        {"member_id": member.id, "kind": kind, "by": way}
        for kind, way in chosen.items()
        if way != REST
    ]
    if rows:
        made = insert(session, AlertChoice)
        theirs = {"by": made.excluded.by}
        session.execute(
            made.on_conflict_do_update(index_elements=["member_id", "kind"], set_=theirs), rows
        )

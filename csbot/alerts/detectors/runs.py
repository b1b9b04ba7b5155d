"""What the steps of playbook runs ask somebody to do, until they are done or the run has left."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, func, select, true
from sqlalchemy.orm import aliased

from csbot.accounts.model import Account
from csbot.alerts import rules
from csbot.alerts.finding import Detector, Ending, Endings, Finding, Gone, seen
from csbot.alerts.scope import Scope
from csbot.playbooks.model import Playbook, PlaybookAlert, PlaybookRun, PlaybookVersion
from csbot.team.model import TeamMember
from messages.text import clip, near_day

Asked, Owner = aliased(TeamMember), aliased(TeamMember)
LEFT = ("exited", "stopped")
TITLE = PlaybookVersion.definition["title"].as_string()


def find(scope: Scope) -> Iterator[Finding]:
    """Of whoever is asked, or who owns the account now where that person has left."""
    for row in scope.session.execute(scope.narrow(_open(), PlaybookAlert.account_id)):
        evidence = {
            "title": row.title,
            "why": row.why,
            "next_step": row.next_step,
            "playbook": row.called or row.playbook,
            "step": row.step,
        }
        level = rules.RANK[row.severity]
        yield Finding(
            row.account_id, str(row.id), row.severity, row.at, evidence, row.person_id, level,
            seen(level, row.person_id, row.arr, row.health, scope.today()),
            playbook=row.playbook,
        )  # fmt: skip


@cache
def _open() -> Select[*tuple[Any, ...]]:
    person: Any = func.coalesce(Asked.id, Owner.id)
    return (
        select(
            PlaybookAlert.id, PlaybookAlert.account_id, PlaybookAlert.severity,
            PlaybookAlert.title, PlaybookAlert.why, PlaybookAlert.next_step, PlaybookAlert.at,
            PlaybookAlert.step, PlaybookRun.playbook, TITLE.label("called"),
            person.label("person_id"), Account.arr, Account.health,
        )
        .join(PlaybookRun, PlaybookRun.id == PlaybookAlert.run_id)
        .join(PlaybookVersion, PlaybookVersion.id == PlaybookRun.version_id)
        .join(Account, Account.id == PlaybookAlert.account_id)
        .outerjoin(Playbook, Playbook.name == PlaybookRun.playbook)
        .outerjoin(Asked, and_(Asked.id == PlaybookAlert.person_id, Asked.active))
        .outerjoin(Owner, and_(Owner.id == Account.owner_id, Owner.active))
        .where(
            PlaybookAlert.done_at.is_(None),
            PlaybookRun.state.not_in(LEFT),
            func.coalesce(Playbook.enabled, true()),
            Playbook.gone_at.is_(None),
        )
    )  # fmt: skip


def because(scope: Scope, gone: list[Gone]) -> Endings:
    """Somebody has done it, or the run or its whole playbook has ended."""
    alerts = {int(one.subject): one.id for one in gone}
    rows = scope.session.execute(
        select(
            PlaybookAlert.id, PlaybookAlert.done_at, PlaybookAlert.done_by_id, PlaybookRun.state,
            PlaybookRun.ended_because, PlaybookRun.ended_at, TITLE.label("called"),
            Playbook.gone_at, Playbook.changed_by_id,
            Playbook.enabled.is_(False).label("off"),
        )
        .join(PlaybookRun, PlaybookRun.id == PlaybookAlert.run_id)
        .join(PlaybookVersion, PlaybookVersion.id == PlaybookRun.version_id)
        .outerjoin(Playbook, Playbook.name == PlaybookRun.playbook)
        .where(scope.among(PlaybookAlert.id, alerts))
    )  # fmt: skip
    return {alerts[row.id]: _ending(scope, row) for row in rows}


def _ending(scope: Scope, row: Any) -> Ending:
    """Done goes before how its run or its playbook has ended, which came on top."""
    if row.done_at is not None:
        day = near_day(row.done_at.astimezone(scope.zone(None)), scope.today())
        return Ending("done", f"{scope.name(row.done_by_id)} was done with it on {day}.")
    if row.gone_at is not None:
        return Ending("off", f"The file of the playbook “{row.called}” is gone.")
    if row.off:
        name = scope.name(row.changed_by_id)
        return Ending("off", f"The playbook “{row.called}” was switched off by {name}.")
    why = clip(" ".join((row.ended_because or "").split()), 150).rstrip(".")
    how = "does not go on here" if row.state == "exited" else "was stopped here"
    return Ending(row.state, f"The playbook “{row.called}” {how}{why and ': '}{why}.")


DETECTOR = Detector("playbook", "playbook", find, because, customers_only=False)

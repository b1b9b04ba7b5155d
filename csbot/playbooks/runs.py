"""What can be done to runs: start them by hand, hold them, go on, end them. No commit inside."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select, update
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.alerts.among import among
from csbot.alerts.scope import Scope
from csbot.contacts import Contact
from csbot.db.rows import insert_missing
from csbot.errors import Refused
from csbot.find import account_by_id
from csbot.playbooks import by_hand, limits, store, versions
from csbot.playbooks.going import Batch, Going
from csbot.playbooks.model import PlaybookRun
from csbot.playbooks.store import Force
from csbot.team.model import TeamMember
from csbot.touches import service as touches
from csbot.touches.model import Touch
from messages.text import plural

GOING = ("active", "paused")
Found = Row[*tuple[Any, ...]]


def start(
    scope: Scope, *, playbook: str, account_id: int, by: TeamMember, contact_id: int | None = None
) -> int:
    """Start a playbook by hand; returns the run's id. Refused where that makes no sense."""
    require(by, May.RUN_PLAYBOOKS)
    force = enabled(scope.session, playbook)
    account = account_by_id(scope.session, account_id, lock=True)
    going = select(PlaybookRun.id).where(
        PlaybookRun.playbook == playbook,
        PlaybookRun.account_id == account.id,
        PlaybookRun.state.in_(GOING),
    )
    if scope.session.scalar(going.limit(1)) is not None:
        raise Refused(f"“{force.definition.title}” is under way for {account.name} already.")
    contact = contact_id or _first_contact(scope.session, account.id)
    by_hand.check(scope, force, account, contact)
    subject = f"by hand:{scope.now.isoformat()}"
    _insert(scope, [row(scope, force, account.id, contact, subject) | {"started_by_id": by.id}])
    run = scope.session.scalars(
        select(PlaybookRun).where(
            PlaybookRun.playbook == playbook,
            PlaybookRun.account_id == account.id,
            PlaybookRun.subject == subject,
        )
    ).one()
    record(scope, "playbook.started", [(run.id, account.id, force.definition.title)], by=by)
    return run.id


def start_from(batch: Batch, playbook: str, runs: Sequence[Going]) -> set[int]:
    """Start another playbook, as often as it may, for whom these runs are about.

    Returns the runs that did.
    """
    force = next((one for one in store.in_force(batch.session) if one.name == playbook), None)
    if (
        force is None
        or not force.enabled
        or not versions.readable(force.version_id, force.definition)
    ):
        return set()
    fit = limits.within(batch.scope, force, [run.run for run in runs], cause="contact_id")
    rows = [
        row(batch.scope, force, one.account_id, one.contact_id, f"from:{one.id}:{batch.step}")
        | {"facts": one.facts | {"_depth": one.facts.get("_depth", 0) + 1}, "started_by_id": None}
        for one in fit
    ]
    if rows:
        _insert(batch.scope, rows)
    title = force.definition.title
    record(batch.scope, "playbook.started", [(one.id, one.account_id, title) for one in fit])
    return {one.id for one in fit}


def stop(
    scope: Scope, *, playbook: str, account_id: int | None, by: TeamMember, why: str = ""
) -> int:
    """End what is under way of a playbook, for one account or for all; returns how many.

    What has finished counts as under way while a message of its still waits to go out.
    """
    require(by, May.RUN_PLAYBOOKS if account_id else May.PLAYBOOKS)
    because = f"{by.name} stopped it" + (f": {why}" if why else "")
    accounts = None if account_id is None else [account_id]
    ids = [row.id for row in _found(scope, playbook, accounts, _going_or_unsent())]
    end(scope, ids, state="stopped", because=because, by=by)
    return len(ids)


def stop_all(scope: Scope, *, playbook: str, accounts: Collection[int], because: str) -> set[int]:
    """End a playbook for these accounts; returns those for which it was under way."""
    found = _found(scope, playbook, accounts, _going_or_unsent())
    end(scope, [row.id for row in found], state="stopped", because=because)
    return {row.account_id for row in found}


def pause(scope: Scope, *, playbook: str, account_id: int, by: TeamMember) -> int:
    """Hold what is under way for an account: no step is taken before it goes on."""
    return _switch(scope, playbook, account_id, by, ("active", "paused", "playbook.paused"))


def resume(scope: Scope, *, playbook: str, account_id: int, by: TeamMember) -> int:
    """Go on; what fell due meanwhile is done now."""
    return _switch(scope, playbook, account_id, by, ("paused", "active", "playbook.resumed"))


def _switch(
    scope: Scope, playbook: str, account_id: int, by: TeamMember, change: tuple[str, str, str]
) -> int:
    require(by, May.RUN_PLAYBOOKS)
    before, after, verb = change
    found = _found(scope, playbook, [account_id], PlaybookRun.state == before)
    ids = [row.id for row in found]
    _update(scope, ids, state=after)
    _record(scope, verb, found, by=by)
    return len(ids)


def end(
    scope: Scope,
    ids: Collection[int],
    *,
    state: str,
    because: str,
    by: TeamMember | None = None,
) -> int:
    """End those of these runs that are still under way; nothing that any drafted goes out."""
    if not ids:
        return 0
    values: dict[str, Any] = {
        "state": state, "step": None, "due_at": None, "wait_until": None,
        "ended_at": scope.now, "ended_because": because,
    }  # fmt: skip
    ended = scope.session.execute(
        update(PlaybookRun)
        .where(among(scope.session, PlaybookRun.id, ids), PlaybookRun.state.in_(GOING))
        .values(**values)
        .returning(PlaybookRun.id, PlaybookRun.account_id, PlaybookRun.playbook),
        execution_options={"synchronize_session": False},
    ).all()
    touches.withdraw(
        scope.session, run_ids=ids, why=because, settings=scope.settings, now=scope.now
    )
    _record(scope, f"playbook.{state}", ended, why=because, by=by)
    return len(ended)


def _record(
    scope: Scope,
    verb: str,
    runs: Sequence[Found],
    *,
    why: str | None = None,
    by: TeamMember | None = None,
) -> None:
    """By the titles of their playbooks, as timelines show them."""
    if runs:
        titles = {one.name: one.definition.title for one in store.in_force(scope.session)}
        told = [(row.id, row.account_id, titles.get(row.playbook, row.playbook)) for row in runs]
        record(scope, verb, told, why=why, by=by)


def enabled(session: Session, playbook: str) -> Force:
    """The playbook in force, or Refused with what to do."""
    force = versions.named(session, playbook)
    if not force.enabled:
        raise Refused(f"“{force.definition.title}” is off. `/cs playbook on {force.name}`?")
    return force


def record(
    scope: Scope,
    verb: str,
    runs: Sequence[tuple[int, int, str]],
    *,
    why: str | None = None,
    by: TeamMember | None = None,
) -> None:
    """Audit rows: run id, account id, and the playbook's name or title."""
    entries = [
        audit.entry(
            verb=verb,
            subject=f"run:{id}",
            by=by.id if by else None,
            now=scope.now,
            account=account_id,
            after={"playbook": title},
            why=why,
        )
        for id, account_id, title in runs
    ]
    audit.record_all(scope.session, entries)


def row(
    scope: Scope, force: Force, account_id: int, contact_id: int | None, subject: str
) -> dict[str, Any]:
    return {
        "playbook": force.name,
        "version_id": force.version_id,
        "account_id": account_id,
        "contact_id": contact_id,
        "subject": subject,
        "facts": {},
        "state": "active",
        "step": versions.known(force)[force.version_id].program.first,
        "due_at": scope.now,
        "started_at": scope.now,
    }


def over(scope: Scope, ids: Collection[int]) -> None:
    """The cause of those that have ended may start a new run."""
    scope.session.execute(
        update(PlaybookRun)
        .where(
            among(scope.session, PlaybookRun.id, ids),
            PlaybookRun.state.not_in(GOING),
            PlaybookRun.over_at.is_(None),
        )
        .values(over_at=scope.now),
        execution_options={"synchronize_session": False},
    )


def _insert(scope: Scope, rows: list[dict[str, Any]]) -> None:
    insert_missing(scope.session, PlaybookRun, rows)


def _update(scope: Scope, ids: Collection[int], **values: Any) -> None:
    scope.session.execute(
        update(PlaybookRun).where(among(scope.session, PlaybookRun.id, ids)).values(**values),
        execution_options={"synchronize_session": False},
    )


def _going_or_unsent() -> ColumnElement[bool]:
    unsent = select(Touch.run_id).where(Touch.state.in_(("draft", "approved")))
    return or_(PlaybookRun.state.in_(GOING), PlaybookRun.id.in_(unsent))


def _found(
    scope: Scope, playbook: str, accounts: Collection[int] | None, which: ColumnElement[bool]
) -> list[Found]:
    query = (
        select(
            PlaybookRun.id, PlaybookRun.account_id, PlaybookRun.playbook, PlaybookRun.state
        )
        .where(PlaybookRun.playbook == playbook, which)
        .order_by(PlaybookRun.id)
        .with_for_update()
    )  # fmt: skip
    if accounts is not None:
        query = query.where(among(scope.session, PlaybookRun.account_id, accounts))
    return list(scope.session.execute(query))


def _first_contact(session: Session, account_id: int) -> int | None:
    """Whom a playbook by hand writes to: the champion, else whoever logged in last."""
    weight = func.lower(func.coalesce(Contact.role, "")) == "champion"
    return session.scalar(
        select(Contact.id)
        .where(Contact.account_id == account_id)
        .order_by(weight.desc(), Contact.last_login_at.desc().nulls_last(), Contact.id)
        .limit(1)
    )


def for_whom(session: Session, force: Force) -> str:
    """What to say where nobody is named."""
    count = under_way(session, force.name)
    return (
        f"For which account? Write `/cs playbook stop {force.name} acme`, or `all` in place of "
        f"acme: {plural(count, 'run')} {'is' if count == 1 else 'are'} under way."
    )


def under_way(session: Session, playbook: str) -> int:
    """How many runs of a playbook have not ended."""
    return (
        session.scalar(
            select(func.count()).where(
                PlaybookRun.playbook == playbook, PlaybookRun.state.in_(GOING)
            )
        )
        or 0
    )

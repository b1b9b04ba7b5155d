"""Closes alerts whose cause is gone, and says why it is."""

from typing import Any

from sqlalchemy import not_, select, true, update

from csbot.accounts.model import Account
from csbot.alerts import journal
from csbot.alerts.finding import LEFT, REMOVED, Ending, Endings, Gone
from csbot.alerts.model import Alert, AlertMute
from csbot.alerts.scope import Scope
from csbot.alerts.watching import Watch
from messages.text import clip, near_day


def close(scope: Scope, watch: Watch, ids: list[int]) -> list[int]:
    """The ids of those that this has closed."""
    gone = _still_open(scope, ids)
    if not gone:
        return []
    endings = _endings(watch.scope(scope), watch, gone) | _muted(scope, gone)
    scope.session.execute(update(Alert), [_closed(scope, one, endings[one.id]) for one in gone])
    after = [(one.id, one.account_id, journal.about(watch.kind, one.evidence)) for one in gone]
    why = {id: ending.because for id, ending in endings.items()}
    journal.record(scope, "alert.closed", after, why=why)
    return [one.id for one in gone]


def _still_open(scope: Scope, ids: list[int]) -> list[Gone]:
    """Locked, and without those that somebody's act has closed in the meantime."""
    if not ids:
        return []
    columns = Alert.id, Alert.account_id, Alert.subject, Alert.evidence, Alert.playbook
    query = select(*columns).where(scope.among(Alert.id, ids), Alert.closed_at.is_(None))
    rows = scope.session.execute(query.order_by(Alert.id).with_for_update())
    return [Gone(*row) for row in rows]


def _closed(scope: Scope, alert: Gone, ending: Ending) -> dict[str, Any]:
    return {
        "id": alert.id,
        "state": "closed",
        "evidence": alert.evidence | {"ended": ending.how},
        "closed_at": scope.now,
        "closed_because": ending.because,
        "changed_at": scope.now,
        "ping": None,
        "post_at": None,
        "dm_at": None,
        "escalate_at": None,
        "undo": None,
        "undo_until": None,
    }


def _endings(scope: Scope, watch: Watch, gone: list[Gone]) -> Endings:
    """What has settled an alert goes before the customer's leaving, which came on top.

    That somebody wants to hear no more of it, or that the playbook is not about the account any
    more, goes before what its detector would say: its cause may well be there still.
    """
    if watch.off:
        return {one.id: watch.off for one in gone}
    left = _churned(scope, gone) if watch.detector.customers_only else set()
    own = watch.detector.because(scope, gone)
    for one in gone:
        own.setdefault(one.id, LEFT if one.account_id in left else REMOVED)
    return own | _outside(scope, watch, gone, own)


def _outside(scope: Scope, watch: Watch, gone: list[Gone], own: Endings) -> Endings:
    """Those that nothing has ended but that the playbook's filter leaves their account out."""
    open_still = [one for one in gone if own[one.id].how in ("limit", "early", REMOVED.how)]
    if watch.only is None or not open_still:
        return {}
    accounts = {one.account_id for one in open_still}
    left_out = true() if watch.asks_more else not_(scope.chosen)
    query = select(Account.id).where(scope.among(Account.id, accounts), left_out)
    outside = set(scope.session.scalars(query))
    because = f"The playbook “{watch.title}” is not about it any more."
    return {one.id: Ending("outside", because) for one in open_still if one.account_id in outside}


def _muted(scope: Scope, gone: list[Gone]) -> Endings:
    mutes = scope.mutes.accounts
    return {
        one.id: _quiet(scope, mutes[one.playbook, one.account_id])
        for one in gone
        if (one.playbook, one.account_id) in mutes
    }


def _quiet(scope: Scope, mute: AlertMute) -> Ending:
    end = mute.until and near_day(mute.until.astimezone(scope.zone(None)), scope.today())
    until = f" until {end}" if end else ""
    why = f": {clip(' '.join(mute.why.split()), 100)}" if mute.why else ""
    return Ending("muted", f"{scope.name(mute.by_id)} wants no such alert of it{until}{why}.")


def _churned(scope: Scope, gone: list[Gone]) -> set[int]:
    query = select(Account.id).where(
        scope.among(Account.id, {alert.account_id for alert in gone}),
        Account.lifecycle_stage == "churned",
    )
    return set(scope.session.scalars(query))
